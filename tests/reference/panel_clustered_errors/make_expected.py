"""Errors of a pooled regression under many conventions: written out with numpy, compared with pyfixest where it has them."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyfixest

FOLDER = Path(__file__).parent


def draw():
    """Write input.csv: 40 firms and 12 years, with effects of firm and year in both columns."""
    rng = np.random.default_rng(2009)
    firm, year = np.repeat(np.arange(1, 41), 12), np.tile(np.arange(1, 13), 40)
    x = rng.normal(size=40)[firm - 1] + 0.6 * rng.normal(size=12)[year - 1] + rng.normal(size=480)
    e = (
        rng.normal(size=40)[firm - 1]
        + 0.5 * rng.normal(size=12)[year - 1]
        + rng.normal(size=480) * (1 + 0.3 * np.abs(x))
    )
    frame = pd.DataFrame({"firm": firm, "year": year, "x": x.round(6), "y": (1 + x + e).round(6)})
    frame.to_csv(FOLDER / "input.csv", index=False)


def power(matrix, exponent):
    """Return a power of a symmetric matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return vectors @ np.diag(values**exponent) @ vectors.T


def errors_of(frame):
    """Return coefficients, standard errors of x, and Satterthwaite's degrees of freedom of CR2 by year."""
    x = np.column_stack([np.ones(len(frame)), frame["x"]])
    y = frame["y"].to_numpy()
    n, k = x.shape
    bread = np.linalg.inv(x.T @ x)
    beta = bread @ x.T @ y
    e = y - x @ beta
    h = np.einsum("ij,jk,ik->i", x, bread, x)

    def error(meat):
        return float(np.sqrt((bread @ meat @ bread)[1, 1]))

    def scores(labels):
        return np.array([x[labels == g].T @ e[labels == g] for g in np.unique(labels)])

    firm, year = frame["firm"].to_numpy(), frame["year"].to_numpy()
    cell = np.unique(np.column_stack([firm, year]), axis=0, return_inverse=True)[1].ravel()

    def factor(labels):
        g = len(np.unique(labels))
        return g / (g - 1) * (n - 1) / (n - k)

    def meat(labels):
        s = scores(labels)
        return s.T @ s

    found = {
        "iid": float(np.sqrt(e @ e / (n - k) * bread[1, 1])),
        "HC0": error(x.T @ (x * (e**2)[:, None])),
        "HC1": error(n / (n - k) * x.T @ (x * (e**2)[:, None])),
        "HC2": error(x.T @ (x * (e**2 / (1 - h))[:, None])),
        "HC3": error(x.T @ (x * (e**2 / (1 - h) ** 2)[:, None])),
        "CR1_firm": error(factor(firm) * meat(firm)),
        "CR0_firm": error(meat(firm)),
        "CR1_year": error(factor(year) * meat(year)),
        "twoway_each_component_own_G": error(
            factor(firm) * meat(firm) + factor(year) * meat(year) - factor(cell) * meat(cell)
        ),
        "twoway_min_G": error(
            min(factor(firm), factor(year), key=lambda f: -f) * (meat(firm) + meat(year) - meat(cell))
        ),
    }
    for name, labels in (("CR2_firm", firm), ("CR2_year", year)):
        total, rows = np.zeros((k, k)), []
        for g in np.unique(labels):
            at = labels == g
            a = power(np.eye(at.sum()) - x[at] @ bread @ x[at].T, -0.5)
            s = x[at].T @ a @ e[at]
            total += np.outer(s, s)
            w = np.zeros(n)
            w[at] = a @ x[at] @ bread[:, 1]
            rows.append(w - x @ (bread @ (x.T @ w)))  # the residual maker times each cluster's weights
        found[name] = error(total)
        products = np.array(rows) @ np.array(rows).T
        freedom = np.trace(products) ** 2 / (products**2).sum()
    g = len(np.unique(year))
    left_out = np.array(
        [np.linalg.lstsq(x[year != t], y[year != t], rcond=None)[0][1] for t in np.unique(year)]
    )
    spread = ((left_out - beta[1]) ** 2).sum()
    found["CR3_year_jackknife"] = float(np.sqrt(factor(year) * spread))
    found["CR3_year_plain_jackknife"] = float(np.sqrt((g - 1) / g * spread))
    return beta, found, freedom


def main():
    """Write expected.csv, after comparing with pyfixest."""
    if "--draw" in sys.argv:
        draw()
    frame = pd.read_csv(FOLDER / "input.csv")
    beta, found, freedom = errors_of(frame)
    fit = pyfixest.feols("y ~ x", frame)
    theirs = {"iid": "iid", "HC1": "HC1", "HC2": "HC2", "HC3": "HC3", "CR1_firm": {"CRV1": "firm"}}
    theirs |= {
        "CR1_year": {"CRV1": "year"},
        "twoway_min_G": {"CRV1": "firm+year"},
        "CR3_year_jackknife": {"CRV3": "year"},
    }
    for name, vcov in theirs.items():
        n = len(frame)
        scale = (
            np.sqrt(n / (n - 2)) if vcov in ("HC2", "HC3") else 1.0
        )  # pyfixest multiplies these two as well
        np.testing.assert_allclose(fit.vcov(vcov).se()["x"], scale * found[name], rtol=1e-9, err_msg=name)
    rows = [("coefficient", "const", beta[0]), ("coefficient", "x", beta[1])]
    rows += [("standard error", name, value) for name, value in found.items()]
    rows.append(("degrees of freedom", "CR2_year", freedom))
    pd.DataFrame(rows, columns=["quantity", "name", "value"]).to_csv(FOLDER / "expected.csv", index=False)


if __name__ == "__main__":
    main()

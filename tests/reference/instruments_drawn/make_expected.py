"""Instrumental variables by linearmodels and statsmodels; the first stage's robust F and the effective F written out."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm
from linearmodels.iv import IV2SLS, IVGMM, IVLIML

FOLDER = Path(__file__).parent


def draw():
    """Write input.csv: 90 markets with two endogenous stories, one with two instruments and one with regions besides."""
    rng = np.random.default_rng(48)
    n = 90
    tax, levy, u = rng.normal(size=n), rng.normal(size=n), rng.normal(size=n)
    income = np.exp(2.5 + 0.3 * rng.normal(size=n))
    price = np.exp(
        4.5 + 0.08 * tax + 0.05 * levy + 0.02 * np.log(income) + 0.05 * u + 0.04 * rng.normal(size=n)
    )
    packs = np.exp(
        10
        - 1.2 * np.log(price)
        + 0.3 * np.log(income)
        + 0.1 * u
        + 0.15 * rng.normal(size=n) * np.abs(1 + tax / 3)
    )
    region = rng.integers(1, 5, n)
    earnings = rng.normal(20, 4, n)
    urban = rng.uniform(20, 95, n)
    v = rng.normal(size=n)
    value = (
        30
        + 1.2 * earnings
        + 3 * (region == 4)
        - 2 * (region == 2)
        + 0.2 * urban
        + 6 * v
        + 3 * rng.normal(size=n)
    )
    rent = (
        80 + 1.8 * value + 0.3 * urban + 12 * v + (8 + 0.2 * urban) * rng.normal(size=n) + 6 * (region == 3)
    )
    frame = pd.DataFrame({"packs": packs, "price": price, "income": income, "tax": tax, "levy": levy})
    frame = frame.assign(rent=rent, value=value, urban=urban, earnings=earnings, region=region)
    frame.round(6).to_csv(FOLDER / "input.csv", index=False)


def strength(endogenous, exogenous, instruments):
    """Return F under three errors, the effective F of Montiel Olea and Pflueger (2013) with HC1, and the partial R squared."""
    z = np.column_stack([exogenous, instruments])
    count = instruments.shape[1]
    fit = sm.OLS(endogenous, z).fit()
    pi = fit.params[-count:]
    found = {}
    for name, kind in (("F_classic", "nonrobust"), ("F_HC0", "HC0"), ("F_HC1", "HC1")):
        v = np.asarray(sm.OLS(endogenous, z).fit(cov_type=kind).cov_params())[-count:, -count:]
        found[name] = pi @ np.linalg.solve(v, pi) / count
    partial = instruments - exogenous @ np.linalg.lstsq(exogenous, instruments, rcond=None)[0]
    square = partial.T @ partial
    found["F_effective_HC1"] = pi @ square @ pi / np.trace(v @ square)
    restricted = sm.OLS(endogenous, exogenous).fit()
    found["partial_R2"] = 1 - fit.ssr / restricted.ssr
    return found


def rows_of(model, result, terms):
    """Return coefficients and standard errors as rows."""
    return [
        (model, kind, term, float(values[term]))
        for kind, values in (("coefficient", result.params), ("standard error", result.std_errors))
        for term in terms
    ]


def main():
    """Write expected.csv."""
    if "--draw" in sys.argv:
        draw()
    frame = pd.read_csv(FOLDER / "input.csv")
    frame["const"] = 1.0
    logs = np.log(frame[["packs", "price", "income"]])
    rows = []
    x = pd.concat([frame["const"], logs["income"]], axis=1)
    cigarettes = {
        "two": (x, ["tax", "levy"]),
        "one": (x, ["tax"]),
        "bare": (frame[["const"]], ["tax"]),
    }
    for name, (exogenous, instruments) in cigarettes.items():
        model = IV2SLS(logs["packs"], exogenous, logs["price"], frame[instruments])
        terms = [*exogenous.columns, "price"]
        for errors, options in (
            ("classic", {"cov_type": "unadjusted", "debiased": True}),
            ("HC0", {"cov_type": "robust", "debiased": False}),
            ("HC1", {"cov_type": "robust", "debiased": True}),
        ):
            result = model.fit(**options)
            rows += rows_of(f"{name} {errors}", result, terms)
        if name == "two":
            plain = model.fit(cov_type="unadjusted", debiased=True)
            rows.append((name, "statistic", "wu-hausman", plain.wu_hausman().stat))
            rows.append((name, "statistic", "sargan", plain.sargan.stat))
            rows.append((name, "p-value", "sargan", plain.sargan.pval))
        found = strength(logs["price"].to_numpy(), exogenous.to_numpy(), frame[instruments].to_numpy())
        rows += [(name, "first stage", key, value) for key, value in found.items()]
    exogenous = frame[["const", "urban"]]
    dummies = pd.DataFrame({f"r {r}": (frame["region"] == r).astype(float) for r in (2, 3, 4)})
    instruments = pd.concat([frame["earnings"], dummies], axis=1)
    arguments = (frame["rent"], exogenous, frame["value"], instruments)
    terms = ["const", "urban", "value"]
    fits = {
        "2sls classic": IV2SLS(*arguments).fit(cov_type="unadjusted"),
        "2sls robust": IV2SLS(*arguments).fit(cov_type="robust"),
        "liml classic": IVLIML(*arguments).fit(cov_type="unadjusted"),
        "gmm robust": IVGMM(*arguments, weight_type="robust").fit(cov_type="robust", iter_limit=2),
    }
    for name, result in fits.items():
        rows += rows_of(name, result, terms)
    plain = fits["2sls classic"]
    rows.append(("liml classic", "statistic", "kappa", fits["liml classic"].kappa))
    rows.append(("gmm robust", "statistic", "hansen", fits["gmm robust"].j_stat.stat))
    rows.append(("gmm robust", "p-value", "hansen", fits["gmm robust"].j_stat.pval))
    rows.append(("2sls", "statistic", "sargan", plain.sargan.stat))
    rows.append(("2sls", "statistic", "basmann", plain.basmann.stat))
    rows.append(("2sls", "statistic", "wu-hausman", plain.wu_hausman().stat))
    rows.append(("2sls", "statistic", "durbin", plain.durbin().stat))
    rows.append(("2sls", "statistic", "anderson-rubin", fits["liml classic"].anderson_rubin.stat))
    found = strength(frame["value"].to_numpy(), exogenous.to_numpy(), instruments.to_numpy())
    rows += [("2sls", "first stage", key, value) for key, value in found.items()]
    pd.DataFrame(rows, columns=["model", "quantity", "name", "value"]).to_csv(
        FOLDER / "expected.csv", index=False
    )


if __name__ == "__main__":
    main()

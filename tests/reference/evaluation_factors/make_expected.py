"""Generalised synthetic control written out: Xu (2017) at ranks 0 to 5, its choice of rank, bootstrap and EM form."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parent


def draw():
    """Write block.csv and staggered.csv."""
    rng = np.random.default_rng(2017)
    for name, controls, starts, periods in (
        ("block", 28, [13] * 4, 18),
        ("staggered", 26, [11, 11, 13, 14, 14], 17),
    ):
        n = controls + len(starts)
        factors = np.column_stack([np.linspace(-1, 1.5, periods), rng.normal(size=periods)])
        loadings = rng.normal(size=(n, 2))
        loadings[controls:] += 0.5
        x = rng.normal(size=(n, periods, 2)) + 0.5 * (loadings @ factors.T)[:, :, None]
        y = 5 + loadings @ factors.T + rng.normal(size=n)[:, None] + 0.4 * rng.normal(size=periods)
        y = y + x @ np.array([1.0, -0.6]) + 0.5 * rng.normal(size=(n, periods))
        d = np.zeros((n, periods), dtype=int)
        for i, start in enumerate(starts):
            d[controls + i, start:] = 1
            y[controls + i, start:] += 1 + 0.2 * np.arange(periods - start)
        area = [f"{'T' if i >= controls else 'C'}{i:02}" for i in range(n)]
        frame = pd.DataFrame(
            {"area": np.repeat(area, periods), "time": np.tile(np.arange(1, periods + 1), n)}
        )
        frame["y"], frame["treated"] = y.ravel(), d.ravel()
        frame["x1"], frame["x2"] = x[:, :, 0].ravel(), x[:, :, 1].ravel()
        frame.round(5).to_csv(FOLDER / f"{name}.csv", index=False)


def demeaned(y):
    """Take area and period means away."""
    return y - y.mean(axis=1, keepdims=True) - y.mean(axis=0, keepdims=True) + y.mean()


def factors_of(y, x, rank, rounds=20000):
    """Return coefficients, factors (root T times eigenvectors) and the fit without covariates: Bai (2009), section 8."""
    flat = np.column_stack([demeaned(x[:, :, j]).ravel() for j in range(x.shape[2])]) if x.shape[2] else None
    beta, common = np.zeros(x.shape[2]), np.zeros_like(y)
    for _ in range(rounds):
        old = beta
        if flat is not None:
            beta = np.linalg.lstsq(flat, (demeaned(y) - common).ravel(), rcond=None)[0]
        rest = demeaned(y - x @ beta)
        u, s, v = np.linalg.svd(rest, full_matrices=False)
        common = (u[:, :rank] * s[:rank]) @ v[:rank]
        if flat is None or np.abs(beta - old).max() < 1e-13:
            break
    z = y - x @ beta
    return beta, v[:rank].T * np.sqrt(y.shape[1]), z - demeaned(z) + common


def split(frame, covariates):
    """Return outcome, covariates, treatment of controls and treated as arrays."""
    wide = {
        c: frame.pivot_table(index="area", columns="time", values=c) for c in ["y", "treated", *covariates]
    }
    y, d = wide["y"].to_numpy(float), wide["treated"].to_numpy() > 0
    x = (
        np.stack([wide[c].to_numpy(float) for c in covariates], axis=2)
        if covariates
        else np.zeros((*y.shape, 0))
    )
    return y, x, d, d.any(axis=1)


def gaps_of(controls, treated, pre, rank):
    """Return gaps of the treated, squared errors of left-out periods, coefficients, fit of the controls and residuals."""
    (yc, xc), (yt, xt) = controls, treated
    beta, f, fit = factors_of(yc, xc, rank)
    # the period effect relative to the mean over areas; levels of the treated are free
    effect = (yc - xc @ beta).mean(axis=0)
    net = yt - xt @ beta - effect
    z = np.column_stack([f, np.ones(len(f))])
    gaps, errors = np.zeros_like(yt), []
    for i in range(len(yt)):
        gaps[i] = net[i] - z @ np.linalg.lstsq(z[pre[i]], net[i, pre[i]], rcond=None)[0]
        for s in np.flatnonzero(pre[i]):
            keep = pre[i].copy()
            keep[s] = False
            errors.append((net[i, s] - z[s] @ np.linalg.lstsq(z[keep], net[i, keep], rcond=None)[0]) ** 2)
    return gaps, np.array(errors), beta, fit + xc @ beta, yc - xc @ beta - fit


def at_rank(frame, covariates, rank):
    """Return the numbers of one rank and the effect by period since treatment."""
    y, x, d, treated = split(frame, covariates)
    gaps, errors, beta, _, residual = gaps_of(
        (y[~treated], x[~treated]), (y[treated], x[treated]), ~d[treated], rank
    )
    n, t = residual.shape
    used = n + t - 1 + rank * (n + t - 2) - rank**2 + len(beta)
    sigma2 = (residual**2).sum() / (n * t - used)
    row = {"rank": rank, "effect": gaps[d[treated]].mean(), "mspe": errors.mean(), "sigma2": sigma2}
    row["information_criterion"] = np.log(sigma2) + used * np.log(n * t) / (n * t)
    row |= {f"beta{j + 1}": b for j, b in enumerate(beta)}
    since = np.arange(t) - d[treated].argmax(axis=1)[:, None]
    path = pd.Series(gaps.ravel()).groupby(since.ravel()).mean()
    return row, path


def bootstrap(frame, covariates, rank, draws, rng):
    """Return the standard error of the effect by Xu's parametric bootstrap (algorithm 2)."""
    y, x, d, treated = split(frame, covariates)
    yc, xc, yt, xt, pre = y[~treated], x[~treated], y[treated], x[treated], ~d[treated]
    n, m = len(yc), len(yt)
    gaps, _, _, fit, residual = gaps_of((yc, xc), (yt, xt), pre, rank)
    prediction = []
    for _ in range(draws):
        one = rng.integers(n)
        others = rng.choice(np.delete(np.arange(n), one), n - 1)
        same = np.repeat(yc[[one]], m, axis=0), np.repeat(xc[[one]], m, axis=0)
        prediction.append(gaps_of((yc[others], xc[others]), same, pre, rank)[0])
    found = []
    for _ in range(draws):
        newc = fit + residual[rng.integers(0, n, n)]
        newt = yt - gaps + np.array([prediction[rng.integers(draws)][i] for i in range(m)])
        found.append(gaps_of((newc, xc), (newt, xt), pre, rank)[0][~pre].mean())
    return np.std(found, ddof=1)


def em(frame, rank):
    """Return the effect when treated outcomes are missing values, filled until nothing moves."""
    y, _, d, treated = split(frame, [])
    filled = np.where(d, y[~treated].mean(axis=0), y)
    for _ in range(200000):
        u, s, v = np.linalg.svd(demeaned(filled), full_matrices=False)
        fit = filled - demeaned(filled) + (u[:, :rank] * s[:rank]) @ v[:rank]
        new = np.where(d, fit, y)
        moved = np.abs(new - filled).max()
        filled = new
        if moved < 1e-10:
            break
    return (y - filled)[d].mean()


def main():
    """Write the expected tables."""
    if "--draw" in sys.argv:
        draw()
    ranks, paths, rest = [], [], []
    rng = np.random.default_rng(1)
    for case in ("block", "staggered"):
        frame = pd.read_csv(FOLDER / f"{case}.csv")
        for covariates in ([], ["x1", "x2"]):
            rows = [at_rank(frame, covariates, r) for r in range(6)]
            best = 0
            for r, (row, _) in enumerate(rows):  # a higher rank only for an error lower by a thousandth
                if row["mspe"] < 0.999 * rows[best][0]["mspe"]:
                    best = r
            ranks += [
                {"case": case, "covariates": len(covariates), **row, "chosen": int(row["rank"] == best)}
                for row, _ in rows
            ]
            paths += [(case, len(covariates), since, gap) for since, gap in rows[best][1].items()]
        rest += [(case, f"em {r}", em(frame, r)) for r in (0, 1, 2)]
        rest.append((case, "bootstrap error", bootstrap(frame, ["x1", "x2"], 2, 1000, rng)))
    pd.DataFrame(ranks).to_csv(FOLDER / "expected.csv", index=False)
    pd.DataFrame(paths, columns=["case", "covariates", "relative", "effect"]).to_csv(
        FOLDER / "expected_path.csv", index=False
    )
    pd.DataFrame(rest, columns=["case", "quantity", "value"]).to_csv(
        FOLDER / "expected_other.csv", index=False
    )


if __name__ == "__main__":
    main()

"""Synthetic control and synthetic difference-in-differences of one treated area, the weights solved for apart."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import differential_evolution, nnls

FOLDER = Path(__file__).parent
BLOCK = FOLDER.parent / "evaluation_block"
START = 2012
DONORS = ["A02", "A03", "A05", "A07", "A11", "A14", "A15", "A18"]
IMPORTANCE = [0.3, 0.05, 0.15, 0.1, 0.2, 0.2]


def draw():
    """Write input.csv: one treated and 18 other areas, 2000 to 2017, with four predictors."""
    rng = np.random.default_rng(1988)
    n, periods = 19, 18
    factors = np.column_stack([np.linspace(0, 3, periods), np.cumsum(rng.normal(size=periods))])
    loadings = rng.normal(size=(n, 2))
    level = rng.normal(60, 6, n)
    need = rng.normal(size=(n, 3))
    mix = np.zeros(n)
    mix[[3, 7, 11]] = 0.5, 0.3, 0.2
    level[0], loadings[0], need[0] = mix @ level, mix @ loadings, mix @ need
    y = (
        level[:, None]
        + 3 * loadings @ factors.T
        + need @ np.array([2.0, 1.0, -1.0])[:, None]
        + 0.7 * rng.normal(size=(n, periods))
    )
    y[0, START - 2000 :] -= 4 + 0.5 * np.arange(periods - START + 2000)
    rows = []
    for i in range(n):
        for t in range(periods):
            values = need[i] + 0.05 * rng.normal(size=3)
            rows.append((f"A{i:02}", 2000 + t, y[i, t], *values))
    frame = pd.DataFrame(rows, columns=["area", "year", "outcome", "income", "price", "age"])
    frame.round(5).to_csv(FOLDER / "input.csv", index=False)


def simplex(a, b, ridge=0.0):
    """Return weights of at least 0 that add up to 1 and minimise |a w - b|^2 + ridge |w|^2: support by nnls, then exactly."""
    n = a.shape[1]
    q = a.T @ a + ridge * np.eye(n)
    c = a.T @ b
    heavy = 1e4 * np.sqrt(np.trace(q) / n)
    stacked = np.vstack([a, np.sqrt(ridge) * np.eye(n), np.full((1, n), heavy)])
    w = nnls(stacked, np.concatenate([b, np.zeros(n), [heavy]]), maxiter=10000)[0]
    on = w > 1e-9
    for _ in range(50):
        k = on.sum()
        system = np.block([[q[np.ix_(on, on)], np.ones((k, 1))], [np.ones((1, k)), np.zeros((1, 1))]])
        solution = np.linalg.lstsq(system, np.append(c[on], 1.0), rcond=None)[0]
        w = np.zeros(n)
        w[on] = solution[:-1]
        gradient = q @ w - c + solution[-1]
        if w.min() < 0:
            on[np.argmin(w)] = False
        elif gradient.min() < -1e-9 * np.abs(c).max():
            on[np.argmin(gradient)] = True
        else:
            return w
    raise RuntimeError("no support found")


def steps(a, b, ridge, start, least, most):
    """Return weights after steps of Frank and Wolfe with the best length, until the loss falls by less than least squared."""
    x, rows, values = start.copy(), len(a), []
    for _ in range(most):
        fitted = a @ x
        gradient = (fitted - b) @ a + ridge * x
        move = -x
        move[np.argmin(gradient)] += 1
        change = a @ move
        size = -(gradient @ move) / (change @ change + ridge * (move @ move)) if move.any() else 0.0
        x = x + min(max(size, 0.0), 1.0) * move
        values.append((ridge * (x @ x) + ((a @ x - b) ** 2).sum()) / rows)
        if len(values) > 1 and values[-2] - values[-1] <= least**2:
            break
    return x


def published(a, b, ridge, spread):
    """Return weights as the published code finds them: 100 steps, small weights dropped, and up to 10,000 more."""
    first = steps(a, b, ridge, np.full(a.shape[1], 1 / a.shape[1]), 1e-5 * spread, 100)
    first = np.where(first <= first.max() / 4, 0.0, first)
    return steps(a, b, ridge, first / first.sum(), 1e-5 * spread, 10000)


def synthetic(y, target, pre):
    """Return weights and gaps of classic synthetic control on outcomes."""
    w = simplex(y[:, :pre].T, target[:pre])
    return w, target - w @ y


def sdid(y, treated, pre, variant, spread=None):
    """Return effect, unit and period weights: Arkhangelsky and others (2021), controls in y, treated areas in rows."""
    target = treated.mean(axis=0)
    after = y.shape[1] - pre
    sigma = np.diff(y[:, :pre], axis=1).std(ddof=1) if spread is None else spread
    n = len(y)
    if variant == "did":
        units, periods = np.full(n, 1 / n), np.full(pre, 1 / pre)
    elif variant == "sc":
        units, periods = (
            published(y[:, :pre].T, target[:pre], pre * (1e-6 * sigma) ** 2, sigma),
            np.zeros(pre),
        )
    else:
        zeta = (len(treated) * after) ** 0.25 * sigma
        a = y[:, :pre].T - y[:, :pre].mean(axis=1)
        units = published(a, target[:pre] - target[:pre].mean(), pre * zeta**2, sigma)
        a = y[:, :pre] - y[:, :pre].mean(axis=0)
        later = y[:, pre:].mean(axis=1)
        periods = published(a, later - later.mean(), n * (1e-6 * sigma) ** 2, sigma)
    gap = target - units @ y
    return gap[pre:].mean() - periods @ gap[:pre], units, periods, gap


def jackknife(y, treated, pre, variant):
    """Return the jackknife error over areas, weights held and made to add up to one again."""
    _, units, periods, _ = sdid(y, treated, pre, variant)
    found = []
    for i in range(len(y) + len(treated)):
        keep = np.delete(np.arange(len(y) + len(treated)), i)
        c, t = keep[keep < len(y)], keep[keep >= len(y)] - len(y)
        gap = treated[t].mean(axis=0) - units[c] / units[c].sum() @ y[c]
        found.append(gap[pre:].mean() - periods @ gap[:pre])
    n = len(found)
    return np.sqrt((n - 1) / n * ((np.array(found) - np.mean(found)) ** 2).sum())


def one_treated(wide):
    """Return rows for the area treated alone."""
    names, years = list(wide.index), list(wide.columns)
    pre = years.index(START)
    y, target = wide.to_numpy()[1:], wide.to_numpy()[0]
    rows = []
    for variant in ("sdid", "sc", "did"):
        effect, units, periods, gap = sdid(y, target[None], pre, variant)
        rows.append((variant, "effect", "", effect))
        rows += [(variant, "unit weight", n, w) for n, w in zip(names[1:], units, strict=True)]
        rows += [(variant, "period weight", t, w) for t, w in zip(years, periods, strict=False)]
        rows += [
            (variant, "gap", t, g - periods @ gap[:pre]) for t, g in zip(years[pre:], gap[pre:], strict=True)
        ]
    sigma = np.diff(y[:, :pre], axis=1).std(ddof=1)
    placebos = [sdid(np.delete(y, i, axis=0), y[[i]], pre, "sdid", sigma)[0] for i in range(len(y))]
    rows.append(("sdid", "placebo error", "", np.std(placebos)))
    w, gap = synthetic(y, target, pre)
    rows.append(("classic", "effect", "", gap[pre:].mean()))
    rows += [("classic", "unit weight", n, v) for n, v in zip(names[1:], w, strict=True)]
    table = []
    for i, name in enumerate(names):
        others = y if i == 0 else np.delete(y, i - 1, axis=0)
        gap = synthetic(others, wide.to_numpy()[i], pre)[1]
        before, after = np.sqrt(np.mean(gap[:pre] ** 2)), np.sqrt(np.mean(gap[pre:] ** 2))
        table.append((name, before, after, gap[pre:].mean(), after / before))
    table = pd.DataFrame(table, columns=["area", "pre", "post", "effect", "ratio"])
    table["rank"] = table["ratio"].rank(ascending=False).astype(int)
    table.to_csv(FOLDER / "expected_placebos.csv", index=False)
    effects = table["effect"].to_numpy()
    rows.append(("classic", "p ratio", "", table["rank"].iloc[0] / len(table)))
    rows.append(("classic", "p absolute", "", (np.abs(effects) >= abs(effects[0])).mean()))
    rows.append(("classic", "p one-sided", "", (effects <= effects[0]).mean()))
    return rows


def with_predictors(frame, first):
    """Return rows of the nested problem: exact weights for given importance, and the importance by differential evolution."""
    frame = frame[frame["area"].isin(["A00", *DONORS])]
    early = frame[(frame["year"] >= 2004) & (frame["year"] < START)]
    table = early.groupby("area")[["income", "price", "age"]].mean()
    wide = frame.pivot_table(index="area", columns="year", values="outcome")
    table = table.join(wide[[2000, 2006, 2011]])
    whole = (table / table.std(ddof=1)).to_numpy()
    few = whole[:, [0, 3, 5]]  # the importance is searched for among three, to be quick
    fit = wide[[t for t in wide if first <= t < START]].to_numpy()
    after = wide[[t for t in wide if t >= START]].to_numpy()

    def weights(v, x):
        root = np.sqrt(np.asarray(v) / np.sum(v))
        return simplex((x[1:] * root).T, x[0] * root)

    def loss(logs):
        try:
            w = weights(10.0 ** np.asarray(logs), few)
        except RuntimeError:
            return 1e3
        return np.mean((fit[0] - w @ fit[1:]) ** 2)

    search = differential_evolution(loss, [(-6, 0)] * 3, seed=1, maxiter=60, popsize=10, polish=False)
    name = "predictors" if first == 2000 else "predictors late"
    rows = [(name, "loss", "", search.fun)]
    for model, v, x in ((name, 10.0**search.x, few), (f"{name}, given", IMPORTANCE, whole)):
        w = weights(v, x)
        rows += [(model, "unit weight", a, b) for a, b in zip(table.index[1:], w, strict=True)]
        rows.append((model, "effect", "", (after[0] - w @ after[1:]).mean()))
    return rows


def with_six_predictors(frame, first):
    """Return the least loss that differential evolution finds over the importance of six predictors, with every donor."""
    early = frame[(frame["year"] >= 2004) & (frame["year"] < START)]
    table = early.groupby("area")[["income", "price", "age"]].mean()
    wide = frame.pivot_table(index="area", columns="year", values="outcome")
    table = table.join(wide[[2000, 2006, 2011]])
    x = (table / table.std(ddof=1)).to_numpy()
    fit = wide[[t for t in wide if first <= t < START]].to_numpy()

    def loss(logs):
        root = np.sqrt(10.0 ** np.asarray(logs) / np.sum(10.0 ** np.asarray(logs)))
        try:
            w = simplex((x[1:] * root).T, x[0] * root)
        except RuntimeError:
            return 1e3
        return np.mean((fit[0] - w @ fit[1:]) ** 2)

    search = differential_evolution(loss, [(-8, 0)] * 6, seed=1, maxiter=80, popsize=10, polish=False)
    return [("six predictors" if first == 2000 else "six predictors late", "loss", "", search.fun)]


def main():
    """Write the expected tables."""
    if "--draw" in sys.argv:
        draw()
    frame = pd.read_csv(FOLDER / "input.csv")
    rows = one_treated(frame.pivot_table(index="area", columns="year", values="outcome"))
    rows += with_predictors(frame, 2000)
    rows += with_predictors(frame, 2005)
    rows += with_six_predictors(frame, 2000)
    rows += with_six_predictors(frame, 2005)
    block = pd.read_csv(BLOCK / "input.csv")
    wide = block.pivot_table(index="area", columns="year", values="outcome")
    is_treated = block.groupby("area")["treated"].first().loc[wide.index].to_numpy() == 1
    y, treated, pre = (
        wide.to_numpy()[~is_treated],
        wide.to_numpy()[is_treated],
        list(wide.columns).index(2014),
    )
    for variant in ("sdid", "sc", "did"):
        rows.append((f"block {variant}", "effect", "", sdid(y, treated, pre, variant)[0]))
        rows.append((f"block {variant}", "jackknife", "", jackknife(y, treated, pre, variant)))
    pd.DataFrame(rows, columns=["model", "quantity", "key", "value"]).to_csv(
        FOLDER / "expected.csv", index=False
    )


if __name__ == "__main__":
    main()

"""Reconciled forecasts by plain linear algebra: S (S' W^-1 S)^-1 S' W^-1 y, Wickramasuriya, Athanasopoulos and Hyndman (2019)."""

from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parent


def shrunk_covariance(errors):
    """Covariance about the mean, correlations shrunk to none by the intensity of Schaefer and Strimmer (2005)."""
    n = errors.shape[1]
    centred = errors - errors.mean(axis=1, keepdims=True)
    covariance = centred @ centred.T / (n - 1)
    scaled = centred / centred.std(axis=1, keepdims=True)
    products = scaled[:, None, :] * scaled[None, :, :]
    spread = n / (n - 1) ** 3 * ((products - products.mean(axis=2, keepdims=True)) ** 2).sum(axis=2)
    correlation = (n / (n - 1) * products.mean(axis=2)) ** 2
    off = ~np.eye(len(errors), dtype=bool)
    intensity = np.clip(spread[off].sum() / correlation[off].sum(), 0.0, 1.0)
    return np.where(off, 1 - intensity, 1.0) * covariance


def main():
    """Write expected.csv."""
    rows = pd.read_csv(FOLDER / "input.csv")
    summing = pd.read_csv(FOLDER / "summing.csv", index_col="node")
    wide = {
        (part, column): rows[rows["part"] == part]
        .pivot_table(index="node", columns="t", values=column)
        .loc[summing.index]
        for part, column in (("past", "observed"), ("past", "forecast"), ("future", "forecast"))
    }
    errors = (wide["past", "observed"] - wide["past", "forecast"]).to_numpy()
    base = wide["future", "forecast"].to_numpy()
    s = summing.to_numpy(float)
    bottom = s.shape[1]
    weights = {
        "ols": np.eye(len(s)),
        "wls_struct": np.diag(s.sum(axis=1)),
        "wls_var": np.diag((errors**2).mean(axis=1)),
        "mint_shrink": shrunk_covariance(errors),
    }
    results = {"bottom_up": s @ base[-bottom:]}
    for method, w in weights.items():
        inverse = np.linalg.inv(w)
        results[method] = s @ np.linalg.solve(s.T @ inverse @ s, s.T @ inverse @ base)
    table = [
        (method, node, t, value)
        for method, values in results.items()
        for node, line in zip(summing.index, values, strict=True)
        for t, value in enumerate(line)
    ]
    pd.DataFrame(table, columns=["method", "node", "t", "value"]).to_csv(FOLDER / "expected.csv", index=False)


if __name__ == "__main__":
    main()

"""Two areas and two periods by least squares of statsmodels, with and without covariates."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import statsmodels.api as sm

FOLDER = Path(__file__).parent


def main():
    """Write the tables."""
    if "--draw" in sys.argv:
        rng = np.random.default_rng(1994)
        treated, after = rng.integers(0, 2, 300), rng.integers(0, 2, 300)
        chain, owned = rng.integers(0, 3, 300), rng.integers(0, 2, 300)
        y = 20 + 2 * treated - 1 * after + 2.5 * treated * after + chain + rng.normal(0, 4, 300)
        frame = pd.DataFrame({"outcome": y.round(2), "treated": treated, "after": after, "owned": owned})
        frame.assign(chain1=(chain == 1) * 1, chain2=(chain == 2) * 1).to_csv(
            FOLDER / "input.csv", index=False
        )
    frame = pd.read_csv(FOLDER / "input.csv")
    frame["both"] = frame["treated"] * frame["after"]
    rows = []
    for name, covariates in (
        ("none", []),
        ("chains", ["chain1", "chain2"]),
        ("all", ["chain1", "chain2", "owned"]),
    ):
        fit = sm.OLS(
            frame["outcome"], sm.add_constant(frame[["treated", "after", "both", *covariates]])
        ).fit()
        rows += [
            (name, term, fit.params[term], fit.bse[term]) for term in ("const", "treated", "after", "both")
        ]
    names = ["covariates", "term", "estimate", "standard_error"]
    pd.DataFrame(rows, columns=names).to_csv(FOLDER / "expected.csv", index=False)


if __name__ == "__main__":
    main()

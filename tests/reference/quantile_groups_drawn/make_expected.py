"""Tenths and fifths of drawn scores within regions, by counting for each area how many peers score higher."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parent


def main():
    """Write the tables."""
    if "--draw" in sys.argv:
        rng = np.random.default_rng(10)
        frame = pd.DataFrame({"region": rng.choice(["North", "South", "East"], 160, p=[0.6, 0.34, 0.06])})
        frame.assign(score=rng.gamma(4, 5, 160).round(0)).to_csv(FOLDER / "input.csv", index=False)
    frame = pd.read_csv(FOLDER / "input.csv")
    rows = []
    for region, score in frame.itertuples(index=False):
        peers = frame.loc[frame["region"] == region, "score"].tolist()
        above, below = sum(p > score for p in peers), sum(p < score for p in peers)
        rows.append((10 * above // len(peers) + 1, 5 * below // len(peers) + 1))
    pd.DataFrame(rows, columns=["tenth", "fifth_from_the_lowest"]).to_csv(
        FOLDER / "expected.csv", index=False
    )


if __name__ == "__main__":
    main()

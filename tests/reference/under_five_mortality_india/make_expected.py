"""The concentration index of a printed table of fifths, by the covariance with the mid-rank and by the curve's area."""

from pathlib import Path

import numpy as np
import pandas as pd

FOLDER = Path(__file__).parent


def main():
    """Write expected.csv."""
    frame = pd.read_csv(FOLDER / "input.csv")
    share = frame["births"].to_numpy() / frame["births"].sum()
    y = frame["rate"].to_numpy()
    mean = share @ y
    rank = share.cumsum() - share / 2
    index = 2 / mean * (share @ (y * rank)) - 1
    people, events = np.append(0, share.cumsum()), np.append(0, (share * y).cumsum() / mean)
    area = (people[:-1] * events[1:] - people[1:] * events[:-1]).sum()
    assert abs(area - index) < 1e-14
    # Kakwani, Wagstaff and van Doorslaer (1997), equation 15, nothing known of the spread within groups
    n = frame["births"].sum()
    curve = events[1:]
    q = events[:-1] + curve
    a = y / mean * (2 * rank - 1 - index) + 2 - q
    error = np.sqrt(((share * a**2).sum() - (1 + index) ** 2) / n)
    row = {"index": index, "mean": mean, "standard_error": error}
    pd.DataFrame([row]).to_csv(FOLDER / "expected.csv", index=False)


if __name__ == "__main__":
    main()

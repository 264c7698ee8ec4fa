"""Variance shares: planted ones come back, and the analysis of variance by hand."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.governance import variance_shares

NESTED = ["region", "board", "provider"]


def panel(sd, shape=(20, 6, 5, 6), seed=0, drop=0.0):
    rng = np.random.default_rng(seed)
    r, b, p, t = shape
    frame = pd.MultiIndex.from_product(
        [range(r), range(b), range(p), range(t)], names=[*NESTED, "t"]
    ).to_frame(index=False)
    frame["board"] += 100 * frame["region"]
    frame["provider"] += 100 * frame["board"]
    y = np.zeros(len(frame))
    for column, s in zip([*NESTED, "t"], sd, strict=False):
        codes, names = pd.factorize(frame[column])
        y += s * rng.normal(size=len(names))[codes]
    frame["y"] = y + sd[-1] * rng.normal(size=len(frame))
    frame["chance"] = 1.0
    return frame[rng.random(len(frame)) >= drop]


@pytest.mark.parametrize("drop", [0.0, 0.3])
def test_planted_shares_come_back(drop):
    sd = np.array([1.0, 1.5, 2.0, 0.0, 2.0])
    found = np.mean(
        [
            variance_shares(panel(sd, seed=s, drop=drop), "y", NESTED, "t", draws=50).estimate
            for s in range(8)
        ],
        axis=0,
    )
    assert found == pytest.approx(sd**2 / (sd**2).sum(), abs=0.04)


def test_intervals_hold_planted_shares():
    sd = np.array([1.0, 1.0, 2.0, 1.0, 2.0])
    truth = sd**2 / (sd**2).sum()
    held = []
    for s in range(20):
        v = variance_shares(panel(sd, (9, 5, 4, 6), seed=s), "y", NESTED, "t", draws=50)
        held.append((v.lower[:, 0] <= truth) & (truth <= v.upper[:, 0]))
    assert np.mean(held) > 0.85


def test_noise_is_taken_from_own_changes():
    frame = panel([1.0, 1.0, 1.0, 0.0, 2.0])
    plain, told = (
        variance_shares(frame, "y", NESTED, "t", sampling_variance=c, draws=50) for c in (None, "chance")
    )
    assert list(told.index)[-2:] == ["own changes", "noise"]
    assert told.components["noise"] == pytest.approx(1.0)
    assert told.components["own changes"] + 1.0 == pytest.approx(plain.components["own changes"])
    assert told.components["own changes"] == pytest.approx(3.0, rel=0.05)
    assert told.estimate.sum() == pytest.approx(1.0)
    assert told.total == pytest.approx(told.components.clip(lower=0).sum())


def test_balanced_panel_equals_the_two_way_analysis_of_variance():
    y = np.array([[1.0, 2.0, 6.0], [4.0, 4.0, 10.0], [0.0, 3.0, 3.0], [7.0, 5.0, 9.0]])
    a, b = y.shape
    rows, columns = y.mean(axis=1), y.mean(axis=0)
    within = ((y - rows[:, None] - columns[None, :] + y.mean()) ** 2).sum() / ((a - 1) * (b - 1))
    between, periods = b * rows.var(ddof=1), a * columns.var(ddof=1)
    frame = pd.DataFrame([(i, j, y[i, j]) for i in range(a) for j in range(b)], columns=["place", "t", "y"])
    found = variance_shares(frame.sample(frac=1, random_state=1), "y", ["place"], "t", draws=50)
    assert found.components.tolist() == pytest.approx(
        [(between - within) / b, (periods - within) / a, within]
    )
    assert found["place"].estimate == pytest.approx(found.components.iloc[0] / found.total)
    assert found.n.tolist() == [12] * 3
    assert found.sentence.startswith("Of the variance,")


def test_a_variance_below_zero_is_shown_and_counts_as_none():
    y = [1.0, -1.0, -1.0, 1.0, 1.0, -1.0]  # places alike, periods alike up to noise
    frame = pd.DataFrame({"place": [0, 0, 1, 1, 2, 2], "t": [0, 1] * 3, "y": y})
    found = variance_shares(frame, "y", ["place"], "t", draws=50)
    assert found.components["place"] < 0.0
    assert found["place"].estimate == 0.0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda f: f.assign(board=f["region"]), "cannot be told apart"),
        (lambda f: f.assign(y=1.0), "all figures are the same"),
        (lambda f: pd.concat([f, f.head(1)]), "twice"),
        (lambda f: f.assign(board=f["t"]), "lies in"),
        (lambda f: f.drop(columns="t"), "no column 't'"),
        (lambda f: f.assign(y=np.nan), "y: "),
    ],
)
def test_bad_input_is_refused(change, words):
    with pytest.raises(InputError, match=words):
        variance_shares(change(panel([1.0] * 5, (3, 2, 2, 3))), "y", NESTED, "t")
    with pytest.raises(InputError, match="nested"):
        variance_shares(panel([1.0] * 5, (3, 2, 2, 3)), "y", [], "t")

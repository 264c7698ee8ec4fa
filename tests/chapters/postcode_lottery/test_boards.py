"""Greater Manchester against England, recomputed from its districts."""

from __future__ import annotations

import numpy as np
import pytest

from healthdevo import areas, tables
from healthdevo.chapters.common import ON, within_boards
from healthdevo.chapters.postcode_lottery.boards import Boards
from healthdevo.chapters.postcode_lottery.ground import Ground


@pytest.fixture(scope="module")
def boards() -> Boards:
    return Boards(Ground.load())


def variance(values: np.ndarray, weights: np.ndarray) -> float:
    w = weights / weights.sum()
    return float(w @ (values - w @ values) ** 2)


def test_manchester_against_its_districts(boards: Boards) -> None:
    row = boards.manchester
    members = [a.code for a in areas.members("E47000001", "district", ON)]
    rates = tables.load("under_75_mortality").query("edition == 'ohid_2026' and sex == 'persons'")
    wide = rates.pivot_table(index="area_code", columns="year", values="rate")
    w = boards.ground.size.reindex(members).to_numpy(float)
    inside = within_boards().query("container_code == 'E54000057'").set_index("area_code")["share"]
    assert inside.reindex(members).min() > 0.98
    ratio = (w @ wide.loc[members].to_numpy(float) / w.sum()) / wide.loc["E92000001"].to_numpy(float)
    assert row["end"] == pytest.approx(ratio[-3:].mean(), abs=0.01)
    assert row["start"] == pytest.approx(ratio[:3].mean(), abs=0.01)
    spread = boards.inner_spread.set_index("area").loc["Greater Manchester"]
    assert spread["districts"] == len(members)
    plain = np.sqrt(variance(wide.loc[members].iloc[:, -3:].mean(axis=1).to_numpy(float), w))
    assert 0.8 * plain < spread["end"] * (w @ wide.loc[members].iloc[:, -3:].mean(axis=1) / w.sum()) < plain

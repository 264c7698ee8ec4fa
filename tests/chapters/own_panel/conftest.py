"""Simulated panels with a known effect, and with none."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.chapters.own_panel import PolicyPage, read_panel

UNITS, YEARS, START = 28, range(2001, 2015), 2010


def simulated(effect, *, seed=5, treated=2, units=UNITS):
    """Units with levels, shared years and noise; the first ones change by ``effect`` from the start on."""
    rng = np.random.default_rng(seed)
    years = np.array(YEARS)
    levels, shared = 60 + 6 * rng.normal(size=(units, 1)), np.cumsum(rng.normal(size=(1, len(years))), axis=1)
    values = levels + shared + rng.normal(size=(units, len(years)))
    values[:treated] += effect * (years >= START)
    wide = pd.DataFrame(values, [f"Place {i:02}" for i in range(units)], years)
    return wide.rename_axis("place").reset_index().melt("place", var_name="year", value_name="rate")


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a frame and reads it as a panel."""

    def written(frame, **changes):
        path = tmp_path / "mine.csv"
        frame.to_csv(path, index=False) if isinstance(frame, pd.DataFrame) else path.write_bytes(frame)
        wanted = {
            "outcome": "rate",
            "unit": "place",
            "time": "year",
            "treated": ["Place 00,Place 01"],
            "start": "2010",
        }
        return read_panel(path, **wanted | changes)

    return written  # fmt: skip


def page_of(effect, folder):
    path = folder / "simulated.csv"
    simulated(effect).to_csv(path, index=False)
    own = read_panel(
        path, outcome="rate", unit="place", time="year", treated=["Place 00", "Place 01"], start="2010"
    )
    return PolicyPage(own, unit="deaths per 100,000")  # fmt: skip


@pytest.fixture(scope="session")
def known(tmp_path_factory):
    """A policy that raised the rate by 4."""
    return page_of(4.0, tmp_path_factory.mktemp("known"))


@pytest.fixture(scope="session")
def nothing(tmp_path_factory):
    """A policy that did nothing."""
    return page_of(0.0, tmp_path_factory.mktemp("nothing"))

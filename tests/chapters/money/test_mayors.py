"""The share of income tax for mayors: what is shared out is what is raised, and no reading changes the sum of a region."""

import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.money import words
from healthdevo.chapters.money.findings import mayors_tax
from healthdevo.chapters.money.mayors import Mayors, receipts_by_district


@pytest.fixture(scope="module")
def mayors() -> Mayors:
    return Mayors.load()


@pytest.mark.parametrize("steepness", [1.0, 1.5, 2.0])
def test_districts_add_up_to_the_receipts_of_their_region(mayors, steepness):
    found = receipts_by_district(mayors.places, mayors.receipts, steepness)
    assert found.sum() == pytest.approx(mayors.receipts.sum(), rel=1e-12)
    assert (found > 0).all()


def test_london_raises_what_the_table_says_by_any_reading(mayors):
    rows = tables.load("public_receipts_region")
    row = rows[
        (rows["area_code"] == "E12000007")
        & (rows["financial_year_start"] == 2024)
        & (rows["tax"] == "Income Tax")
    ]
    people = mayors.people["E61000001"]
    expected = 0.1 * 1e6 * float(row["receipts"].iloc[0]) / people
    top = mayors.table.iloc[0]
    assert top["name"] == "London"
    assert top[["per_head", "per_head_low", "per_head_high"]].tolist() == pytest.approx([expected] * 3)


def test_sharing_by_need_moves_pounds_and_makes_none(mayors):
    for steepness in mayors.readings:
        full = mayors.equalised(1.0, steepness)
        assert int(full.transfer_pence.sum()) == 0
        after = pd.Series(full.after, mayors.codes) / mayors.need
        assert after.max() - after.min() < 0.01
        assert mayors.equalised(0.0, steepness).moved == 0.0
    rows = mayors.table
    assert (rows["gain"] * rows["area_code"].map(mayors.people)).sum() == pytest.approx(0.0, abs=1.0)
    assert len(rows) == 18  # twenty authorities less two without a mayor
    assert not {"E47000015", "E47000018"} & set(rows["area_code"])


def test_words_turn_with_the_numbers(mayors):
    said = words.mayors_texts(mayors)
    assert "£880 a head in London" in said["money_mayors_range"]
    assert "14 would gain and 4 would pay" in said["money_mayors_shared"]
    assert mayors_tax(mayors).number == pytest.approx(mayors.ratio[0])
    low, high = mayors.ratio[1:]
    assert low <= mayors.ratio[0] <= high

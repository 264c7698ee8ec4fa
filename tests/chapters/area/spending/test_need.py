"""England as a whole spends what is expected of it."""

import pytest


def test_expectation_of_need_is_met_by_england_as_a_whole(manchester):
    table = manchester.need.against_need.set_index("area_code")
    people = manchester.need.councils.population.query("year == 2019").set_index("area_code")["persons"]
    weights = people.loc[table.index]
    assert float((weights * table["actual"]).sum() / (weights * table["expected"]).sum()) == pytest.approx(
        1.0, abs=0.01
    )
    assert ((table["lower"] < table["difference"]) & (table["difference"] < table["upper"])).all()

"""The devolution section of area pages says what the tables hold."""

import pytest

from healthdevo.chapters.area import AreaDevolution
from healthdevo.chapters.devolution.elsewhere import DETECTABLE


@pytest.mark.parametrize(("code", "treated"), [("E54000057", True), ("E54000037", False)])
def test_area_section(code, treated):
    section = AreaDevolution.load(code)
    texts = section.texts()
    assert section.treated is treated
    assert all(texts.values())
    assert ("No part of" in texts["devolution_headline"]) is not treated
    table = section.table().data.set_index("measure")["value"]
    assert table["detectable"] == pytest.approx(DETECTABLE * section.test.standard_error)
    assert section.path_chart().data["period"].max() == 2019


def test_area_without_districts_says_so():
    whole = AreaDevolution.load("E54000037")
    section = AreaDevolution(whole.area, whole.elsewhere, ())
    texts = section.texts()
    assert "nothing can be said here" in texts["devolution_headline"]
    assert texts["devolution_detectable"] == "Without districts there is nothing to detect."
    assert section.table().shown.to_dict("records") == [{"What": "Districts with figures", "Value": "none"}]
    assert section.path_chart().title.endswith("England for reference")

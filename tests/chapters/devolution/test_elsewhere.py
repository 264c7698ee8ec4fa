"""Who was treated when."""

import pandas as pd

from healthdevo.chapters.devolution.elsewhere import Elsewhere, first_whole_year


def test_other_areas_start_with_their_first_whole_year():
    elsewhere = Elsewhere.load()
    deals = elsewhere.deals.set_index("area_code")
    assert deals.loc["E47000001", "start"] == 2015
    assert first_whole_year(pd.Timestamp("2016-06-17")) == deals.loc["E47000007", "start"] == 2017
    assert "E47000010" not in deals.index  # goes on with the body of 2014
    assert not set(elsewhere.controls) & set().union(*deals["districts"])
    everyone = elsewhere.staggered()
    assert everyone.n_treated == sum(s for c, s in deals["size"].items() if c != "E61000001")

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.evaluation import Panel


@pytest.fixture
def frame():
    rows = [
        (
            area,
            year,
            10.0 * i + year - 2010 + 0.5 * (i == 0 and year >= 2012),
            int(i == 0 and year >= 2012),
            1.0 + i,
        )
        for i, area in enumerate("CAB")
        for year in (2012, 2010, 2011, 2013)
    ]
    return pd.DataFrame(rows, columns=["area", "year", "rate", "on", "people"])


def test_three_ways_of_saying_who_is_treated_agree(frame):
    keys = {"area": "area", "time": "year", "outcome": "rate"}
    one = Panel.from_frame(frame, **keys, treatment="on")
    two = Panel.from_frame(frame, **keys, treated=["C"], start=2012)
    three = Panel.from_frame(frame, **keys, adoption={"C": 2012})
    frame["first"] = frame["area"].map({"C": 2012.0})
    four = Panel.from_frame(frame, **keys, adoption="first")
    for other in (two, three, four):
        assert np.array_equal(one.treatment, other.treatment)
        assert np.array_equal(one.outcome, other.outcome)
    assert list(one.areas) == ["A", "B", "C"]
    assert one.adoption.tolist() == [4, 4, 2]
    assert one.cohorts.tolist() == [2]


def test_absent_rows_are_missing_outcomes(frame):
    panel = Panel.from_frame(frame.drop(index=[4]), area="area", time="year", outcome="rate", treatment="on")
    assert not panel.balanced
    assert np.isnan(panel.outcome[0, 2])
    back = panel.to_frame()
    assert back["rate"].isna().sum() == 1
    assert len(back) == 12


def test_weights_and_selection(frame):
    panel = Panel.from_frame(
        frame, area="area", time="year", outcome="rate", treatment="on", weights="people"
    )
    assert panel.weights.tolist() == [2.0, 3.0, 1.0]
    part = panel.select(areas=["C", "A"], periods=[2010, 2013])
    assert list(part.areas) == ["A", "C"]
    assert part.outcome.tolist() == [[10.0, 13.0], [0.0, 3.5]]
    assert list(panel.drop(["A"]).areas) == ["B", "C"]
    again = panel.with_treatment({"B": 2013})
    assert again.treated_areas == ("B",)
    assert panel.treated_areas == ("C",)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: pd.concat([f, f.iloc[:1]]), "occurs twice"),
        (lambda f: f.assign(on=f["on"] * 2), "must be 0 or 1"),
        (lambda f: f.assign(rate=np.inf), "infinite"),
        (lambda f: f.assign(rate=np.nan), "nothing is observed"),
        (lambda f: f.assign(rate="many"), "not numeric"),
        (lambda f: f.assign(people=f["year"]), "varies within"),
        (lambda f: f.assign(people=-1.0), "positive"),
        (lambda f: f.drop(columns="rate"), "no column 'rate'"),
        (lambda f: f.assign(area=f["area"].where(f["area"] != "A")), "is missing; give every row a label"),
    ],
)
def test_bad_tables_are_refused_with_the_reason(frame, change, message):
    with pytest.raises(InputError, match=message):
        Panel.from_frame(
            change(frame), area="area", time="year", outcome="rate", treatment="on", weights="people"
        )


def test_treatment_must_be_said_in_one_way(frame):
    with pytest.raises(InputError, match="exactly one way"):
        Panel.from_frame(frame, area="area", time="year", outcome="rate")
    with pytest.raises(InputError, match="exactly one way"):
        Panel.from_frame(
            frame, area="area", time="year", outcome="rate", treatment="on", adoption={"A": 2011}
        )
    with pytest.raises(InputError, match="'Z' is not among"):
        Panel.from_frame(frame, area="area", time="year", outcome="rate", treated=["Z"], start=2011)


def test_arrays_are_checked_and_frozen():
    y = np.zeros((2, 3))
    with pytest.raises(InputError, match="shape"):
        Panel(y, np.zeros((3, 2)), pd.Index(["a", "b"]), pd.RangeIndex(3))
    with pytest.raises(InputError, match="twice"):
        Panel(y, np.zeros((2, 3)), pd.Index(["a", "a"]), pd.RangeIndex(3))
    with pytest.raises(InputError, match="not a finite number"):
        Panel(
            y, np.zeros((2, 3)), pd.Index(["a", "b"]), pd.RangeIndex(3), covariates=np.full((2, 3, 1), np.nan)
        )
    panel = Panel(y, np.zeros((2, 3)), pd.Index(["a", "b"]), pd.RangeIndex(3))
    with pytest.raises(ValueError, match="read-only"):
        panel.outcome[0, 0] = 1.0
    y[0, 0] = 7.0
    assert panel.outcome[0, 0] == 0.0


@pytest.mark.parametrize(
    ("labels", "fine"),
    [
        (["2016-07", "2016-08", "2017-01"], True),
        (["2015/16", "2016/17", "2017/18"], True),
        (["FY2015", "FY2016", "FY2017"], True),
        (["01", "02", "11"], True),
        (["7", "8", "11"], False),
        (["Jul 2016", "Aug 2016", "Jan 2017"], False),
        (["05/01/2024", "06/01/2024", "01/02/2024"], False),
    ],
)
def test_text_periods_sort_by_time_or_are_refused(labels, fine):
    frame = pd.DataFrame({"area": np.repeat(["A", "B"], 3), "t": labels * 2, "y": np.arange(6.0)})

    def build():
        return Panel.from_frame(frame, area="area", time="t", outcome="y", treated=["A"], start=labels[1])

    if fine:
        assert list(build().periods) == labels
    else:
        with pytest.raises(InputError, match="order of the alphabet"):
            build()
        with pytest.raises(InputError, match="order of the alphabet"):
            Panel(np.ones((2, 3)), np.zeros((2, 3)), ["A", "B"], labels)

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthdevo.areas import Registry, recode_to
from healthdevo.errors import AreaError, InputError

OLD = ["E06000001", "E07000001", "E07000002", "E07000003", "E08000001"]
NEW = ["E06000001", "E07000001", "E07000004", "E08000001"]


def series(n: int = 1) -> pd.DataFrame:
    parts = [pd.DataFrame({"area_code": OLD, "n": np.arange(1, 6) * n, "year": y}) for y in (2016, 2017)]
    parts += [pd.DataFrame({"area_code": NEW, "n": np.arange(1, 5) * n, "year": y}) for y in (2020, 2021)]
    return pd.concat(parts, ignore_index=True)


def recode(registry: Registry, data: pd.DataFrame, on: str = "2023-01-01", **options: object) -> pd.DataFrame:
    return recode_to(data, **{"on": on, "value": "n", "by": "year", "registry": registry, **options})


def test_predecessors_are_added_up_in_years_before_a_merger(registry: Registry) -> None:
    result = recode(registry, series())
    assert result.columns.tolist() == ["area_code", "year", "n"]
    assert sorted(result["area_code"].unique()) == NEW
    merged = result.query("area_code == 'E07000004'")
    assert merged["n"].tolist() == [7, 7, 3, 3]
    assert result["n"].dtype == np.int64
    assert result.groupby("year")["n"].sum().tolist() == series().groupby("year")["n"].sum().tolist()
    pd.testing.assert_frame_equal(result, recode(registry, series().sample(frac=1, random_state=2)))


def test_a_plain_change_of_code_is_followed(registry: Registry) -> None:
    result = recode(registry, series(), on="2025-06-01")
    assert "E08000002" in set(result["area_code"])
    assert "E08000001" not in set(result["area_code"])
    # nothing changes for a date on which the codes hold already
    early = series().query("year < 2018").reset_index(drop=True)
    pd.testing.assert_frame_equal(
        recode(registry, early, on="2018-01-01"),
        early[["area_code", "year", "n"]].sort_values(["year", "area_code"]),
    )


def test_a_predecessor_that_is_missing_is_named(registry: Registry) -> None:
    with pytest.raises(AreaError, match=r"only in part; missing are E07000003 \(Eel's Green\) in year 2017"):
        recode(registry, series().query("not (area_code == 'E07000003' and year == 2017)"))


def test_counting_twice_is_refused(registry: Registry) -> None:
    both = pd.concat([series(), pd.DataFrame({"area_code": ["E07000004"], "n": [9], "year": [2016]})])
    with pytest.raises(
        AreaError, match=r"counted twice: E07000004 \(Dee and Eel\) beside its predecessor"
    ) as caught:
        recode(registry, both)
    assert "2016" in str(caught.value)


def test_splits_and_dates_before_a_merger_are_refused(registry: Registry) -> None:
    split = pd.DataFrame({"area_code": ["E07000008"], "n": [1], "year": [2010]})
    with pytest.raises(AreaError, match=r"E07000008 \(Splitham\) ended on 2012-03-31.*it was split"):
        recode(registry, split)
    with pytest.raises(AreaError, match=r"E07000004 .* into which it would have to be split"):
        recode(registry, series(), on="2018-01-01")


def test_a_successor_that_may_hold_part_of_a_divided_area_is_refused(
    area_frame: pd.DataFrame, membership_frame: pd.DataFrame
) -> None:
    boards = pd.DataFrame(
        [
            ("E54000011", "NHS One Integrated Care Board", "icb", "2022-07-01", "2024-03-31", "E54000013"),
            ("E54000012", "NHS Divided Integrated Care Board", "icb", "2022-07-01", "2024-03-31", ""),
            ("E54000013", "NHS Later Integrated Care Board", "icb", "2024-04-01", None, ""),
        ],
        columns=["area_code", "area_name", "kind", "valid_from", "valid_to", "successor_code"],
    ).assign(valid_from_is_floor=False)
    one = pd.DataFrame({"area_code": ["E54000011"], "n": [1]})
    for region, refused in (("E40000001", True), ("E40000002", False)):
        inside = pd.DataFrame(
            {"member_code": ["E54000011", "E54000012", "E54000013"], "population_share": [1.0] * 3,
             "container_code": [region, "E40000001", region],
             "valid_from": ["2022-07-01", "2022-07-01", "2024-04-01"],
             "valid_to": ["2024-03-31", "2024-03-31", None]}
        )  # fmt: skip
        registry = Registry(pd.concat([area_frame, boards]), pd.concat([membership_frame, inside]))
        if refused:
            with pytest.raises(AreaError, match=r"E54000013 .* may hold part of E54000012"):
                recode(registry, one, on="2024-05-01", by=None)
        else:
            assert recode(registry, one, on="2024-05-01", by=None).to_numpy().tolist() == [["E54000013", 1]]


def test_missing_counts_are_named_or_carried(registry: Registry) -> None:
    data = series().astype({"n": float})
    data.loc[data["area_code"].eq("E07000003") & data["year"].eq(2016), "n"] = np.nan
    with pytest.raises(InputError, match=r"missing for E07000003 \(Eel's Green\) in year 2016"):
        recode(registry, data)
    carried = recode(registry, data, missing="propagate").set_index(["area_code", "year"])["n"]
    assert carried.isna().sum() == 1
    assert np.isnan(carried[("E07000004", 2016)])
    with pytest.raises(InputError, match="not valid"):
        recode(registry, data, missing="ignore")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 10**12), min_size=5, max_size=5))
def test_recoding_preserves_totals(registry: Registry, values: list[int]) -> None:
    data = pd.DataFrame({"area_code": OLD, "n": values})
    for on in ("2018-01-01", "2020-01-01", "2025-06-01"):
        assert int(recode(registry, data, on=on, by=None)["n"].sum()) == sum(values)

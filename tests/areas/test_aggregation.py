import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthdevo.areas import Registry, aggregate_counts, aggregate_rates
from healthdevo.errors import AreaError, InputError

ON = "2023-01-01"
DISTRICTS = ["E06000001", "E06000002", "E07000001", "E07000004", "E08000001"]


def frame(values: object = (1, 2, 3, 4, 5), **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"area_code": DISTRICTS, "n": values, **columns})


def panel(years: tuple[int, ...] = (2019, 2020, 2021)) -> pd.DataFrame:
    return pd.concat([frame(np.arange(5) + 10 * i).assign(year=y) for i, y in enumerate(years)])


def counts(registry: Registry, data: pd.DataFrame, to: object, **options: object) -> pd.DataFrame:
    return aggregate_counts(data, **{"to": to, "value": "n", "on": ON, "registry": registry, **options})


def test_counts_add_up_to_every_wider_kind(registry: Registry) -> None:
    assert counts(registry, frame(), "region").to_dict("list") == {
        "area_code": ["E12000001", "E12000002"], "n": [8, 7],
    }  # fmt: skip
    assert counts(registry, frame(), "E92000001")["n"].tolist() == [15]
    assert counts(registry, frame(), "combined_authority")["n"].tolist() == [6]
    assert counts(registry, frame(), "county")["n"].tolist() == [7]
    # members before the authority shrank
    before = pd.DataFrame({"area_code": ["E06000001", "E06000002", "E08000001"], "n": [1, 2, 5]})
    assert counts(registry, before, "E47000001", on="2017-01-01")["n"].tolist() == [8]


def test_whole_numbers_stay_whole_and_rows_of_other_areas_are_not_used(registry: Registry) -> None:
    result = counts(registry, frame(), ["E12000002", "E47000001"])
    assert result["n"].dtype == np.int64
    assert result.to_numpy().tolist() == [["E12000002", 7], ["E47000001", 6]]
    assert counts(registry, frame([1.5, 2, 3, 4, 5]), "E12000001")["n"].tolist() == [8.5]


def test_an_authority_of_both_tiers_stands_for_itself(registry: Registry) -> None:
    result = counts(registry, frame(), "upper_tier")
    assert result.to_numpy().tolist() == [
        ["E06000001", 1],
        ["E06000002", 2],
        ["E08000001", 5],
        ["E10000001", 7],
    ]
    assert [a.code for a in registry.members("E06000001", "district", ON)] == ["E06000001"]
    with pytest.raises(AreaError, match="of the same kind"):
        counts(registry, frame(), "district")


def test_months_and_categories_are_groups_too(registry: Registry) -> None:
    months = pd.to_datetime(["2022-10-01", "2022-11-01"])
    data = pd.concat([frame().assign(month=m, sex=pd.Categorical(["F"] * 5, ["F", "M"])) for m in months])
    data["area_code"] = data["area_code"].astype("category")
    result = counts(registry, data, "region", by=["month", "sex"])
    assert result["month"].dtype == data["month"].dtype
    assert result["n"].tolist() == [8, 7, 8, 7]
    gap = data[~(data["area_code"].eq("E06000002") & data["month"].eq(months[1]))]
    with pytest.raises(AreaError, match=r"E06000002 \(Béeford\) in month 2022-11-01, sex F\."):
        counts(registry, gap, "region", by=["month", "sex"])


def test_groups_are_kept_apart_and_sorted(registry: Registry) -> None:
    data = pd.concat([panel().assign(sex=s, m=lambda d, f=f: d["n"] * f) for s, f in (("F", 1), ("M", 2))])
    data.attrs["origin"] = "ours"
    result = counts(
        registry, data.sample(frac=1, random_state=1), "region", by=["year", "sex"], value=["n", "m"]
    )
    assert result.columns.tolist() == ["area_code", "year", "sex", "n", "m"]
    assert len(result) == 2 * 3 * 2
    assert result["year"].is_monotonic_increasing
    pd.testing.assert_frame_equal(
        result, counts(registry, data, "region", by=["year", "sex"], value=["n", "m"])
    )
    row = result.set_index(["area_code", "year", "sex"]).loc[("E12000001", 2020, "M")]
    assert (row["n"], row["m"]) == (10 + 11 + 14, 2 * (10 + 11 + 14))
    assert result.attrs["origin"] == "ours"


def test_a_cut_district_is_refused_with_its_shares(registry: Registry) -> None:
    with pytest.raises(AreaError, match="boundaries cut 1 districts") as caught:
        counts(registry, frame(), "icb")
    message = str(caught.value)
    assert "E07000001 (Ceedale), 25.0% in NHS Ayton and Beeford ICB and 75.0% in NHS Ceedale ICB" in message
    assert "population_shares=True" in message
    # also when only one side of the boundary is asked for, and by way of the boards
    for to in ("E54000002", "nhs_region"):
        with pytest.raises(AreaError, match="E07000001"):
            counts(registry, frame(), to)


def test_population_shares_split_a_cut_district_when_asked(registry: Registry) -> None:
    share = 0.25 / 0.9999
    result = counts(registry, frame(), "icb", population_shares=True)
    np.testing.assert_allclose(result["n"], [1 + 2 + 5 + 3 * share, 4 + 3 * (1 - share)], rtol=1e-14)
    through = counts(registry, frame(), "nhs_region", population_shares=True)
    np.testing.assert_allclose(through["n"], result["n"], rtol=1e-14)


def test_missing_members_are_named(registry: Registry) -> None:
    with pytest.raises(
        AreaError, match=r"1 of the 3 districts that make up North .* E06000002 \(Béeford\)\."
    ):
        counts(registry, frame().query("area_code != 'E06000002'"), "E12000001")
    data = panel().query("not (area_code == 'E06000002' and year != 2020)")
    with pytest.raises(AreaError, match=r"E06000002 \(Béeford\) in year 2019 and year 2021"):
        counts(registry, data, "region", by="year")
    # what does not lack it can be had
    assert counts(registry, data, "E12000002", by="year")["n"].tolist() == [5, 25, 45]


def test_repeated_members_are_named(registry: Registry) -> None:
    with pytest.raises(InputError, match=r"more than one row for E06000001 \(Ayton\); name the columns"):
        counts(registry, pd.concat([frame(), frame().head(1)]), "region")
    with pytest.raises(InputError, match=r"more than one row for E06000001 \(Ayton\) in year 2019"):
        counts(registry, pd.concat([panel(), panel().head(1)]), "region", by="year")


def test_codes_of_another_vintage_are_named_with_successors(registry: Registry) -> None:
    data = frame().replace({"area_code": {"E07000004": "E07000002"}})
    with pytest.raises(AreaError, match="1 of 5 codes are of another vintage than 2023-01-01") as caught:
        counts(registry, data, "region")
    assert "E07000002 (Deeham-on-Sea) ended on 2019-03-31; succeeded by E07000004 (Dee and Eel)" in str(
        caught.value
    )
    with pytest.raises(
        AreaError, match=r"E07000004 .* does not exist on 2018-01-01; its predecessors were E07000002"
    ):
        counts(registry, frame(), "region", on="2018-01-01")
    # without a date the registry's own applies, on which Effton has its new code
    with pytest.raises(AreaError, match="another vintage than 2025-04-01: E08000001"):
        counts(registry, frame(), "region", on=None)


def test_unknown_codes_and_containers_are_refused(registry: Registry) -> None:
    with pytest.raises(AreaError, match="'e06000001' is not an area") as caught:
        counts(registry, frame().replace({"area_code": {"E06000001": "e06000001"}}), "region")
    assert caught.value.suggestions == ("E06000001 (Ayton)",)
    with pytest.raises(AreaError, match="Did you mean E12000001"):
        counts(registry, frame(), "E1200001")
    with pytest.raises(AreaError, match="'regions' is not a kind"):
        counts(registry, frame(), "regions")
    with pytest.raises(AreaError, match="given more than once"):
        counts(registry, frame(), ["E12000001", "E12000001"])
    with pytest.raises(AreaError, match="no area was given"):
        counts(registry, frame(), [])
    with pytest.raises(AreaError, match="no integrated care boards on 2019-06-01"):
        counts(registry, frame(), "icb", on="2019-06-01")
    with pytest.raises(AreaError, match="began on 2022-07-01"):
        counts(registry, frame(), "E54000001", on="2019-06-01")
    with pytest.raises(AreaError, match="is of the same kind as the rows"):
        counts(registry, frame(), "E06000001")
    with pytest.raises(AreaError, match="frames use official codes"):
        counts(registry, pd.DataFrame({"area_code": ["QAA", "QBB"], "n": [1, 2]}), "E92000001")


def test_rows_of_overlapping_kinds_are_refused_unless_one_is_named(registry: Registry) -> None:
    mixed = pd.concat([frame(), pd.DataFrame({"area_code": ["E10000001", "E92000001"], "n": [7, 15]})])
    with pytest.raises(
        AreaError, match=r"kinds that overlap: country such as E92000001 \(England\), county such as"
    ):
        counts(registry, mixed, "region")
    with pytest.raises(AreaError, match="not of kind 'district': E10000001"):
        counts(registry, mixed, "region", members="district")
    with pytest.raises(AreaError, match="not a kind of area"):
        counts(registry, frame(), "region", members="parish")
    assert counts(registry, frame(), "region", members="district")["n"].tolist() == [8, 7]


def test_upper_tier_authorities_and_boards_as_members(registry: Registry) -> None:
    upper = pd.DataFrame(
        {"area_code": ["E06000001", "E06000002", "E08000001", "E10000001"], "n": [1, 2, 5, 7]}
    )
    assert counts(registry, upper, "region")["n"].tolist() == [8, 7]
    with pytest.raises(
        AreaError, match=r"no population share is recorded: E10000001 \(Southshire\) by NHS Ayton"
    ):
        counts(registry, upper, "icb", population_shares=True)
    boards = pd.DataFrame({"area_code": ["E54000001", "E54000002"], "n": [1, 2]})
    assert counts(registry, boards, "E92000001")["n"].tolist() == [3]
    assert counts(registry, boards, "nhs_region")["n"].tolist() == [1, 2]


def test_members_that_do_not_fill_a_container_are_refused(registry: Registry) -> None:
    authority = pd.DataFrame({"area_code": ["E47000001"], "n": [6]})
    with pytest.raises(
        AreaError, match=r"do not fill E12000001 \(North\) .* E06000002 \(Béeford\) lie in none"
    ):
        counts(registry, authority, "E12000001")
    with pytest.raises(AreaError, match=r"knows of no combined authorities in E12000002"):
        counts(registry, authority, "E12000002")
    # single-tier authorities alone are districts of which others are missing
    with pytest.raises(AreaError, match="3 of the 5 districts that make up England"):
        counts(registry, frame().iloc[:2], "E92000001")


@pytest.mark.parametrize("missing", [np.nan, None, pd.NA])
def test_a_missing_count_is_named_or_carried_as_asked(registry: Registry, missing: object) -> None:
    data = panel().astype({"n": "Float64"}).reset_index(drop=True)
    data.loc[1, "n"] = missing
    with pytest.raises(InputError, match=r"'n' is missing for E06000002 \(Béeford\) in year 2019;"):
        counts(registry, data, "region", by="year")
    assert counts(registry, data, "E12000002", by="year")["n"].tolist() == [5, 25, 45]
    carried = counts(registry, data, "region", by="year", missing="propagate")
    assert carried["n"].isna().tolist() == [True] + [False] * 5
    assert carried["n"].tolist()[1:] == [5, 35, 25, 65, 45]
    with pytest.raises(InputError, match="missing: 'drop' is not valid"):
        counts(registry, data, "region", by="year", missing="drop")


def test_impossible_input_is_refused(registry: Registry) -> None:
    cases = [
        (frame(["a"] * 5), {}, "must hold numbers"),
        (frame([True] * 5), {}, "holds bool"),
        (frame([1, np.inf, 3, 4, 5]), {}, r"'n' is infinite for E06000002"),
        (frame().iloc[:0], {}, "no rows"),
        (frame(), {"value": "m"}, "no column 'm'; it has 'area_code', 'n'"),
        (frame(), {"value": []}, "at least one column"),
        (frame(), {"by": "n"}, "one purpose only"),
        (frame(year=[1, 1, None, 1, 1]), {"by": "year"}, "'year' is empty in row 2"),
        (frame().replace({"area_code": {"E06000001": None}}), {}, "'area_code' is empty in row 0"),
        (frame(), {"on": 2023}, "on: 2023 is not a date"),
    ]
    for data, options, message in cases:
        with pytest.raises(InputError, match=message):
            counts(registry, data, "region", **options)
    doubled = pd.concat([frame(), frame()[["n"]]], axis=1)
    with pytest.raises(InputError, match="column 'n' is there more than once"):
        counts(registry, doubled, "region")
    with pytest.raises(InputError, match="dict is not valid; give a pandas DataFrame"):
        counts(registry, {"area_code": DISTRICTS}, "region")  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 10**9), min_size=5, max_size=5), min_size=1, max_size=4), st.randoms()
)
def test_totals_are_preserved(registry: Registry, values: list[list[int]], random: object) -> None:
    data = pd.concat([frame(row).assign(year=2000 + i) for i, row in enumerate(values)], ignore_index=True)
    order = list(range(len(data)))
    random.shuffle(order)  # type: ignore[attr-defined]
    shuffled = data.iloc[order]
    wanted = [sum(row) for row in values]
    for to in ("region", "country"):
        exact = counts(registry, shuffled, to, by="year")
        assert exact.groupby("year")["n"].sum().tolist() == wanted
    for to in ("icb", "nhs_region"):
        split = counts(registry, shuffled, to, by="year", population_shares=True)
        np.testing.assert_allclose(split.groupby("year")["n"].sum(), wanted, rtol=1e-12)
        pd.testing.assert_frame_equal(split, counts(registry, data, to, by="year", population_shares=True))
        assert (split["n"] >= 0).all()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(0, 1e4), min_size=5, max_size=5),
    st.lists(st.integers(1, 10**6), min_size=5, max_size=5),
)
def test_a_rate_is_the_ratio_of_added_counts_and_lies_between_its_members(
    registry: Registry, rates: list[float], people: list[int]
) -> None:
    data = frame(rates, people=people, events=np.array(rates) * people)
    options = {"to": "icb", "on": ON, "population_shares": True, "registry": registry}
    result = aggregate_rates(data, value="n", weights="people", **options)
    summed = aggregate_counts(data, value=["events", "people"], **options)
    np.testing.assert_allclose(result["n"], summed["events"] / summed["people"], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(result["people"], summed["people"], rtol=1e-12)
    assert (result["n"] <= max(rates) * (1 + 1e-12) + 1e-12).all()
    assert (result["n"] >= min(rates) * (1 - 1e-12) - 1e-12).all()


def test_rates_are_weighted_by_population(registry: Registry) -> None:
    data = frame([10.0, 20.0, 30.0, 40.0, 50.0], people=[100, 300, 50, 150, 100], other=[1.0] * 5)
    result = aggregate_rates(
        data, to="region", value=["n", "other"], weights="people", on=ON, registry=registry
    )
    assert result.columns.tolist() == ["area_code", "n", "other", "people"]
    np.testing.assert_allclose(result["n"], [(1000 + 6000 + 5000) / 500, (1500 + 6000) / 200])
    assert result["other"].tolist() == [1.0, 1.0]
    assert result["people"].tolist() == [500, 200]


def test_weights_must_make_sense(registry: Registry) -> None:
    def rates(people: list[float], **options: object) -> pd.DataFrame:
        return aggregate_rates(
            frame(people=people),
            to="region",
            value="n",
            weights="people",
            on=ON,
            registry=registry,
            **options,
        )

    with pytest.raises(
        InputError, match=r"'people' is -1 for E06000002 \(Béeford\); weights are not negative"
    ):
        rates([1, -1, 1, 1, 1])
    with pytest.raises(InputError, match=r"sums to 0 over the members of E12000002 \(South\)"):
        rates([1, 1, 0, 0, 1])
    with pytest.raises(InputError, match=r"'people' is missing for E06000002"):
        rates([1, np.nan, 1, 1, 1])
    carried = rates([1, np.nan, 1, 1, 1], missing="propagate")
    assert carried["n"].isna().tolist() == [True, False]
    with pytest.raises(AreaError, match="boundaries cut"):
        aggregate_rates(
            frame(people=[1] * 5), to="icb", value="n", weights="people", on=ON, registry=registry
        )

"""The upper-tier panel, column by column from the other tables: the definition that the committed table must meet."""

import numpy as np
import pandas as pd

from healthdevo import tables

YEARS = range(2013, 2024)
UPPER = ("county", "unitary_authority", "metropolitan_district", "london_borough")
SPENDING = {
    "public_health": "public_health_spending",
    "adult_social_care": "adult_social_care_spending",
    "children_social_care": "children_social_care_spending",
}
DETERMINANTS = {
    "claimant_rate": "claimant_rate",
    "employment_rate": "employment_rate",
    "inactivity_due_to_sickness": "inactivity_due_to_sickness",
    "median_weekly_pay": "median_weekly_pay",
    "housing_affordability_ratio": "housing_affordability_ratio",
    "gcse_english_and_maths": "gcse_english_and_maths",
    "obesity_year_6": "obesity_year_6",
    "household_income_per_head": "household_income_per_head",
}


def upper_tier() -> pd.DataFrame:
    """The upper-tier areas of June 2023."""
    area = tables.load("area")
    there = (area["valid_from"] <= "2023-06-30") & ~(area["valid_to"] < "2023-06-30")
    return area[there & area["kind"].isin(UPPER)].reset_index(drop=True)


def current(code: pd.Series, upper: pd.DataFrame) -> pd.Series:
    """Bring the codes of a table to those of the panel.

    A county that a single unitary authority succeeded stands for that authority in earlier years, and the codes of
    April 2025 stand for the same areas before.
    """
    area = tables.load("area").set_index("area_code")
    area = area[~(area["valid_to"] > pd.Timestamp("2026-03-31"))]
    counties = area[(area["kind"] == "county") & area["successor_code"].notna()]["successor_code"].to_dict()
    recoded = {
        new: old
        for old, new in area["successor_code"].dropna().items()
        if area.loc[old, "kind"] == "metropolitan_district"
    }
    return code.replace(counties | recoded).where(lambda c: c.isin(upper["area_code"]))


def keyed(frame: pd.DataFrame, upper: pd.DataFrame, year: str, value: str) -> pd.Series:
    codes = current(frame["area_code"], upper)
    kept = frame[codes.notna()].assign(area_code=codes, year=frame[year])
    series = kept.set_index(["area_code", "year"])[value]
    assert not series.index.duplicated().any(), value
    return series


def of_districts(values: pd.Series, weights: pd.Series, upper: pd.DataFrame) -> pd.Series:
    """Weighted means of the districts of each county, where every district has a value."""
    membership = tables.load("area_membership")
    on = (membership["valid_from"] <= "2023-06-30") & ~(membership["valid_to"] < "2023-06-30")
    nested = membership[on & (membership["container_kind"] == "county")].set_index("member_code")[
        "container_code"
    ]
    both = pd.DataFrame({"value": values, "weight": weights}).dropna(subset="weight").reset_index()
    both["county"] = both["area_code"].map(nested)
    both = both.dropna(subset="county")
    both["product"] = both["value"] * both["weight"]
    grouped = both.groupby(["county", "year"])
    mean = grouped["product"].sum(min_count=1) / grouped["weight"].sum()
    complete = grouped["value"].count() == grouped["weight"].count()
    return mean.where(complete).rename_axis(["area_code", "year"])


def build() -> pd.DataFrame:
    upper = upper_tier()
    index = pd.MultiIndex.from_product([sorted(upper["area_code"]), YEARS], names=["area_code", "year"])
    panel = pd.DataFrame(index=index)

    membership = tables.load("area_membership")
    now = membership[(membership["valid_from"] <= "2023-06-30") & ~(membership["valid_to"] < "2023-06-30")]
    region = now[now["container_kind"] == "region"].set_index("member_code")["container_code"]
    panel["region_code"] = index.get_level_values("area_code").map(region)

    # combined authority on 30 June: the one that all districts of the area belong to
    districts = now[now["container_kind"] == "county"][["member_code", "container_code"]]
    own = pd.DataFrame({"member_code": upper["area_code"], "container_code": upper["area_code"]})
    parts = pd.concat([districts, own[~own["member_code"].str.startswith("E10")]])
    joined = membership[membership["container_kind"] == "combined_authority"]
    authority = {}
    for year in YEARS:
        day = f"{year}-06-30"
        on = joined[(joined["valid_from"] <= day) & ~(joined["valid_to"] < day)].set_index("member_code")
        of_part = parts.assign(authority=parts["member_code"].map(on["container_code"]))
        for code, group in of_part.groupby("container_code")["authority"]:
            if group.notna().all() and (group == group.iloc[0]).all():
                authority[code, year] = group.iloc[0]
    panel["combined_authority_code"] = pd.Series(authority).reindex(index)

    population = tables.load("population_year").set_index(["area_code", "year"])
    panel["population"] = population["persons"].reindex(index)
    panel["share_65_plus"] = population["share_65_plus"].reindex(index)

    deprivation = tables.load("deprivation_area").query("index_year == 2019").set_index("area_code")
    panel["deprivation_score_2019"] = index.get_level_values("area_code").map(deprivation["average_score"])

    outturn = tables.load("council_outturn")
    outturn = outturn[outturn["area_code"].notna() & outturn["population"].notna()]
    price = tables.load("gdp_deflator").set_index("year")["deflator"] / 100
    years = index.get_level_values("year")
    for service, column in SPENDING.items():
        one = outturn[outturn["service"] == service]
        per_head = keyed(one, upper, "financial_year_start", "spending_per_head").reindex(index)
        panel[column] = (per_head / price.reindex(years).to_numpy()).round(2)

    rates = tables.single_edition(tables.load("under_75_mortality"), "ohid_2023")
    rates = rates[rates["sex"] == "persons"].set_index(["area_code", "year"])["rate"]
    weights = population["persons"].where(population.index.isin(rates.index) | population.index.isin(index))
    county = of_districts(rates.reindex(population.index), weights, upper)
    panel["preventable_mortality"] = rates.reindex(index).fillna(county.reindex(index)).round(2)
    from_districts = rates.reindex(index).isna() & county.reindex(index).notna()
    basis = np.where(from_districts, "mean_of_districts", "published")
    panel["preventable_mortality_basis"] = pd.Series(basis, index=index).where(
        panel["preventable_mortality"].notna()
    )

    healthy = tables.load("healthy_life_expectancy_area")
    healthy = healthy.assign(middle=healthy["period_start_year"] + 1)
    for sex in ("male", "female"):
        one = keyed(healthy[healthy["sex"] == sex], upper, "middle", "healthy_life_expectancy")
        panel[f"healthy_life_expectancy_{sex}"] = one.reindex(index)

    wider = tables.load("wider_determinants")
    for indicator, column in DETERMINANTS.items():
        one = wider[wider["indicator"] == indicator]
        panel[column] = keyed(one, upper, "year", "value").reindex(index)
    for column in ("median_weekly_pay", "household_income_per_head"):
        panel[column] = (panel[column] / price.reindex(years).to_numpy()).round(2)
    return panel.reset_index()

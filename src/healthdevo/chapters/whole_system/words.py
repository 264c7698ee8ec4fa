"""Sentences of the chapter that depend on its numbers, in the order of the page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from healthdevo import tables
from healthdevo.areas.kinds import DISTRICT
from healthdevo.chapters.common import few, record, small_share, source_line
from healthdevo.chapters.whole_system.catalogue import ENOUGH, REASONS, Series
from healthdevo.chapters.whole_system.counts import WAYS, Counts, counted, way
from healthdevo.chapters.whole_system.effects import DRAWS, LEVEL, MORE_DRAWS, Joint
from healthdevo.chapters.whole_system.findings import expected
from healthdevo.chapters.whole_system.periods import LEAST_AFTER, LEAST_BEFORE, label
from healthdevo.charts import Caption
from healthdevo.wording import join, number, percentage, span, supported

HALF = 0.5
"""Standard deviations between areas that count as a large effect."""


@dataclass(frozen=True)
class Group:
    """Indicators that share a figure: a short name for its title, and their themes (none for those without a better direction)."""

    name: str
    themes: tuple[str, ...] = ()

    def of(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of the group."""
        neutral = table["better"] == "neither"
        return table[neutral] if not self.themes else table[~neutral & table["theme"].isin(self.themes)]


GROUPS: Mapping[str, Group] = {
    "deaths": Group("Deaths", ("deaths",)),
    "care": Group("Hospital and care", ("care",)),
    "behaviour": Group("Smoking and weight", ("behaviour",)),
    "wellbeing": Group("Wellbeing and children", ("wellbeing", "children")),
    "living": Group("Work, homes and air", ("living", "environment")),
    "neutral": Group("Council spending and more"),
}
"""Figures of the page, in its order."""
EFFECTS_TABLE = (
    "Every indicator by one design: the effect in its own unit with 95% interval, and how many blocks of ten areas without the agreement changed as much. "
    "Then the same allowing for the number of tests (false discovery rate), and the smallest effect that would be found four times out of five."
)
CARRIED_TABLE = (
    "What is left of the changes beyond 95% of blocks when every area's straight line through its periods before the agreement is carried on. "
    "It stands (same direction, at most 5% of blocks), lies within chance, or turns round."
)
UNTESTED_TABLE = "What the tables hold by area and year, and why it cannot show an effect of the agreement."


def sources(rows: pd.DataFrame) -> str:
    """Return the source line of the tables behind some rows."""
    return source_line(*dict.fromkeys(name.partition("/")[0] for name in rows["indicator"]))


def title_of(name: str, counts: Counts) -> str:
    """Return the title of a figure: how many indicators moved, both ways in the same words.

    >>> title_of("Deaths", Counts(6, {"better": ["A"], "worse": [], "neither": []}))
    'Deaths: one better, none worse, of six'
    >>> title_of("Deaths", Counts(6, {"better": [], "worse": [], "neither": []}))
    'Deaths: none of six moved beyond chance'
    """
    if not counts.total:
        return f"{name}: none of {few(counts.tested)} moved beyond chance"
    sides = [f"{few(len(counts.moved[w]))} {w}" for w in ("better", "worse")]
    if counts.moved["neither"]:
        sides = [f"{few(counts.total)} moved"]
    return f"{name}: {', '.join(sides)}, of {few(counts.tested)}"


def effects_chart(key: str, rows: pd.DataFrame) -> Caption:
    """Words of the chart of one group."""
    counts = counted(rows)
    side = "right is more" if key == "neutral" else "right is better"
    found = [*counts.moved["better"], *counts.moved["worse"], *counts.moved["neither"]]
    said = (
        f"beyond 95% of blocks: {join([t.lower() for t in found])}"
        if found
        else "none lies beyond 95% of blocks"
    )
    return Caption(
        figure_id=f"effects-{key}",
        title=title_of(GROUPS[key].name, counts),
        subtitle=(
            f"Change in Greater Manchester beyond that of its synthetic comparison, in standard deviations between areas, with 95% intervals. {side.capitalize()}. "
            "Bold with a square: at most 5% of blocks of ten areas changed as much"
        ),
        source=sources(rows),
        alt=f"Dot chart of {counts.tested} effects with intervals around zero, {side}; {said}.",
    )


def direction(row: Mapping[str, Any]) -> str:
    """Return which way an indicator moved, if beyond 95% of blocks.

    >>> direction({"good": 1.0, "better": "neither", "p_value": 0.01}), direction({"good": -1.0, "better": "lower", "p_value": 0.2})
    ('more', 'not clear')
    """
    if row["p_value"] > LEVEL:
        return "not clear"
    if row["better"] == "neither":
        return "more" if row["good"] > 0 else "less"
    return way(row["good"], row["better"])


def effect(value: float, lower: float, upper: float, unit: str) -> str:
    """Return an effect with its interval and unit.

    >>> effect(-7.18, -13.5, -0.83, "per 100,000")
    '−7.2 (−13.5 to −0.8) per 100,000'
    """
    return f"{number(supported(value, lower, upper))} ({span(lower, upper)}) {unit}"


def mind(note: str, part_of: str, overlapping: bool, sex: str) -> str:
    """Return what a reader must know of an indicator.

    >>> mind("Derived.", "All deaths", True, "mean")
    'Mean of women and men. Periods overlap. Part or other side of: all deaths. Derived.'
    """
    told = ["Mean of women and men."] if sex == "mean" else []
    told += ["Periods overlap."] if overlapping else []
    told += [f"Part or other side of: {part_of[0].lower()}{part_of[1:]}."] if part_of else []
    return " ".join([*told, note]).strip()


def share_of_blocks(p: float) -> str:
    """Return a p-value as a share of blocks.

    >>> share_of_blocks(0.0004), share_of_blocks(0.0123), share_of_blocks(0.5)
    ('under 0.1%', '1.2%', '50%')
    """
    if p < 0.001:
        return "under 0.1%"
    return percentage(p, 1) if p < 0.1 else small_share(p)


# ---- the page ------------------------------------------------------------------------------------------


def texts(
    counts: Counts,
    table: pd.DataFrame,
    joint: Mapping[str, Joint],
    untested: Sequence[Series],
    published: pd.DataFrame,
) -> dict[str, str]:
    """Named texts of the page."""
    return {
        "whole_tested": str(counts.tested),
        "whole_walked": str(counts.tested + len(untested)),
        "whole_rule": f"{few(LEAST_BEFORE)} periods before the agreement and {few(LEAST_AFTER)} after it",
        "whole_enough": percentage(ENOUGH, 0),
        "whole_better": moved_list(table, "better"),
        "whole_worse": moved_list(table, "worse"),
        "whole_neither": moved_list(table, "neither"),
        "whole_expected": expected(counts),
        "whole_pointing": pointing(counts),
        "whole_parts": parts(counts),
        "whole_strict": strict(counts),
        "whole_detectable": detectable(table),
        "whole_untested": reasons(untested),
        "whole_near": near(table),
        "whole_joint": together(joint),
        "whole_published": beside_published(table, published),
        "whole_study": study(published),
        "whole_blocks": f"{DRAWS} blocks for every indicator, {MORE_DRAWS:,} where few blocks changed as much",
        "whole_few_periods": short(table),
        "whole_areas": f"{table['areas'].min()} to {table['areas'].max()} areas",
    }


def moved_list(table: pd.DataFrame, ways: str) -> str:
    """Return the indicators that moved one way, with effect and share of blocks, or that there is none."""
    rows = table[table["p_value"] <= LEVEL]
    rows = rows[[way(g, b) == ways for g, b in zip(rows["good"], rows["better"], strict=True)]]
    if rows.empty:
        return "none"
    return ". ".join(
        f"{r['title']}: {effect(r['effect'], r['lower'], r['upper'], r['unit'].removesuffix(', age-standardised'))}. It is matched by {share_of_blocks(r['p_value'])} of blocks"
        for r in (record(rows, i) for i in range(len(rows)))
    )


def carried(rows: pd.DataFrame) -> str:
    """Say how many changes stand when earlier trends are carried on, lie within chance, or turn round."""
    if rows.empty:
        return "No indicator moved beyond 95% of blocks, so there is nothing to carry on"
    told = []
    for kind, verb in (
        ("stands", "Still"),
        ("within chance", "Within chance"),
        ("turns round", "Turned round"),
    ):
        names = rows.loc[rows["left"] == kind]
        listed = [f"{t.lower()} ({w})" for t, w in zip(names["title"], names["way"], strict=True)]
        told.append(
            f"{verb} beyond 95% of blocks: {join(listed) or 'none'}"
            if kind == "stands"
            else f"{verb}: {join(listed) or 'none'}"
        )
    return ". ".join(told)


def pointing(counts: Counts) -> str:
    """Say how many effects point each way, large or small."""
    better, worse = counts.pointing["better"], counts.pointing["worse"]
    return (
        f"Of the {better + worse} indicators with a better direction, {better} effects point to better and {worse} to worse, most of them within chance"
        if counts.total < (better + worse) / 2
        else f"Of the {better + worse} indicators with a better direction, {better} effects point to better and {worse} to worse"
    )


def parts(counts: Counts) -> str:
    """Say how many indicators are parts of others, and what is left without them."""
    if not counts.parts:
        return "No indicator is a part of another"
    rest = counts.tested - counts.parts
    return (
        f"{few(counts.parts).capitalize()} {'is' if counts.parts == 1 else 'are'} mostly a part, or the other side, of another in the list. "
        f"Without them {few(counts.moved_without_parts)} of {rest} moved beyond 95% of blocks"
    )


def strict(counts: Counts) -> str:
    """Say what remains when the number of tests is allowed for, by both methods."""

    def listed(kept: Mapping[str, Sequence[str]]) -> str:
        names = [f"{t.lower()} ({w})" if w != "neither" else t.lower() for w in WAYS for t in kept[w]]
        return join(names) if names else "none"

    return f"by the first {listed(counts.kept)}; by the second {listed(counts.strict)}"


def detectable(table: pd.DataFrame) -> str:
    """Say how large an effect had to be."""
    size = table["detectable_standardised"]
    large = int((size <= HALF).sum())
    low, high = (str(table["title"].iloc[i]).lower() for i in (int(size.argmin()), int(size.argmax())))
    return (
        f"An effect of half a standard deviation between areas would most likely have been found in {large} of {len(table)} indicators. "
        f"The smallest detectable effect is {number(float(size.min()), 2)} standard deviations ({low}), the largest {number(float(size.max()), 2)} ({high})"
    )


def near(table: pd.DataFrame) -> str:
    """Name the indicators so close to 5% of blocks that other draws of blocks could change the side on which they fall."""
    error = (LEVEL * (1 - LEVEL) / table["blocks"]) ** 0.5
    titles = table.loc[(table["p_value"] - LEVEL).abs() < 2 * error, "title"]
    if titles.empty:
        return "No indicator lies so close to the line of 5% that other draws of blocks could move it across"
    lie = "lies" if len(titles) == 1 else "lie"
    return f"{few(len(titles)).capitalize()} {lie} so close to the line of 5% that other draws of blocks could move {'it' if len(titles) == 1 else 'them'} across. {'It is' if len(titles) == 1 else 'They are'} {join([t.lower() for t in titles])}"


def _tier(tier: str) -> str:
    return "by district" if tier == DISTRICT else "by county and single-tier council"


def together(joint: Mapping[str, Joint]) -> str:
    """Say how many blocks move as many indicators at once as Greater Manchester."""
    return " ".join(
        f"Of {j.tested} indicators {_tier(tier)}, {few(j.moved)} moved in Greater Manchester; a block moved {number(j.usual, 2)} on average. "
        f"{small_share(j.share).capitalize()} of blocks moved as many, {small_share(j.share_of_fewer)} moved all but one as many."
        for tier, j in joint.items()
    )


def reasons(untested: Sequence[Series]) -> str:
    """Say how many series cannot be tested, by reason."""
    counts = pd.Series([s.reason for s in untested]).value_counts()
    told = [f"{REASONS[key]}: {int(counts[key])}" for key in REASONS if key in counts]
    return ". ".join(f"{text[:1].upper()}{text[1:]}" for text in told)


def short(table: pd.DataFrame) -> str:
    """Say how many indicators have only the fewest periods that the rule allows."""

    def having(count: int) -> str:
        return f"{few(count).capitalize()} {'has' if count == 1 else 'have'}"

    before = int((table["periods_before"] == LEAST_BEFORE).sum())
    after = int((table["periods_after"] == LEAST_AFTER).sum())
    return (
        f"{having(before)} only {few(LEAST_BEFORE)} periods before the agreement. "
        f"{having(after)} only {few(LEAST_AFTER)} after it"
    )


_PUBLISHED = {
    "hospital admissions related to alcohol": "local_outcome/alcohol_admissions",
    "half days of school missed": "wider_determinants/persistent_absence",
}
"""Outcomes of the published study of many measures that have a counterpart in our list; for both, lower is better."""


def beside_published(table: pd.DataFrame, published: pd.DataFrame) -> str:
    """Set effects beside those of the published study, in per cent of the level before."""
    told = []
    ours = table.set_index("indicator")
    for outcome, name in _PUBLISHED.items():
        rows = published[published["outcome"] == outcome]
        if rows.empty or name not in ours.index:
            continue
        theirs = float(rows["estimate"].iloc[0]) / 100
        row = record(ours.loc[[name]])
        own = row["effect"] / row["level_before"]
        found = agreement_of(theirs, own, row["p_value"] <= LEVEL)
        told.append(
            f"{outcome.capitalize()} changed by {percentage(theirs)} there, {row['title'].lower()} by {percentage(own)} here ({found})"
        )
    if not told:
        return "None of its measures that we know has a counterpart here"
    return f"{few(len(told)).capitalize()} of its measures {'has' if len(told) == 1 else 'have'} a counterpart here, with another definition or other years. {'. '.join(told)}"


def study(published: pd.DataFrame) -> str:
    """Return the published study of many measures: who, when, on what."""
    row = record(published)
    return f"{row['study']}, {row['publication_year']}: {row['data']}"


def agreement_of(theirs: float, own: float, clear: bool) -> str:
    """Return whether two effects agree.

    >>> agreement_of(-0.1, -0.2, True), agreement_of(-0.1, 0.2, True), agreement_of(-0.1, 0.2, False)
    ('both point the same way', 'they point opposite ways', 'ours is within chance')
    """
    if not clear:
        return "ours is within chance"
    return "both point the same way" if theirs * own > 0 else "they point opposite ways"


def peak(series: Series, ten: Sequence[str]) -> str:
    """Return the period in which the mean of some areas was highest.

    >>> rows = pd.DataFrame({"area_code": ["A", "A"], "value": [1.0, 2.0], "side": [-1, 1],
    ...     "first_day": pd.to_datetime(["2013-04-01", "2015-04-01"]), "last_day": pd.to_datetime(["2014-03-31", "2016-03-31"])})
    >>> peak(Series("x", "x", "days", rows), ["A"])
    '2015/16'
    """
    own = series.frame[series.frame["area_code"].isin(list(ten))]
    means = own.groupby(["first_day", "last_day"])[["value"]].mean().reset_index()
    top = record(means.sort_values("value"), -1)
    return label(top["first_day"], top["last_day"])


def name_of(series: Series) -> str:
    """Return what a series that is not tested is called."""
    table, _, name = series.name.partition("/")
    if not name:
        return "all of it"
    for described in ("wider_determinants", "local_outcome"):
        if table == described:
            rows = tables.load(f"{described}_series").set_index("indicator")["series_title"]
            return str(rows[name])
    return name.replace("_", " ").replace("/", ", ")

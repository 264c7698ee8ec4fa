"""Sentences of the chapter that depend on its numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import pandas as pd

from healthdevo.chapters.common import few, in_turn, record, records, rounded, source_line
from healthdevo.charts import Caption
from healthdevo.wording import join, number, percentage, span

if TYPE_CHECKING:
    from healthdevo.chapters.footprint.chapter import Footprint
    from healthdevo.chapters.footprint.kinds_of_place import KindsOfPlace
    from healthdevo.chapters.footprint.legitimacy import Legitimacy
    from healthdevo.chapters.footprint.results import Results
    from healthdevo.chapters.footprint.size import Size
    from healthdevo.chapters.footprint.work_map import WorkMap

TIERS = "How many areas of each tier are self-contained, by the smaller of both shares: residents who work inside, workers who live inside."
AREAS = {
    "authority": "Self-containment of every strategic authority, the least self-contained first.",
    "board": "Self-containment of every integrated care board since April 2026, the least self-contained first.",
}
MARKETS = "Labour markets (travel-to-work areas of 2011) that the borders of today cut; a market counts as whole when 98% of its people are inside."
BORDERS = "How far the borders of the health service and of councils coincide, before and after the boards of April 2026; authorities are those of today."
SIZES = "What size buys: the middle area of each tier, and how much of England’s differences its borders hold. For strategic authorities it is of the differences in the part of England that they cover."
DIFFERENCES = "What else size does: how much of the differences between districts an area of each tier holds inside, how far areas differ, and how much councils raise themselves."
DRAWN = "Regions drawn by work: neighbouring districts joined until each passes the official rule and has 100,000 residents in work."
COMPARED = "How alike the map drawn by work and today’s areas are. Beside boards and regions it is drawn with as many regions; an adjusted Rand index of 1 is the same map, of 0 no more alike than chance."
TRIALS = "Another way to draw it, communities of greatest modularity, at three grains; agreement between four random starts and with the merged map (adjusted Rand index)."
KINDS = "Types of district by seven stated variables, with their four largest districts and their means."
CHOICE = "How many types the figures bear: silhouette, and agreement with types made from resampled districts (adjusted Rand index)."
PERSISTENCE = "Small areas in three editions of the index: how far ranks persist."
DIVIDED = "Districts that rose most, fell most, and are most divided inside. Mean place of their small areas from 0 (most deprived in England) to 1, and its standard deviation."
RESULTS = "Self-containment against outcomes: correlation across areas, with 95% intervals."
TURNOUT = "Turnout in elections of mayors, as found; bases differ a little, see the download."
OWN = "Your region in numbers."
OWN_PARTNERS = (
    "The five places outside where most residents go to work, and where most workers come from, 2011."
)
OUTCOMES = {
    "level": "Life expectancy",
    "change": "Life expectancy, change since 2015 to 2017",
    "admissions": "Avoidable admissions",
    "admissions_change": "Avoidable admissions, change since 2013/14",
    "deaths": "Preventable deaths under 75",
    "deaths_change": "Preventable deaths under 75, change since 2014 to 2016",
}
"""Outcomes: years of life; admissions and deaths for 100,000 people; changes of these in per cent."""
BY_TYPE = (
    "How far results differ between types of district: share of the differences between districts that lies between types, and the mean of each type. Life in years, "
    "admissions and deaths for 100,000 people, their changes in per cent."
)
SHARED = "Strategic authorities whose board has the same border, less the others, means of their districts by people. Life in years, admissions and deaths for 100,000 people, their changes in per cent."
STUDIES = "What others found, quoted and not checked. The last column says what was read."
DIRECTIONS = {"out": "Residents go to", "in": "Workers come from"}
FILLS = (
    "Regions drawn by work",
    "Regions, second fill",
    "third fill",
    "fourth fill",
    "fifth fill",
    "sixth fill",
)


def people(count: float) -> str:
    """Return a number of people as it is said.

    >>> people(153_400), people(1_260_000), people(890)
    ('150,000', '1.3 million', '890')
    """
    if count >= 1e6:
        return f"{count / 1e6:.1f} million"
    if count >= 1e4:
        return f"{round(count, -4 if count >= 1e5 else -3):,.0f}"
    return f"{count:,.0f}"


def boards_chart(boards: pd.DataFrame, low: float) -> Caption:
    """Words of the figure of boards."""
    below = int((boards["least"] < low).sum())
    title = (
        f"{few(below).capitalize()} of {len(boards)} boards {'is no labour market of its own' if below == 1 else 'are no labour markets of their own'}"
        if below
        else f"All {len(boards)} boards are labour markets of their own"
    )
    return Caption(
        figure_id="boards-self-contained",
        title=title,
        subtitle="Smaller of two shares: residents in work who work inside, workers who live inside. Boards since April 2026. Dots: 2011 without those at home; lines reach to the readings with those at home, 2011 and 2021",
        source=source_line("commuting_2011", "commuting_2021"),
        alt=f"Dot chart of {len(boards)} boards by self-containment; {below} {'lies' if below == 1 else 'lie'} below two thirds in 2011, and every line reaches to the right, to the readings that count work at home as inside.",
    )


def size_chart(tiers: pd.DataFrame) -> Caption:
    """Words of the figure on size."""
    first, last = tiers.iloc[0], tiers.iloc[-1]
    return Caption(
        figure_id="what-size-buys",
        title="Larger areas hold more work and more inequality inside",
        subtitle="Middle area of each tier by its number of people. Lines: share who live and work inside, share of England’s differences in deprivation inside, smallest change in yearly deaths that would show",
        source=source_line("commuting_2011", "deprivation_small_area", "deaths_population_district"),
        alt=f"Three lines over the size of an area, from {people(first['people'])} to {people(last['people'])} people. Work inside rises from {percentage(first['work_inside'], 0)} to {percentage(last['work_inside'], 0)}, differences inside from {percentage(first['deprivation_inside'], 0)} to {percentage(last['deprivation_inside'], 0)}; the change that would show falls from {percentage(first['change'], 0)} to {percentage(last['change'], 0)}.",
    )


def map_chart(regions: int) -> Caption:
    """Words of the map."""
    return Caption(
        figure_id="map-drawn-by-work",
        title=f"Work alone would draw {regions} regions",
        subtitle="Districts joined with neighbours by commuting of 2011 until two thirds to three quarters live and work inside, both ways, and each region has 100,000 residents in work. Fills only tell neighbours apart",
        source=source_line("commuting_2011"),
        alt=f"Map of England with {regions} regions, each made of districts that are tied by commuting; neighbouring regions have different fills.",
    )


def census(tiers: pd.DataFrame) -> str:
    """Say how far the count of boards and authorities rests on the census used."""
    rows = tiers.set_index("tier")
    columns = [c for c in rows.columns if c.endswith("_low")] + ["areas"]
    a, b = (rows.loc[t, columns].astype(int) for t in ("Strategic authorities", "Boards since April 2026"))
    said = (
        f"Read as the census of 2021 was taken, with those at home inside, {b['like_2021_low']} boards pass for 2011 and {b['census_2021_low']} for 2021; "
        f"authorities: {a['like_2021_low']} and {a['census_2021_low']}"
    )
    if b["census_2021_low"] == b["areas"] > b["main_low"]:
        said += ". In 2021, taken in a lockdown, every board passes: that census cannot tell them apart"
    return said


def crossing(rows: pd.DataFrame) -> str:
    """Name the borders that most people cross to work."""
    boards = rows[rows["kind"] == "board"].head(3)
    authorities = rows[rows["kind"] == "authority"].head(2)
    told = [
        join([f"{r['name']} ({people(r['crossing'])})" for r in records(part)])
        for part in (boards, authorities)
    ]
    return f"In 2011 most people crossed these borders to work, either way. Boards: {told[0]}. Authorities: {told[1]}"


def changed_boards(before: pd.DataFrame, after: pd.DataFrame, low: float) -> str:
    """Say what the boards of April 2026 changed."""
    a, b = int((before["least"] >= low).sum()), int((after["least"] >= low).sum())
    return f"Until March 2026, {a} of {len(before)} boards passed; since April, {b} of {len(after)}. As shares: {percentage(a / len(before), 0)} and {percentage(b / len(after), 0)}"


def _cutting(cutting: int, count: int) -> str:
    return (
        f"All {count} boards cut some"
        if cutting == count
        else f"{few(cutting).capitalize()} of {count} boards cut some"
    )


def lowered(text: str) -> str:
    """Return a text with a small first letter.

    >>> lowered("Boards since April 2026")
    'boards since April 2026'
    """
    return text[:1].lower() + text[1:]


def markets(kinds: pd.DataFrame, most: Sequence[str]) -> str:
    """Say how many people live in a labour market that their board or authority cuts."""
    rows = {row["kind"]: row for row in records(kinds)}
    board, authority = rows["board"], rows["combined_authority"]
    return (
        f"{percentage(board['share_cut'], 0)} of people live in a labour market that the border of their board cuts ({people(board['people_cut'])}). "
        f"Of those in a strategic authority, {percentage(authority['share_cut'], 0)} live in one that its border cuts. "
        f"{_cutting(int(board['cutting']), int(board['areas']))}; {few(int(board['holding']))} hold whole ones, and {few(int(board['equal']))} {'equals' if board['equal'] == 1 else 'equal'} one. "
        f"If a market counts as cut only when more than a tenth of its people are cut off, it is {percentage(board['tenth_cut'], 0)} by boards and {percentage(authority['tenth_cut'], 0)} by authorities. "
        f"Most cut, by share of their people: {join(list(most))}"
    )


def borders(table: pd.DataFrame) -> str:
    """Say how far boards and authorities share their borders, before and after April 2026."""
    rows = table.set_index(["kind", "on"]).sort_index()
    before, after = (rows.loc["combined_authority"].iloc[i] for i in (0, 1))
    way = (
        "more"
        if after["same"] > before["same"] + 0.015
        else "fewer"
        if after["same"] < before["same"] - 0.015
        else "about as many"
    )
    return (
        f"Of the people in a strategic authority, {percentage(after['same'], 0)} have a board with the same border "
        f"({after['same_areas']} of {after['areas']} authorities: {join(after['names'])}). With the boards until March 2026 it was {percentage(before['same'], 0)} ({before['same_areas']}: {join(before['names'])}): {way} share a border since"
    )


def size(section: Size) -> str:
    """Say where work inside passes two thirds, and whether there is a bend."""
    rows = section.tiers
    passing = rows[rows["work_inside"] >= 2 / 3]
    first = passing.iloc[0] if len(passing) else None
    small, large = rows.iloc[0], rows.iloc[-1]
    where = (
        f"The first tier whose middle area holds two thirds of its work is that of {lowered(str(first['tier']))}, with about {people(first['people'])} people"
        if first is not None
        else "No tier's middle area holds two thirds of its work"
    )
    return (
        f"{where}. Of England's differences in deprivation, {percentage(small['deprivation_inside'], 0)} lie inside districts already, and {percentage(large['deprivation_inside'], 0)} inside the widest areas. "
        f"A change in yearly deaths must reach {percentage(small['change'], 0)} to show in the middle district, {percentage(large['change'], 1)} in the widest"
    )


def drawn(section: WorkMap) -> str:
    """Say what the map drawn by work is, and how steady."""
    trials, n = section.trials, len(section.held)
    passing = int(section.held["economic"].sum())
    steady = f"{trials['stability'].min():.2f} to {trials['stability'].max():.2f}"
    return (
        f"The rule gives {n} regions, {'all' if passing == n else passing} of which pass both ways. The other way of drawing agrees with itself from one random start to the next at {steady} "
        f"(1 would be the same map). With the merged map it agrees at {trials['merged'].min():.2f} to {trials['merged'].max():.2f}"
    )


def compared(rows: pd.DataFrame, cut: Sequence[str]) -> str:
    """Say how many people would change."""
    found = {row["kind"]: row for row in records(rows)}
    return (
        f"Drawn with as many regions as there are boards, work puts {percentage(found['icb']['moved'], 0)} of people ({people(found['icb']['people'])}) into another one than their board. With as many as there are regions of England, it puts {percentage(found['region']['moved'], 0)} into another. "
        f"Inside today's strategic authorities {percentage(found['combined_authority']['moved'], 0)} would change. The boards that the map divides most are {join(list(cut))}"
    )


def outcome_mean(value: float) -> str:
    """Return a mean of an outcome: whole numbers for rates, one decimal for years and per cent.

    >>> outcome_mean(812.4), outcome_mean(80.25), outcome_mean(-3.44)
    ('812', '80.2', '−3.4')
    """
    return (f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}").replace("-", "−")


def kinds(section: KindsOfPlace) -> str:
    """Say how many types there are, how steady, and whether results differ."""
    types = section.types
    steady = (
        "steady" if types.stability >= 0.75 else "fairly steady" if types.stability >= 0.6 else "not steady"
    )
    return (
        f"The figures bear {few(types.count)} types best, and they are {steady}: made from resampled districts, they agree at {types.stability:.2f} (1: the same). "
        f"The type with most open water at its edge has {join(section.coastal)} as its largest districts"
    )


def by_type(section: KindsOfPlace) -> str:
    """Say how far results differ between types, levels and changes."""
    rows = section.outcomes
    levels, changes = rows[~rows.index.str.endswith("change")], rows[rows.index.str.endswith("change")]
    told = join(
        [f"{percentage(r['between'], 0)} in {lowered(OUTCOMES[str(n)])}" for n, r in levels.iterrows()]
    )
    return (
        f"Of the differences between districts, so much lies between types: {told}. Chance would give {percentage(float(levels['chance'].max()), 0)}. "
        f"In how these changed it is {span(float(changes['between'].min()), float(changes['between'].max()), lambda v: percentage(v, 0))}"
    )


def neighbourhoods(persistence: pd.DataFrame, inside: pd.Series, kept: float) -> str:
    """Say how far ranks persist."""
    row = next(r for r in records(persistence) if (r["from"], r["to"]) == (2015, 2025))
    return (
        f"Of the most deprived tenth of small areas in 2015, {percentage(row['stayed'], 0)} were still in it in the index of 2025; {percentage(row['left'], 1)} had risen above the third tenth. "
        f"{percentage(inside.iloc[-1], 0)} of the differences between small areas lie inside districts ({percentage(inside.iloc[0], 0)} in 2015). {percentage(kept, 0)} of the small areas of 2015 could be followed"
    )


def movers(risen: Sequence[str], fallen: Sequence[str], divided: Sequence[str]) -> str:
    """Name districts that moved most, and the most divided."""
    return f"Among others, {join(list(risen))} rose most in rank since 2015, {join(list(fallen))} fell most. Most divided inside are {join(list(divided))}"


def results(section: Results) -> str:
    """Say whether self-containment goes with results among boards and councils, with London and without."""
    rows = section.table
    n = int(rows.loc[rows["kind"] == "icb", "n"].max())
    limit = f"With {n} boards, only a correlation of {section.smallest(n):.2f} or more would show four times in five"
    clear = (rows["lower"] > 0) | (rows["upper"] < 0)
    first, rest = rows[rows["london"]], rows[~rows["london"]]
    away = rows[clear & ~rows["london"]]
    said = f"With London, {few(int((clear & rows['london']).sum()))} of {len(first)} correlations between self-containment and outcomes can be told from none. Without London it is {few(len(away))} of {len(rest)}"
    luck = f"Of {len(rest)} about {number(max(1.0, 0.05 * len(rest)), 1)} would by luck alone"
    told = [
        f"{lowered(OUTCOMES[r['outcome']])} of {lowered(str(r['areas']).removesuffix(', without London'))} ({rounded(r['correlation'], 2)})"
        for r in records(away)
    ]
    named = f" {in_turn(told, 'This is ' if len(away) == 1 else 'These are ', 'So is ')}" if told else ""
    return f"{said}.{named} {luck}. {limit}"


def shared(rows: pd.DataFrame) -> str:
    """Say whether authorities with a board of the same border differ from others."""
    away = rows[(rows["lower"] > 0) | (rows["upper"] < 0)]
    first = records(rows)[0]
    said = f"{few(first['n']).capitalize()} of {first['n'] + first['others']} strategic authorities have a board of the same border"
    if away.empty:
        return f"{said}. In none of {few(len(rows))} outcomes can they be told from the others"
    told = join([lowered(OUTCOMES[r["outcome"]]) for r in records(away)])
    return f"{said}. They differ from the others in {told}, and in no other of {few(len(rows))} outcomes"


def turnout(section: Legitimacy) -> str:
    """Say what turnout is, and how it moved."""
    rows, pairs = section.authorities, section.pairs
    higher = int((pairs["last"] > pairs["first"]).sum())
    first, last = section.influence.iloc[0], section.influence.iloc[-1]
    return (
        f"In {len(rows)} elections of mayors of combined authorities, turnout ran from {percentage(rows['turnout'].min(), 0)} to {percentage(rows['turnout'].max(), 0)}, with {percentage(rows['turnout'].median(), 0)} in the middle. "
        f"It was higher in the latest election than in the first in {higher} of the {len(pairs)} that voted more than once. "
        f"In {last['financial_year']}, {percentage(last['share'], 0)} of adults in England felt that they can influence local decisions; in {first['financial_year']}, before the survey was redesigned, {percentage(first['share'], 0)}"
    )


def studies(rows: pd.DataFrame) -> str:
    """Say what others found on mayors, trust and size, in their numbers."""

    def value(start: str) -> str:
        row = record(rows[rows["said"].str.startswith(start)])
        return percentage(row["value"] / 100.0, 0)

    turnout_ = record(rows[rows["said"].str.startswith("turnout in local")])
    return (
        f"Mayors are known: in a poll of 2024, {value('people in ten areas')} in areas with a mayor could name theirs, {value('the same people who could name the leader')} the leader of their council. "
        f"In another, {value('adults who trust local councillors')} trusted local councillors to act in the interest of people in their area, and {value('adults who trust the UK government')} the government. "
        f"Size counts against larger councils in studies of mergers abroad. Turnout in local elections fell by {number(-turnout_['value'], 2)} percentage points in the Netherlands, and in Denmark trust in local politics fell"
    )


def own_taxes(section: Size) -> str:
    """Say how much of their money councils and regions raise."""
    rows = section.tiers.dropna(subset=["own_tax"])
    low, high = section.regional_taxes
    return (
        f"Councils raise {span(float(rows['own_tax'].min()), float(rows['own_tax'].max()), lambda v: percentage(v, 0))} of what they may spend as council tax in the middle area, whatever the tier. Their money is not more their own where areas are larger. "
        f"All taxes paid in a region came to {percentage(low, 0)} of all public spending for it in the lowest region and {percentage(high, 0)} in the highest in 2024/25. But nearly all of that is collected and shared out by the government"
    )


def own_sentence(names: Sequence[str], numbers: Mapping[str, float]) -> str:
    """Say what a region of your own is."""
    least = min(numbers["lives_and_works"], numbers["works_and_lives"])
    verdict = (
        "would be a labour market of its own"
        if least >= numbers["required"]
        else "would not be a labour market of its own"
    )
    named = join(list(names)) if len(names) <= 6 else f"these {len(names)} districts"
    return f"A region of {named}, with {people(numbers['people'])} people, {verdict}. Of residents with work, {percentage(numbers['lives_and_works'], 0)} work inside, and {percentage(numbers['works_and_lives'], 0)} of workers live inside (2011; the rule asks for {percentage(numbers['required'], 0)} both ways)."


def own_lines(n: Mapping[str, float]) -> list[tuple[str, str]]:
    """Return the numbers of a region of your own, with labels, in words."""
    return [
        ("Districts", f"{n['districts']:.0f}"),
        ("People", people(n["people"])),
        ("Residents in work, 2011", people(n["residents"])),
        ("Workers, 2011", people(n["workers"])),
        ("Residents in work who work inside", percentage(n["lives_and_works"], 0)),
        ("Workers who live inside", percentage(n["works_and_lives"], 0)),
        ("The official rule asks, both ways, for", percentage(n["required"], 0)),
        ("Smaller share, 2011 with those at home", percentage(n["like_2021"], 0)),
        ("Smaller share, 2021 (lockdown)", percentage(n["census_2021"], 0)),
        ("Labour markets wholly inside", f"{n['markets_whole']:.0f}"),
        ("Labour markets cut", f"{n['markets_cut']:.0f}"),
        ("People in a labour market that is cut", percentage(n["share_cut"], 0)),
        ("Mean rank of its small areas, 0 (deprived) to 1", f"{n['mean_place']:.2f}"),
        ("Differences between its small areas, England 100%", percentage(n["spread"], 0)),
        ("Life expectancy of its districts, years", f"{n['life_lowest']:.1f} to {n['life_highest']:.1f}"),
        ("Value added per hour of its districts", f"£{n['worth_lowest']:.0f} to £{n['worth_highest']:.0f}"),
        ("Change in yearly deaths that would show", percentage(n["change"], 1)),
        ("Core spending power of its councils, 2020/21", f"£{n['money']:,.0f} million"),
    ]


def texts(chapter: Footprint) -> dict[str, str]:
    """Named texts for the prose."""
    work, markets_ = chapter.work, chapter.markets
    hoods = chapter.neighbourhoods
    return {
        "footprint_census": census(work.tiers),
        "footprint_crossing": crossing(work.crossing),
        "footprint_boards": changed_boards(work.boards_before, work.boards, 2 / 3),
        "footprint_markets": markets(markets_.kinds, markets_.most_cut("board")),
        "footprint_borders": borders(chapter.borders.table),
        "footprint_size": size(chapter.size),
        "footprint_drawn": drawn(chapter.map),
        "footprint_compared": compared(chapter.map.compared, chapter.map.cut_boards),
        "footprint_kinds": kinds(chapter.kinds),
        "footprint_by_type": by_type(chapter.kinds),
        "footprint_shared": shared(chapter.results.shared),
        "footprint_neighbourhoods": neighbourhoods(hoods.persistence, hoods.inside, hoods.kept),
        "footprint_movers": movers(
            hoods.most("change", highest=True),
            hoods.most("change", highest=False),
            hoods.most("spread", highest=True),
        ),
        "footprint_results": results(chapter.results),
        "footprint_turnout": turnout(chapter.legitimacy),
        "footprint_studies": studies(chapter.legitimacy.studies),
        "footprint_taxes": own_taxes(chapter.size),
    }

"""The chapter is short, names nobody, has every decision with its essay and number, and its borders are recomputed from the files themselves."""

import csv
import gzip
import json
import re
from collections import defaultdict
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linear_sum_assignment

from healthdevo import areas, tables
from healthdevo.chapters.footprint.flows import BEFORE, TODAY
from healthdevo.chapters.now import words
from healthdevo.chapters.now.borders import SharedBorders
from healthdevo.chapters.now.chapter import Now
from healthdevo.chapters.now.decisions import TURNS, Decisions
from healthdevo.chapters.now.findings import headline
from healthdevo.claims import ESSAYS

ROOT = Path(__file__).parents[3]
DATA = ROOT / "data" / "tables"


@pytest.fixture(scope="module")
def now() -> Now:
    return Now.load()


@pytest.fixture(scope="module")
def texts(now):
    return now.texts()


@pytest.fixture(scope="module")
def prose(texts):
    cells = json.loads((ROOT / "book" / "now.ipynb").read_text("utf-8"))["cells"]
    said = "\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    return re.sub(r"\{glue:\w+\}`(\w+)`", lambda m: texts[m[1]], said)


def test_the_page_is_under_1500_words(prose):
    assert len(prose.split()) < 1500


def test_every_decision_is_on_the_page_with_essay_number_and_what_is_not_known(prose):
    rows = tables.load("decision")
    assert len(rows) == 12
    for _, row in rows.iterrows():
        block = next(line for line in prose.splitlines() if line.startswith(f"- **{row['title']}**"))
        assert words.ESSAYS[row["essay"]] in block
        assert row["essay_says"] in block
        assert re.search(r"\*In this book:\* .*\d|\*In this book:\* None of the", block), row["title"]
        assert row["unknown"] in block
        assert (row["verification"] == "address seen") == ("Its source was not read" in block)
    assert set(rows["essay"]) == set(ESSAYS) == set(words.ESSAYS)


def test_both_directions_are_there_and_are_counted(texts):
    rows = tables.load("decision")
    assert rows["direction"].value_counts().to_dict() == {"devolving": 6, "centralising": 4, "both": 2}
    assert (
        "six move power towards places or providers, four towards the centre, and two both ways"
        in texts["now_opening"]
    )
    turned = words.opening(rows.assign(direction="centralising", status="bill"))
    assert "none move power towards places or providers, 12 towards the centre" in turned
    assert "None hold today" in turned


_PLAIN = (
    "Act April August Better Bill Board Boards Both Britain Cabinet Care Cities Community December Devolution East Eight Empowerment England English Every February Forty Forty-two "
    "Fourteen Framework Fund Get Government Health How In Intelligence It January July June King's League Live Local Localis London March May Mayors Memorandum More National Not "
    "November Now October One Only Our Oversight Parliament Plan Preventable Radix September Service Shared Strategic Surrey Those Towards Transport Well West Working Year "
    "Apr Aug Dec Feb Jan Jul Jun Mar Nov Oct Sep"
)
"""Words with a capital letter that are no names of persons; names of areas and of labour markets are read from the tables."""


def test_no_person_is_named(prose):
    names = {
        part for a in areas.registry() for part in re.findall(r"[A-Z][\w'’-]*", f"{a.name} {a.short_name}")
    }
    names |= {
        part
        for name in tables.load("travel_to_work_area")["labour_market_name"].unique()
        for part in name.split()
    }
    names |= set(_PLAIN.split())
    events = tables.load("devolution_event")
    decided = tables.load("decision")
    said = [prose, *events["event"], *decided["content"], *decided["note"].dropna(), *decided["unknown"]]
    stray = set()
    for text in said:
        for sentence in re.split(r"(?<=[.:;!?*])\s+|\n+|\(|, ", re.sub(r"\]\([^)]*\)", "]", text)):
            inside = sentence.split()[1:]
            stray |= {
                w for w in re.findall(r"\b[A-Z][a-z]+(?:[-'’]\w+)*", " ".join(inside)) if w not in names
            }
    assert not stray


def test_the_timeline_runs_from_2009_to_2028(now):
    turns = now.decisions.turns
    assert turns["event_date"].dt.year.min() == 2009
    assert turns["event_date"].dt.year.max() == 2028
    assert turns["event_date"].is_monotonic_increasing
    found = set(zip(turns["area_code"], turns["event_date"], strict=True))
    assert found == {(a, pd.Timestamp(d)) for a, d in TURNS}
    chart = now.decisions.timeline()
    assert len(chart.title.split()) <= 10
    assert not any(t.count("Greater Manchester") > 1 or "greater Manchester" in t for t in turns["what"])


def test_steps_on_less_than_two_sources_are_marked_in_the_timeline(now):
    turns = now.decisions.turns
    marked = turns["what"].str.contains(r"\((?:one source|only the address was seen|from a register)\)$")
    assert marked.tolist() == (~turns["verification"].isin(["two sources", "legislation"])).tolist()
    assert 0 < marked.sum() < len(turns)
    assert "From a register".lower() in words.marked("x", "register only")


def test_what_was_not_read_of_the_act_is_said(texts):
    assert "this section of the Act was not read" in texts["now_duty"]
    assert "Whether four more have the highest tier" in texts["now_authorities"]


def test_what_is_unverified_is_said(texts):
    weak = Decisions.load().unverified
    assert {"134 councils become 38", "A share of income tax for mayors"} <= set(weak["statement"])
    assert (
        "Only the address of the source was seen for: 134 councils become 38 and A share of income tax"
        in texts["now_checked"]
    )


# --- shared borders, from the files themselves ------------------------------------------------------------------------------------------


def _read(name):
    path = next(p for p in (DATA / f"{name}.csv", DATA / f"{name}.csv.gz") if p.exists())
    with gzip.open(path, "rt", newline="") if path.suffix == ".gz" else path.open(newline="") as file:
        return list(csv.DictReader(file))


def by_hand(day: str) -> dict[tuple[str, str], float]:
    """People of each pair of authority (or none) and board on a day: districts' people times the share that the table of membership gives."""
    rows = [
        r
        for r in _read("population_year")
        if r["basis"] == "official" and re.match("E0[6-9]", r["area_code"])
    ]
    last = max(r["year"] for r in rows)
    renamed = {r["area_code"]: r["successor_code"] for r in _read("area") if r["successor_code"]}
    alive = {r["area_code"] for r in _read("area") if not r["valid_to"] or r["valid_to"] >= TODAY}
    people = defaultdict(float)
    for r in rows:
        if r["year"] == last:
            code = r["area_code"]
            while code not in alive:
                code = renamed[code]
            people[code] += float(r["persons"])
    held = defaultdict(dict)
    authority = {}
    for r in _read("area_membership"):
        if (
            r["container_kind"] == "icb"
            and r["valid_from"] <= day
            and (not r["valid_to"] or r["valid_to"] >= day)
        ):
            code = r["member_code"]
            while code not in alive:
                code = renamed[code]
            held[code][r["container_code"]] = float(r["population_share"] or 1)
        if (
            r["container_kind"] == "combined_authority"
            and r["valid_from"] <= TODAY
            and (not r["valid_to"] or r["valid_to"] >= TODAY)
        ):
            authority[r["member_code"]] = r["container_code"]
    found = defaultdict(float)
    for code, count in people.items():
        for board, share in held[code].items():
            found[authority.get(code, "none"), board] += count * share
    return found


@pytest.mark.parametrize(("day", "boards"), [(BEFORE, 42), (TODAY, 36)])
def test_shares_are_those_of_the_districts_and_both_directions_sum_to_england(now, day, boards):
    hand = by_hand(day)
    rows = now.borders.pairs(day)
    ours = {(a, b): p for a, b, p in zip(rows["first"], rows["second"], rows["people"], strict=True)}
    assert set(ours) == set(hand)
    assert ours == pytest.approx(hand, rel=1e-5)
    england = sum(
        float(r["persons"])
        for r in _read("population_year")
        if r["area_code"] == "E92000001" and r["year"] == "2024"
    )
    assert rows["people"].sum() == pytest.approx(england, abs=1)
    of_first, of_second = rows.groupby("first")["of_first"].sum(), rows.groupby("second")["of_second"].sum()
    assert of_first.tolist() == pytest.approx([1.0] * 21)
    assert of_second.tolist() == pytest.approx([1.0] * boards)
    first = (rows["of_first"] * rows.groupby("first")["people"].transform("sum")).sum()
    second = (rows["of_second"] * rows.groupby("second")["people"].transform("sum")).sum()
    assert first == pytest.approx(second)


@pytest.mark.parametrize(
    ("day", "same", "boards_inside", "authorities_inside"),
    [
        (TODAY, ("Greater Manchester", "Hampshire and the Solent", "South Yorkshire"), 9, 10),
        (BEFORE, ("Greater Manchester", "South Yorkshire", "Sussex and Brighton"), 11, 9),
    ],
)
def test_counts_are_those_of_a_plain_count(now, day, same, boards_inside, authorities_inside):
    counts = now.borders.counts(day)
    assert counts.same == same
    assert counts.boards_inside == boards_inside
    assert counts.authorities_inside == authorities_inside
    hand = by_hand(day)
    totals = defaultdict(float)
    for (_, board), people in hand.items():
        totals[board] += people
    parts = defaultdict(set)
    for (authority, board), people in hand.items():
        if people > 0.02 * totals[board]:
            parts[board].add(authority)
    assert counts.cut == sum(len(p) > 1 for p in parts.values())
    assert counts.cut_more == sum(len(p) > 2 for p in parts.values())
    assert counts.outside == sum(p == {"none"} for p in parts.values())
    assert counts.boards == len(parts)
    assert counts.authorities == 20


def test_nobody_moves_twice_and_no_swap_moves_fewer(now):
    match = now.borders.match("alone")
    rows = now.borders.authorities
    assert rows["movers"].sum() == pytest.approx(match.movers)
    assert rows.loc[rows["same"], "movers"].tolist() == pytest.approx([0.0, 0.0, 0.0], abs=1e5)
    kept = match.table[match.table["stays"] & (match.table["first"] != "none")]
    pairs = dict(zip(kept["first"], kept["second"], strict=True))
    people = match.table.set_index(["first", "second"])["people"]
    gain = lambda a, b: people.get((a, b), 0.0) - people.get(("none", b), 0.0)  # noqa: E731
    for a, one in pairs.items():
        for b, other in pairs.items():
            assert gain(a, one) + gain(b, other) >= gain(a, other) + gain(b, one) - 1e-6
    assert now.borders.match("together").movers <= match.movers
    assert now.borders.match("divided").movers <= match.movers


@pytest.mark.parametrize("day", [BEFORE, TODAY])
def test_fewest_movers_are_those_of_an_assignment_made_from_the_files(now, day):
    hand = by_hand(day)
    authorities = sorted({a for a, _ in hand} - {"none"})
    boards = sorted({b for _, b in hand})
    # who has no authority stays in a board that no authority keeps, and leaves one that an authority keeps
    left = [hand.get(("none", b), 0.0) for b in boards]
    gain = np.array(
        [[hand.get((a, b), 0.0) - n for b, n in zip(boards, left, strict=True)] for a in authorities]
    )
    rows, columns = linear_sum_assignment(-gain)
    movers = sum(hand.values()) - sum(left) - float(gain[rows, columns].sum())
    assert now.borders.match("alone", day).movers == pytest.approx(movers, rel=1e-5)


def test_labour_markets_are_cut_or_whole(now):
    cut = now.borders.newly_cut
    whole = now.borders.markets.parts.groupby("labour_market_code")["persons"].sum()
    assert cut["people"].to_dict() == {c: whole[c] for c in cut.index}
    assert all(cut["authorities"].map(len) > 0)
    assert len(now.borders.redrawn["redrawn"].unique()) <= 36 + 20
    assert "newly cut no labour market" in words.markets(cut.iloc[:0], 0)


def test_map_and_tables_show_what_was_counted(now):
    relation = now.borders.relation
    assert len(relation) == 296
    assert set(relation[relation == "same"].index) >= {"E08000003", "E06000044"}
    assert relation["E06000052"] == "outside"
    assert (relation == "outside").sum() + now.borders.chart().data.shape[0] == 296
    shown = now.borders.table()
    assert len(shown.shown) == 20
    assert set(shown.data["day"]) == {BEFORE, TODAY}
    assert len(now.decisions.table().shown) == 12


def test_the_headline_has_the_movers(now):
    found = headline(now.decisions, now.borders)
    assert found.number == now.borders.match("alone").movers
    assert "at least 14.3 million people" in found.sentence.lower()


def test_borders_that_all_match_leave_no_words_about_moving(now):
    made = SharedBorders(now.borders.borders, now.borders.markets)
    assert made.counts(TODAY) == now.borders.counts(TODAY)
    assert words.budgets(0, 20).startswith("none of the 20")
    assert words.budgets(2, 20).startswith("two of the 20 strategic authorities hold ")

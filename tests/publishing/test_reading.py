"""Pages read as an impatient reader would."""

import pytest

from healthdevo.publishing.reading import (
    WORDS,
    as_csv,
    page_blocks,
    read,
    sentences,
    text_faults,
)
from healthdevo.publishing.verify import stumbles


def kinds(text):
    return [(kind, detail) for kind, _, detail in text_faults(text)]


def test_a_plain_text_has_no_fault():
    text = (
        "The gap fell by 4.1 deaths per 100,000 (95% interval 1.2 to 7.0). In Table 3.1 it is 12%. "
        "That had had no effect by 12 March 2021, e.g. in St. Helens."
    )
    assert kinds(text) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            " ".join(["word"] + [f"w{'x' * n}" for n in range(WORDS)]) + ".",
            ("long sentence", f"{WORDS + 1} words"),
        ),
        ("From 1.5 to 2.5, then 3.5, 4.5 and 5.5.", ("many numbers", "5 numbers")),
        ("It is −4 (−15 to 7), with two 5 (−1 to £6m).", ("many numbers", "6 numbers")),
        ("It fell by 4% (95% interval −4.6% to 9.1%), by 1 and by 2.", ("many numbers", "5 numbers")),
        ("That is 2nd of 42 (95% interval 1st to 4th), and 11th then.", ("many numbers", "5 numbers")),
        ("The the gap fell.", ("doubled word", "the the")),
        ("Growth has many reasons..", ("doubled point", "..")),
        ("It fell , and rose.", ("doubled point", ",")),
        ("It is the 1st highest of 42.", ("ill-formed", "say 'the highest', not '1st highest'")),
        ("See the table Table 3.1.", ("doubled word", "table table")),
        ("See the figure Table 3.1.", ("ill-formed", "the kind of thing is named twice")),
        ("The calendar explains no points.", ("ill-formed", "say what was not found, not 'no points'")),
        ("These figures amount to few.", ("ill-formed", "say how many")),
        ("It took 1 years.", ("ill-formed", "one of a kind in the plural")),
        ("The rate is nan per head.", ("ill-formed", "a missing value is shown as it is")),
        ("The name is None.", ("ill-formed", "a missing value is shown as it is")),
        ("It changed by −0.0 points.", ("ill-formed", "minus nothing")),
        ("A 8% rise.", ("ill-formed", "'an' before this number")),
        ("The estimand is the effect.", ("jargon", "estimand")),
    ],
)
def test_each_kind_of_fault_is_found_alone(text, found):
    assert found in kinds(text)


@pytest.mark.parametrize(
    "text",
    [
        "None is typed by hand, and we pick none.",
        "With one it is −4 (95% interval −15.2 to 7.1 per 100,000), under 75, and 3 of 42 in Table 3.1 on 12 March.",
        "In this book: None of the 20 holds one.",
        "It was 21 years, 0.1 points and 1 year.",
        "It fell by −0.5 and by 10.",
        "An 8% rise, a 9% fall, a 180,000 pound prize.",
        "It said so ... and left.",
        " ".join(["so"] * 1 + [f"w{'x' * n}" for n in range(WORDS - 1)]) + ".",
        "Between 2010/11 and 2019/20, then 2021, it rose by 1, 2, 3 and 4.",
    ],
)
def test_what_only_looks_like_a_fault_is_none(text):
    assert kinds(text) == []


def test_american_spellings_are_found_and_british_ones_are_not():
    told = "The color of the labor center was analyzed, and the organization has a license of 5 percent."
    assert [detail for kind, _, detail in text_faults(told) if kind == "American spelling"] == [
        "color", "labor", "center", "analyzed", "organization", "a license", "percent",
    ]  # fmt: skip
    fine = "The World Health Organization sized and seized the prize: colour, centre, meters, horizons, analyses, a licence, prioritised."
    assert kinds(fine) == []


def test_a_sentence_ends_where_a_reader_ends_it():
    assert list(sentences("Was it so? It was “so.” Then 5.5% (cf. Table 1). £5 went.")) == [
        "Was it so?", "It was “so.”", "Then 5.5% (cf. Table 1).", "£5 went.",
    ]  # fmt: skip


PAGE = """
<nav><p>The the menu.</p></nav>
<article><h1>A title</h1><p>One <em>two</em>.<br>Three.</p>
<div class="cell_input"><p>Code code.</p></div><pre>x x</pre>
<table><tr><td>in in</td></tr></table><dl><dt>Word</dt><dd>Of of.</dd></dl><ul><li>An item item.</li></ul>
<figcaption><p><span>1.2 </span>Source: The the Office.</p></figcaption></article>
"""


def test_only_what_is_read_through_is_judged():
    assert page_blocks(PAGE) == [
        (True, "A title"), (True, "One two. Three."), (False, "in in"), (False, "Word"), (True, "Of of."), (True, "An item item."), (False, "1.2 Source: The the Office."),
    ]  # fmt: skip
    term, item = read("page.html", PAGE)[0]
    assert (item.page, item.kind, item.detail, item.text) == (
        "page.html", "doubled word", "item item", "An item item.",
    )  # fmt: skip
    assert term.text == "Of of."


def test_a_formula_is_read_as_a_word():
    html = "<article><p>Write <math><mi>y</mi></math> for it in year <span><math><mi>t</mi></math></span>.</p></article>"
    assert page_blocks(html) == [(True, "Write x for it in year x.")]
    assert page_blocks(html, whole=True) == [(True, "Write y for it in year t.")]
    assert read("page.html", html)[0] == []


def test_what_is_typed_is_read_as_a_word_that_may_begin_a_sentence():
    html = "<article><p>It is short. <code><span>pip</span> <span>install</span> <span>.</span></code> installs <code class='xref download'>data (CSV)</code>.</p></article>"
    assert page_blocks(html) == [(True, "It is short. X installs data (CSV).")]
    assert page_blocks(html, whole=True) == [(True, "It is short. pip install . installs data (CSV).")]
    assert read("page.html", html)[0] == []
    (fault,) = read("page.html", html.replace("code", "b"))[0]
    assert (fault.kind, fault.detail) == ("doubled point", ".")


LONG = " ".join(f"word{'x' * n}" for n in range(WORDS))


def test_citations_are_not_read_through_and_the_list_after_them_is():
    html = f"<article><details class='x hd-source'><ul><li><p>{LONG} more.</p></li></ul></details><ul><li>{LONG} more.</li></ul></article>"
    assert page_blocks(html) == [(False, f"{LONG} more."), (True, f"{LONG} more.")]
    assert [f.detail for f in read("page.html", html)[0]] == [f"{WORDS + 1} words"]


@pytest.mark.parametrize(
    "frame",
    [
        "<div class='hd-figure'><div class='hd-subtitle'><p>{}</p></div></div>",
        "<div class='hd-figure'><figure><figcaption><p>{}</p></figcaption></figure></div>",
        "<div class='hd-table'><table><caption>{}</caption><tr><td>1</td></tr></table></div>",
        "<aside class='footnote'><p>{}</p></aside>",
        "<dl><dt>Word</dt><dd>{}</dd></dl>",
    ],
)
def test_what_stands_around_figures_and_tables_is_read_as_any_text(frame):
    def faults(text):
        return [f.detail for f in read("page.html", f"<article>{frame.format(text)}</article>")[0]]

    assert faults(f"{LONG}. 95% intervals. Squares: the largest") == []
    assert faults(f"{LONG} more. 95% intervals") == [f"{WORDS + 1} words"]
    assert faults(f"{LONG}; 95% intervals") == [f"{WORDS + 2} words"]
    assert faults("From 1 to 2, 3, 4 and 5") == ["5 numbers"]


def test_the_number_of_a_table_is_no_word_of_its_caption_and_cells_are_not_read():
    table = "<article><table><caption>{}{}.</caption><tr><td>{}<table><tr><td>{}</td></tr></table></td></tr></table></article>"
    page = table.format("Table 3.1 ", LONG, f"{LONG} more", f"{LONG} more")
    assert [through for through, _ in page_blocks(page)] == [True, False, False]
    assert read("page.html", page)[0] == []
    assert [f.detail for f in read("page.html", table.format("In Table 3.1 ", LONG, "a", "b"))[0]] == [
        f"{WORDS + 3} words"
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Isle of Wight", 3),
        ("NHS Greater Manchester ICB", 4),
        ("Stoke-on-Trent", 1),
        ("A – B", 2),
        ("(2024)", 1),
    ],
)
def test_every_word_between_spaces_is_counted_and_a_mark_alone_is_none(name, words):
    (fault,) = [detail for kind, detail in kinds(f"It is {LONG} {name} more.") if kind == "long sentence"]
    assert fault == f"{WORDS + 3 + words} words"


def test_a_book_is_read_without_its_documentation(tmp_path):
    (tmp_path / "areas").mkdir()
    (tmp_path / "reference").mkdir()
    (tmp_path / "_static").mkdir()
    for name in ("a.html", "areas/b.html", "reference/c.html", "_static/d.html", "search.html"):
        (tmp_path / name).write_text("<article><p>So far far away.</p></article>", encoding="utf-8")
    found = stumbles(tmp_path)
    assert [f.page for f in found] == ["a.html", "areas/b.html"]
    assert as_csv(found).splitlines() == [
        "page,kind,detail,sentence",
        "a.html,doubled word,far far,So far far away.",
        "areas/b.html,doubled word,far far,So far far away.",
    ]

"""load(save(x)) = x, whatever the values."""

import gzip
import string

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healthdevo import tables
from healthdevo.errors import TableError

texts = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=8)
days = st.dates(pd.Timestamp("2020-01-01").date(), pd.Timestamp("2025-12-01").date())
rows = st.lists(
    st.tuples(
        days,
        st.sampled_from(["one", "two"]),
        st.integers(0, 1000),
        st.one_of(st.none(), st.integers(0, 2**52)),
        st.one_of(st.none(), st.floats(allow_nan=False, allow_infinity=False)),
        st.one_of(st.none(), st.booleans()),
    ),
    min_size=1,
    max_size=20,
    unique_by=lambda r: (r[0], r[1]),
)
quick = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@quick
@given(rows)
def test_numbers_dates_and_truth_values(folder, content):
    frame = pd.DataFrame(
        {
            "area_code": pd.array(["E1"] * len(content), dtype="str"),
            "month": np.array([r[0] for r in content], dtype="datetime64[us]"),
            "kind": pd.array([r[1] for r in content], dtype="str"),
            "persons": np.array([r[2] + (r[3] or 0) for r in content], dtype=np.int64),
            "male": np.array([r[2] for r in content], dtype=np.int64),
            "female": np.array([np.nan if r[3] is None else r[3] for r in content], dtype=np.float64),
            "rate": np.array([np.nan if r[4] is None else r[4] for r in content], dtype=np.float64),
            "open": pd.array([r[5] for r in content], dtype="boolean"),
        }
    )
    tables.save(frame, "count")
    again = tables.load("count")
    pd.testing.assert_frame_equal(again, frame, check_exact=True)
    assert np.array_equal(np.signbit(again["rate"]), np.signbit(frame["rate"])), "minus zero as well"
    assert tables.check(["count"]) == ()


@quick
@given(st.dictionaries(texts, texts, min_size=1, max_size=6))
def test_texts(folder, content):
    frame = pd.DataFrame(
        {
            "area_code": pd.array(list(content), dtype="str"),
            "area_name": pd.array(list(content.values()), dtype="str"),
        }
    )
    own = folder.parent / "own"
    tables.save(frame, "area", folder=own)
    pd.testing.assert_frame_equal(tables.load("area", source=own), frame)


def test_saving_is_reproducible_and_refuses_broken_frames(folder):
    frame = tables.load("count")
    path = tables.save(frame[list(reversed(frame.columns))], "count")
    first = path.read_bytes()
    assert gzip.decompress(first).decode().splitlines()[3] == "E1,2024-01-01,all,30,13,17,21.8,"
    tables.save(frame, "count")
    assert path.read_bytes() == first
    with pytest.raises(TableError, match=r"'-1'.*: must be at least 0"):
        tables.save(frame.assign(male=-1), "count")
    with pytest.raises(TableError, match="null character"):
        tables.save(pd.DataFrame({"area_code": ["A"], "area_name": ["a\0b"]}), "area")
    assert path.read_bytes() == first
    assert [p.name for p in sorted(path.parent.iterdir())] == ["area.csv", "count.csv.gz"], (
        "no temporary file is left"
    )


def test_names_are_plain(folder):
    allowed = set(string.ascii_lowercase + string.digits + "_")
    for name in tables.names():
        assert set(name) <= allowed


SMALL = [t.name for t in tables.descriptor.package().tables.values() if t.rows < 14_000]


@pytest.mark.parametrize("name", SMALL)
def test_committed_tables_are_what_saving_them_would_write(name):
    package = tables.descriptor.package()
    path = package.folder / package.table(name).path
    committed = path.read_bytes()
    written = tables.writing._text(tables.load(name), package.table(name)).encode()
    assert written == (gzip.decompress(committed) if path.suffix == ".gz" else committed)

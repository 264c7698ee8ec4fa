"""A few mutated texts and grids in every run of the tests; ``make fuzz`` tries them by the thousand."""

import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from healthdevo.errors import ReleaseError
from healthdevo.releases import read_bytes
from healthdevo.releases.opening import Opened, open_bytes
from healthdevo.releases.reading import recognise

from .fuzz import Tally, mutated_grid, mutated_text
from .writers import outturn, provider_csv, xlsx

FEW = settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
TEXT = provider_csv()


@FEW
@given(st.integers(0, 2**32))
def test_a_mutated_text_is_a_right_table_or_a_clear_error(seed):
    text = mutated_text(TEXT, random.Random(seed))
    Tally().one(lambda: read_bytes(text.encode("utf-8", "replace"), "fuzzed.csv"), str(seed))


@pytest.fixture(scope="module")
def opened():
    return open_bytes(xlsx(outturn()), "fuzzed.xlsx")


@FEW
@given(seed=st.integers(0, 2**32))
def test_a_mutated_grid_is_a_right_table_or_a_clear_error(opened, seed):
    one = Opened("fuzzed.xlsx", opened.sha256, "workbook", mutated_grid(opened.sheets, random.Random(seed)))
    Tally().one(lambda: recognise(one).read(one), str(seed))


@FEW
@given(data=st.binary(max_size=300))
def test_any_bytes_end_in_a_clear_error(data):
    if data.startswith((b"PK", b"\xd0\xcf")):
        return  # these start a process; make fuzz does
    with pytest.raises(ReleaseError, match=r"^a\.bin"):
        read_bytes(data, "a.bin")

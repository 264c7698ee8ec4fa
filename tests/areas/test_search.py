import pytest

from healthdevo.areas import Registry
from healthdevo.areas.search import normalise_code
from healthdevo.errors import InputError


def first(registry: Registry, text: str, **options: str) -> str:
    found = registry.find(text, **options)
    return found[0].code if found else ""


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("E54000001", "E54000001"),
        (" e54oooo01", "E54000001"),
        ("qaa", "E54000001"),
        ("Ayton", "E06000001"),
        ("AYTON", "E06000001"),
        ("beeford", "E06000002"),
        ("Béeford", "E06000002"),
        ("eels green", "E07000003"),
        ("Eel's  Green", "E07000003"),
        ("deeham on sea", "E07000002"),
        ("dee & eel", "E07000004"),
        ("NHS Ceedale", "E54000002"),
        ("Ceedale ICB", "E54000002"),
        ("Ayton and Beeford", "E54000001"),
        ("AB", "E54000001"),
        ("ayton city", "E47000001"),
        ("southsh", "E10000001"),
        ("eeham", "E07000002"),
        ("Cedale", "E07000001"),
        ("nhs ayten and beefort", "E54000001"),
    ],
)
def test_the_likeliest_comes_first(registry: Registry, text: str, code: str) -> None:
    assert first(registry, text) == code


def test_all_matches_are_listed_in_order(registry: Registry) -> None:
    assert [a.code for a in registry.find("ayton")] == ["E06000001", "E47000001", "E54000001"]
    assert [a.code for a in registry.find("north")] == ["E12000001", "E40000001"]
    # an area that still exists comes before a namesake that has ended
    assert [a.code for a in registry.find("effton")] == ["E08000002", "E08000001"]


def test_kind_and_date_narrow_the_search(registry: Registry) -> None:
    assert first(registry, "north", kind="nhs_region") == "E40000001"
    assert [a.code for a in registry.find("effton", on="2026-01-01")] == ["E08000002"]
    assert registry.find("ceedale", kind="icb", on="2020-01-01") == []


def test_nothing_near_finds_nothing(registry: Registry) -> None:
    for text in ("", "   ", "?!", "Zanzibar", "E99999999"):
        assert registry.find(text) == []
    with pytest.raises(InputError, match="is not text"):
        registry.find(3)  # type: ignore[arg-type]


def test_slips_in_codes_are_read_as_meant() -> None:
    assert normalise_code("e54-O00 0S7") == "E54000057"

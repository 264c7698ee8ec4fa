"""Whether clustered errors can carry a joint test of the periods before treatment, by the number of areas."""

from __future__ import annotations

__all__ = ["AREAS_PER_LEAD", "LEAST_AREAS", "pretrend_caution", "with_caution"]

LEAST_AREAS = 20
AREAS_PER_LEAD = 10


def pretrend_caution(treated: int, controls: int, leads: int) -> str:
    """Say that a Wald test of leads finds too much where few areas stand on one side; empty where there are enough.

    Enough are ten for each lead, and twenty at least: the test then rejects in 8% of panels without trends or fewer, at the
    nominal 5%. With ten areas and four leads it is three in ten.

    Examples
    --------
    >>> pretrend_caution(10, 252, 4).split("; ")[0]
    'with 10 treated areas this test finds trends that are not there more often than it says'
    >>> pretrend_caution(60, 200, 4)
    ''
    """
    if leads < 1 or min(treated, controls) >= max(LEAST_AREAS, AREAS_PER_LEAD * leads):
        return ""
    side = f"{treated} treated" if treated <= controls else f"{controls} untreated"
    areas = "area" if min(treated, controls) == 1 else "areas"
    return (
        f"with {side} {areas} this test finds trends that are not there more often than it says; "
        "pretrend_placebo_test keeps its size"
    )


def with_caution(sentence: str, caution: str) -> str:
    """Return a sentence for readers with a caution after it, which for them names no function.

    Examples
    --------
    >>> with_caution("Found.", "with few areas it finds too much; use another"), with_caution("Found.", "")
    ('Found. But with few areas it finds too much.', 'Found.')
    """
    return f"{sentence} But {caution.split('; ')[0]}." if caution else sentence

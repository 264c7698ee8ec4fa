"""Numbers and lists in British English prose, so that every page says them the same way."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import Any

__all__ = [
    "as_markdown",
    "financial_year",
    "in_file",
    "join",
    "millions",
    "number",
    "ordinal",
    "p_value",
    "percentage",
    "signed",
    "signed_percentage",
    "span",
    "supported",
    "with_interval",
]

MINUS = "\N{MINUS SIGN}"
_LIVE = re.compile(r"[\\`*_{}\[\]<>#$~|&^]")


def as_markdown(text: str) -> str:
    r"""Return a text from data so that Markdown shows it as it stands: no markup, no formula, no placeholder in it is live.

    >>> print(as_markdown("NHS <b>North</b> & $5"))
    NHS \<b\>North\</b\> \& \$5
    >>> as_markdown("St. Helens and Brighton-on-Sea (part)")
    'St. Helens and Brighton-on-Sea (part)'
    """
    return _LIVE.sub(r"\\\g<0>", " ".join(text.split()))


def _signed(text: str) -> str:
    """Return a number with a true minus sign, and without a sign where nothing but noughts is left."""
    return text.replace("-", MINUS if any(c in "123456789" for c in text) else "")


def _steady(value: float) -> float:
    """Return a number without the digits that hang on the processor, so that they cannot decide how a half is rounded."""
    return float(f"{value:.{max(12, 3 + math.floor(math.log10(abs(value))))}g}") if value else 0.0


def number(value: float, figures: int = 3) -> str:
    """Return a number with a sensible number of figures and thousands separators.

    Parameters
    ----------
    value : float
        Any number; NaN and infinities are spelt out.
    figures : int, default 3
        Significant figures kept for numbers below 1,000; larger ones are rounded to whole numbers.

    Examples
    --------
    >>> number(1234567.8), number(2.0), number(-0.01234), number(float("nan"))
    ('1,234,568', '2', '−0.0123', 'not available')
    """
    if math.isnan(value):
        return "not available"
    if math.isinf(value):
        return "unlimited" if value > 0 else "minus unlimited"
    if value == 0:
        return "0"
    value = _steady(value)
    if abs(value) >= 10**figures:
        return _signed(f"{value:,.0f}")
    decimals = max(0, figures - 1 - math.floor(math.log10(abs(value))))
    text = f"{value:.{decimals}f}"
    return _signed(text.rstrip("0").rstrip(".") if "." in text else text)


def percentage(share: float, decimals: int = 1) -> str:
    """Return a share (0.217) as a percentage (21.7%).

    Examples
    --------
    >>> percentage(0.217), percentage(-0.05, 0), percentage(-0.001, 0)
    ('21.7%', '−5%', '0%')
    """
    return "not available" if math.isnan(share) else _signed(f"{100 * share:.{decimals}f}%")


def millions(value: float, decimals: int = 2) -> str:
    """Return a count in millions.

    Examples
    --------
    >>> millions(23830120)
    '23.83 million'
    """
    return "not available" if math.isnan(value) else _signed(f"{value / 1e6:,.{decimals}f} million")


def ordinal(value: int) -> str:
    """Return an ordinal number.

    Examples
    --------
    >>> ordinal(1), ordinal(12), ordinal(23)
    ('1st', '12th', '23rd')
    """
    suffix = "th" if 10 <= value % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
    return f"{value}{suffix}"


def join(items: Sequence[str], conjunction: str = "and") -> str:
    """Return a list in words.

    Examples
    --------
    >>> join(["a", "b", "c"])
    'a, b and c'
    """
    if len(items) <= 1:
        return "".join(items)
    return f"{', '.join(items[:-1])} {conjunction} {items[-1]}"


def financial_year(start_year: int) -> str:
    """Return the label of the financial year that starts in April of a year.

    Examples
    --------
    >>> financial_year(2024), financial_year(1999)
    ('2024/25', '1999/00')
    """
    return f"{start_year}/{(start_year + 1) % 100:02d}"


def supported(value: float, lower: float, upper: float) -> float:
    """Return a number rounded to what its interval supports: two figures of a standard error, a quarter of a 95% interval's width.

    Digits beyond them say nothing, and differ from one processor to the next.

    Parameters
    ----------
    value : float
        The estimate or one of its limits.
    lower, upper : float
        Limits. Where the upper one is infinite the reach below counts twice. Where one is missing or both are equal,
        nothing is rounded.

    Examples
    --------
    >>> supported(0.4783, 0.2, 0.7512), supported(99479.0, 71650.0, 160020.0), supported(-0.0000912, -0.0000912, 1.3)
    (0.48, 99000.0, -0.0)
    """
    width = upper - lower
    if math.isinf(upper) and math.isfinite(lower):
        width = 2.0 * (value - lower) if value > lower else abs(lower)
    if not (math.isfinite(width) and width > 0.0 and math.isfinite(value)):
        return value
    return round(value, 1 - math.floor(math.log10(width / 4.0)))


def in_file(value: Any) -> str:
    """Return a number as downloads have it: six figures, and whole numbers whole, so that every processor writes the same.

    Examples
    --------
    >>> in_file(23108511.0), in_file(23108511.26), in_file(-22.50234836), in_file(0.000012345678)
    ('23108511', '23108500', '-22.5023', '0.0000123457')
    >>> in_file(199.2625 - 3e-13) == in_file(199.2625 + 3e-13)
    True
    """
    if not math.isfinite(value) or value == 0.0:
        return "" if math.isnan(value) else f"{value + 0.0:g}"
    value = _steady(value)
    if value != round(value):
        value = float(f"{value:.6g}")
    decimals = max(0, 5 - math.floor(math.log10(abs(value))))
    text = f"{value:.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def span(lower: float, upper: float, show: Callable[[float], str] = number) -> str:
    """Return the limits of an interval in words.

    Parameters
    ----------
    lower, upper : float
        Limits; NaN where there is none.
    show : callable, default ``number``
        Turns a limit into its text; ``number`` with the figures that the interval supports.

    Examples
    --------
    >>> span(-1.0, 2.5), span(float("nan"), float("nan"))
    ('−1 to 2.5', 'no interval')
    """
    if math.isnan(lower) or math.isnan(upper):
        return "no interval"
    if show is number:
        lower, upper = supported(lower, lower, upper), supported(upper, lower, upper)
    return f"{show(lower)} to {show(upper)}"


def with_interval(
    estimate: float,
    lower: float,
    upper: float,
    show: Callable[[float], str] = number,
    level: float | None = None,
) -> str:
    """Return an estimate with its interval in brackets.

    Parameters
    ----------
    estimate, lower, upper : float
        The number and its limits.
    show : callable, default ``number``
        Turns each of them into its text; ``number`` with the figures that the interval supports.
    level : float, optional
        Confidence level, named when given.

    Examples
    --------
    >>> with_interval(0.5, -1.0, 2.0), with_interval(0.5, -1.0, 2.0, level=0.95)
    ('0.5 (−1 to 2)', '0.5 (95% interval −1 to 2)')
    """
    if math.isnan(estimate):
        return "not available"
    named = "" if level is None else f"{100 * level:g}% interval "
    shown = supported(estimate, lower, upper) if show is number else estimate
    return f"{show(shown)} ({named}{span(lower, upper, show)})"


def p_value(p: float) -> str:
    """Return a p-value as written in prose.

    Examples
    --------
    >>> p_value(0.0001), p_value(0.1234)
    ('below 0.001', '0.12')
    """
    return "below 0.001" if p < 0.001 else number(p, 2)


def signed(value: float, decimals: int = 1) -> str:
    """Return a number with its sign and fixed decimals.

    Examples
    --------
    >>> signed(0.25), signed(-3.0, 0), signed(-0.01), signed(-1234.0, 0)
    ('+0.2', '−3', '0.0', '−1,234')
    """
    text = f"{value:+,.{decimals}f}"
    return text[1:] if not text.strip("+-0.") else _signed(text)


def signed_percentage(share: float, decimals: int = 1) -> str:
    """Return a share as a percentage with its sign.

    Examples
    --------
    >>> signed_percentage(0.0123), signed_percentage(-0.2), signed_percentage(-0.0001)
    ('+1.2%', '−20.0%', '0.0%')
    """
    return "not available" if math.isnan(share) else f"{signed(100 * share, decimals)}%"

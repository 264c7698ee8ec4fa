"""Rules that turn a result into a verdict: pure functions of their thresholds, which are data and were fixed before the results."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Protocol

from healthdevo.claims.judged import Judged
from healthdevo.claims.scale import Verdict
from healthdevo.errors import InputError
from healthdevo.results import Estimate
from healthdevo.wording import number

__all__ = ["Against", "AtLeast", "AtMost", "Rule", "Strength"]


class Rule(Protocol):
    """Turns a result into a verdict, and says how in words."""

    def verdict(self, result: Estimate) -> Verdict:
        """Return the verdict."""
        ...

    @property
    def words(self) -> str:
        """The rule in words."""
        ...


def limits(result: Estimate) -> tuple[float, float]:
    """Return the limits of a result at its first level; the value itself where it has none.

    >>> limits(Estimate("share", 0.4, float("nan"), (), 10, "counted", reason="a full count"))
    (0.4, 0.4)
    """
    if not result.intervals:
        return result.estimate, result.estimate
    i = result.interval()
    return i.lower, i.upper


def _known(result: Estimate) -> bool:
    """Whether there is a number; an interval with a limit that is missing is refused."""
    if math.isnan(result.estimate):
        return False
    if any(math.isnan(x) for x in limits(result)):
        raise InputError(
            f"{result.measure}: a limit of the interval is missing; a rule needs both, or no interval"
        )
    return True


@dataclass(frozen=True)
class Against:
    """The claim says that a quantity lies on one side of a reference.

    Parameters
    ----------
    reference : float
        What it is set against, such as 0 for no effect.
    enough : float
        How far from the reference, on the claim's side, counts in practice; above 0.
    more : bool
        Whether the claim says that it lies above.

    Examples
    --------
    >>> from healthdevo.results import Interval
    >>> def found(value, lower, upper):
    ...     return Estimate("effect", value, float("nan"), (Interval(0.95, lower, upper),), 50, "made up")
    >>> rule = Against(0.0, enough=1.0)
    >>> [rule.verdict(found(*x)).value for x in [(2, 1, 3), (0.5, 0.1, 0.9), (0.5, -1, 2), (-2, -3, -1)]]
    ['supported', 'partly supported', 'not supported', 'contradicted']
    """

    reference: float
    enough: float
    more: bool = True

    def __post_init__(self) -> None:
        if not self.enough > 0.0:
            raise InputError(f"enough: {self.enough} is not above 0; say what size counts in practice")

    def verdict(self, result: Estimate) -> Verdict:
        """Return the verdict: supported when the interval is clear of the reference and the estimate is large enough."""
        if not _known(result):
            return Verdict.NOT_TESTABLE
        sign = 1.0 if self.more else -1.0
        lower, upper = sorted(sign * (x - self.reference) for x in limits(result))
        if upper < 0.0:
            return Verdict.CONTRADICTED
        if lower <= 0.0:
            return Verdict.NOT_SUPPORTED
        return (
            Verdict.SUPPORTED if sign * (result.estimate - self.reference) >= self.enough else Verdict.PARTLY
        )

    @property
    def words(self) -> str:
        """The rule in words."""
        side, other = ("above", "below") if self.more else ("below", "above")
        return (
            f"Supported when the whole interval lies {side} {number(self.reference)} and the estimate is {number(self.enough)} or more away from it; partly when only the interval is; not supported when the interval holds it; "
            f"contradicted when all of it lies {other}."
        )


@dataclass(frozen=True)
class _Size:
    """Thresholds for a size: for a whole interval, or for a value that has none. ``_way`` is 1 where large supports, -1 where small does."""

    supported: float
    partly: float
    contradicted: float

    _way: ClassVar[float] = 1.0
    _order: ClassVar[tuple[str, str, str]] = ("fall", "above", "above")
    _words: ClassVar[tuple[str, str]] = ("at least", "below")

    def __post_init__(self) -> None:
        a, b, c = (self._way * x for x in (self.supported, self.partly, self.contradicted))
        if not a > b >= c:
            order, first, second = self._order
            raise InputError(
                f"thresholds {self.supported}, {self.partly}, {self.contradicted} do not {order}; supported must lie {first} partly, "
                f"and contradicted not {second} partly"
            )

    def verdict(self, result: Estimate) -> Verdict:
        """Return the verdict."""
        if not _known(result):
            return Verdict.NOT_TESTABLE
        least, most = sorted(self._way * x for x in limits(result))
        if least >= self._way * self.supported:
            return Verdict.SUPPORTED
        if most < self._way * self.contradicted:
            return Verdict.CONTRADICTED
        enough = self._way * result.estimate >= self._way * self.partly
        return Verdict.PARTLY if enough else Verdict.NOT_SUPPORTED

    @property
    def words(self) -> str:
        """The rule in words."""
        reach, beyond = self._words
        return (
            f"Supported when it is {reach} {number(self.supported)} (with an interval: all of it); partly when the estimate is {reach} "
            f"{number(self.partly)}; contradicted when it is {beyond} {number(self.contradicted)} (all of the interval); else not supported."
        )


@dataclass(frozen=True)
class AtLeast(_Size):
    """The claim says that a share or size is large.

    Parameters
    ----------
    supported, partly, contradicted : float
        From where on it is supported (the lower limit), partly (the estimate), and below what it is contradicted (the upper limit);
        in falling order.

    Examples
    --------
    >>> def share(value):
    ...     return Estimate("share", value, float("nan"), (), 50, "counted", reason="a full count")
    >>> [AtLeast(0.5, 0.3, 0.1).verdict(share(x)).value for x in (0.5, 0.4, 0.2, 0.05)]
    ['supported', 'partly supported', 'not supported', 'contradicted']
    """


@dataclass(frozen=True)
class AtMost(_Size):
    """The claim says that a share or size is small: the other way round, thresholds in rising order.

    Examples
    --------
    >>> def share(value):
    ...     return Estimate("share", value, float("nan"), (), 50, "counted", reason="a full count")
    >>> [AtMost(0.1, 0.3, 0.5).verdict(share(x)).value for x in (0.1, 0.2, 0.4, 0.6)]
    ['supported', 'partly supported', 'not supported', 'contradicted']
    """

    _way: ClassVar[float] = -1.0
    _order: ClassVar[tuple[str, str, str]] = ("rise", "below", "below")
    _words: ClassVar[tuple[str, str]] = ("at most", "above")


@dataclass(frozen=True)
class Strength:
    """The claim says that an effect has one sign, and the package's rule on the strength of evidence has judged the effect.

    Parameters
    ----------
    more : bool
        Whether the claim says that the effect is above zero.

    Examples
    --------
    >>> def found(effect, strength):
    ...     return Judged("effect", effect, float("nan"), (), 50, "made up", reason="none", strength=strength)
    >>> [Strength(more=False).verdict(found(*x)).value for x in [(-7, "clear"), (-7, "some"), (-7, "no clear"), (7, "some")]]
    ['supported', 'partly supported', 'not supported', 'contradicted']
    """

    more: bool = True

    def verdict(self, result: Estimate) -> Verdict:
        """Return the verdict."""
        if not _known(result):
            return Verdict.NOT_TESTABLE
        if not isinstance(result, Judged):
            raise InputError(
                f"{result.measure}: the rule on strength needs a result that says how strong the evidence is"
            )
        if result.strength == "no clear":
            return Verdict.NOT_SUPPORTED
        if (result.estimate > 0.0) != self.more:
            return Verdict.CONTRADICTED
        return Verdict.SUPPORTED if result.strength == "clear" else Verdict.PARTLY

    @property
    def words(self) -> str:
        """The rule in words."""
        return (
            f"Supported when the effect lies {'above' if self.more else 'below'} zero and the book's rule of five parts calls the evidence clear; "
            "partly when it calls it some; not supported when there is no clear evidence; contradicted when the evidence is for the other sign."
        )

"""The finding of the chapter that other pages use."""

from __future__ import annotations

from collections.abc import Mapping

from healthdevo.chapters.common import Finding
from healthdevo.chapters.spending.words import PUBLIC_HEALTH, SERVICES
from healthdevo.regression import Coefficient
from healthdevo.wording import join


def headline(coefficients: Mapping[str, Coefficient], published: float, window: str) -> Finding:
    """Return the finding from the estimates within councils by service and the published elasticity for public health spending."""
    clear = {s: c for s, c in coefficients.items() if c.interval().excludes_zero}
    unclear = [s for s in coefficients if s not in clear]
    if not clear:
        own = coefficients.get(PUBLIC_HEALTH)
        both = own is not None and published in own.interval()
        sentence = (
            f"These data cannot tell whether more council spending on {join([SERVICES[s] for s in coefficients])} lowers preventable deaths. "
            "Within councils over time, the figures are in line with an effect of zero"
            f"{', and also with the effect of public health spending that published studies report' if both else ''}."
        )
    else:
        parts = [
            f"years of more {SERVICES[s]} spending had {'fewer' if c.estimate < 0 else 'more'} preventable deaths"
            for s, c in clear.items()
        ]
        rest = f" For {join([SERVICES[s] for s in unclear])} these data cannot tell." if unclear else ""
        sentence = f"Within councils, {join(parts)}. The design (area and year effects) shows a link; it does not prove an effect.{rest}"
    return Finding("spending_headline", sentence, window)

"""The finding of the chapter that other pages use."""

from __future__ import annotations

from healthdevo.chapters.common import Finding
from healthdevo.regression import RelativeImportance
from healthdevo.wording import join, percentage


def headline(
    between: RelativeImportance, within: RelativeImportance, early: RelativeImportance, window: str
) -> Finding:
    """Return the finding from the shares between areas, within areas over all years (``window``), and before the pandemic."""
    top = between.to_frame().sort_values("estimate", ascending=False)["determinant"].tolist()[:2]
    text = (
        f"Deprivation, work, income, housing, education, age and council spending together go with {percentage(between.r2, 0)} of the differences in "
        f"preventable deaths between areas, most of all {join(top)}. Within areas over time they go with {percentage(within.r2, 0)}, "
        f"before the pandemic with {percentage(early.r2, 0)}"
    )
    if within.r2 < 0.5 * between.r2:
        text += ": places differ, but these years do not show health following when prosperity changes"
    return Finding("hiap_headline", f"{text}.", window)

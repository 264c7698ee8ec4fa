"""Sentences of the page on a policy of a user's own, in its order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from healthdevo.chapters.own_panel.battery import DESIGNS
from healthdevo.charts import Caption
from healthdevo.wording import join, number, percentage, span, with_interval

if TYPE_CHECKING:
    from healthdevo.chapters.own_panel.page import PolicyPage

_FEW_GROUPS = 19
GROUPS = {
    "neighbours": "blocks of neighbouring districts without the policy",
    "all": "all groups of as many untreated units",
    "random": "groups of as many untreated units, drawn at random",
}
"""What the effect is compared with."""
STRENGTH = {"clear": "clear evidence", "some": "some evidence", "no clear": "no clear evidence"}


def outcome(page: PolicyPage) -> str:
    """Return the name of the outcome with its unit."""
    name = page.own.panel.outcome_name
    return f"{name} ({page.unit})" if page.unit else name


def title(page: PolicyPage) -> str:
    """Return the finding as a heading."""
    strength = STRENGTH[page.battery.verdict.strength]
    return f"{strength[0].upper()}{strength[1:]} that the policy changed {page.own.panel.outcome_name}"


def headline(page: PolicyPage) -> str:
    """Say what was found, with interval and verdict."""
    battery, main = page.battery, page.battery.main
    limits = main.intervals[0]
    shown = interval(main.estimate, limits.lower, limits.upper)
    side = "higher" if main.estimate > 0 else "lower"
    return (
        f"From {battery.start} on, {outcome(page)} of the treated was {side} than expected without the policy: the difference is {shown}. "
        f"{battery.verdict.sentence}"
    )


def interval(value: float, lower: float, upper: float) -> str:
    """Return an effect with its interval, or that it has none."""
    if not (np.isfinite(lower) and np.isfinite(upper)):
        return f"{number(value)} (no 95% interval: too few groups)"
    return with_interval(value, lower, upper, level=0.95)


def who(page: PolicyPage) -> str:
    """Say who is treated, who is compared, and over which periods."""
    panel = page.own.panel
    names = [str(a) for a in panel.areas[panel.treated]]
    shown = join(names) if len(names) <= 8 else f"{', '.join(names[:8])} and {len(names) - 8} more"
    before, after = page.battery.before, panel.shape[1] - page.battery.before
    return (
        f"Treated from {page.battery.start}: {shown}. They are compared with {panel.n_controls} untreated units. "
        f"There are {before} periods before ({panel.periods[0]} to {panel.periods[before - 1]}) and {after} after (to {panel.periods[-1]})."
    )


def method(page: PolicyPage) -> str:
    """Say how chance is judged."""
    battery = page.battery
    return (
        f"Chance is judged by pretending that others were treated: the same designs are run for {len(battery.groups):,} {GROUPS[battery.kind]}. "
        "An effect is rare when at most one in twenty of them shows as much."
    )


def designs(page: PolicyPage) -> str:
    """Say whether designs agree."""
    rows = page.battery.effects.dropna(subset=["effect"])
    same = int((np.sign(rows["effect"]) == np.sign(page.battery.main.estimate)).sum())
    low, high = float(rows["effect"].min()), float(rows["effect"].max())
    return f"{same} of {len(rows)} designs that could run give an effect of the same sign; they run from {number(low)} to {number(high)}."


def before(page: PolicyPage) -> str:
    """Say what the test of earlier trends shows, calibrated by placebo groups."""
    battery = page.battery
    test = battery.pre_trend
    differ = test.p_absolute <= 0.05
    said = (
        f"Before the start the gap moved by {number(test.estimate)} a period. "
        f"{percentage(test.p_absolute, 0)} of groups moved apart as fast, so earlier trends {'differed' if differ else 'did not stand out'}. "
    )
    return said + (
        "The verdict counts that against the effect."
        if differ
        else "A test that finds nothing does not show that trends were the same."
    )


def persistence(page: PolicyPage) -> str:
    """Say how much of an earlier difference in trend goes on."""
    found = page.battery.persistence
    if found is None:
        return (
            "How far earlier differences in trend go on can't be learned here: too few groups share no unit."
        )
    share, error = found
    low, high = share - 1.96 * error, share + 1.96 * error
    return (
        f"Among untreated groups {percentage(share, 0)} of an earlier difference in trend went on (95% interval {span(low, high, lambda v: percentage(v, 0))}). "
        "None would be pure chance; all of it would be a lasting trend."
    )


def bounds(page: PolicyPage) -> str:
    """Say how far trends may have differed before the sign is lost."""
    found = page.battery.bounds
    if found is None:
        return "There are too few groups to say how far trends may have differed afterwards."
    if np.isnan(found.breakdown) or found.breakdown <= 0.0:
        return "If trends could have changed after the start by even a small part of their largest change before, the sign is open."
    return f"The sign holds as long as no change of trend after the start exceeds {number(found.breakdown, 2)} times the largest change before."


def leave_out(page: PolicyPage) -> str:
    """Say what leaving out one unit does."""
    frame, main = page.battery.leave_one_out, page.battery.main.estimate
    if frame.empty:
        return "There is no unit that can be left out."
    most = frame.iloc[int(np.argmax((frame["effect"] - main).abs()))]
    return (
        f"Leaving out one unit at a time gives effects from {number(float(frame['effect'].min()))} to {number(float(frame['effect'].max()))}. "
        f"It depends most on {most['left_out']}: without it the effect is {number(float(most['effect']))}."
    )


def starts(page: PolicyPage) -> str:
    """Say what made-up earlier starts give."""
    frame = page.battery.earlier_starts
    if frame.empty:
        return "There are too few periods before the start to try an earlier one."
    place = int(np.argmax(frame["effect"].abs()))
    return (
        f"A made-up start in {frame['start'].iloc[place]}, with nothing behind it, gives {number(float(frame['effect'].iloc[place]))}, the largest of {len(frame)} tried. "
        "Such effects should be small beside the real one."
    )


def detectable(page: PolicyPage) -> str:
    """Say what could have been found."""
    size = page.battery.detectable
    return f"An effect of {number(size, 2)} would be found four times in five. A smaller one could well go unseen."


def cautions(page: PolicyPage) -> tuple[str, ...]:
    """Return what a reader must keep in mind, a sentence or two each."""
    battery = page.battery
    said = list(page.own.notes)
    if len(battery.groups) < _FEW_GROUPS:
        said.append(
            f"With {len(battery.groups)} groups no effect can be rarer than one in {len(battery.groups) + 1}, so the rule can't find clear evidence."
        )
    if battery.main.caution:
        said.append(battery.main.caution)
    if battery.kind != "neighbours" and battery.panel.n_treated > 1:
        said.append(
            "Groups drawn without a map hold units from anywhere. If the treated are neighbours, shared shocks make their changes look rarer than they are."
        )
    if not battery.positive:
        said.append(
            "Some values are zero or below, so nothing can be said in per cent; that part of the rule does not hold."
        )
    if battery.conditional is None:
        said.append(
            "Too few groups share no unit to learn how trends go on; that part of the rule does not hold."
        )
    for row in battery.rows:
        if row.reason:
            said.append(f"{DESIGNS[row.design]} could not run: {row.reason}.")
    said.append(
        "The figures are the user's own and were not checked against any publication. No design shows that nothing else changed at the same time."
    )
    return tuple(said)  # fmt: skip


def path_caption(page: PolicyPage) -> Caption:
    """Words of the chart by period."""
    main = page.battery.main.estimate
    rose = "above" if main > 0 else "below"
    return Caption(
        figure_id="path",
        title=f"After {page.battery.start} the treated lie {rose} the others",
        subtitle=f"{outcome(page)}: treated less untreated, in reference to the last period before; lines: 95% of groups without the policy",
        source=page.source,
        alt=(
            f"Chart of the gap between treated and untreated by period, from {page.own.panel.periods[0]} to {page.own.panel.periods[-1]}, "
            f"with intervals; the policy starts in {page.battery.start}."
        ),
    )


def designs_caption(page: PolicyPage) -> Caption:
    """Words of the chart of designs."""
    rows = page.battery.effects.dropna(subset=["effect"])
    same = int((np.sign(rows["effect"]) == np.sign(page.battery.main.estimate)).sum())
    return Caption(
        figure_id="designs",
        title=f"{same} of {len(rows)} designs agree on the direction",
        subtitle=f"Effect on {outcome(page)} by design, with 95% intervals",
        source=page.source,
        alt=f"Chart of the effects of {len(rows)} designs with intervals and a line at no effect; {same} lie on the side of the main design.",
    )


def placebo_caption(page: PolicyPage) -> Caption:
    """Words of the chart of placebo effects."""
    main = page.battery.main
    return Caption(
        figure_id="placebos",
        title=f"{main.rank - 1} of {len(main.effects)} groups without the policy changed as much",
        subtitle=f"Effect on {outcome(page)} by synthetic difference-in-differences: groups without the policy, and the treated",
        source=page.source,
        alt=f"Histogram of {len(main.effects)} effects of groups without the policy; the treated are marked at {number(main.estimate)}.",
    )


def curve_caption(page: PolicyPage) -> Caption:
    """Words of the specification curve."""
    curve = page.battery.curve
    rows = curve.estimated
    away = float(((rows["lower"] > 0) | (rows["upper"] < 0)).mean())
    return Caption(
        figure_id="specifications",
        title=f"{percentage(away, 0)} of {len(rows)} ways to compute it leave out zero",
        subtitle=f"Effect on {outcome(page)} under every combination of choices, sorted, with 95% intervals; square: main choice",
        source=page.source,
        alt=f"Specification curve of {len(rows)} effects from {number(float(rows['effect'].min()))} to {number(float(rows['effect'].max()))}, median {number(curve.median)}.",
    )


def plain(page: PolicyPage) -> Mapping[str, str]:
    """Return the sentences that the terminal prints, by what they are about."""
    return {
        "Finding": headline(page),
        "Designs": designs(page),
        "Earlier trends": before(page),
        "Persistence": persistence(page),
        "Sensitivity": bounds(page),
        "Earlier starts": starts(page),
        "Leaving units out": leave_out(page),
        "Specifications": page.battery.curve.sentence,
        "Detectable": detectable(page),
    }

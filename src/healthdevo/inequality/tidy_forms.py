"""The tidy form of measures that take arrays: ``gini_coefficient`` of arrays, ``gini_coefficient_by`` of the rows of a frame.

A tidy form takes a frame and the names of its columns, called as the arrays are (``value`` for ``values``), and returns one
estimate for every label of ``by``. What it returns for a label is what the array form returns for the rows of that label:
nothing is computed here.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, Unpack

import pandas as pd

from healthdevo.checks import need_columns, need_labels
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality import (
    atkinson,
    attributable,
    between_group_entropy,
    between_group_spread,
    concentration,
    entropy,
    gini,
    grids,
    hoover,
    kolm,
    log_variance,
    mean_differences,
    progressivity,
    regression_gradients,
    simple_gaps,
    survey_concentration,
    variation,
)
from healthdevo.mathematics.estimates import gather
from healthdevo.mathematics.vectors import shown
from healthdevo.results import Estimate, Estimates, check_levels

_SINGULAR = {"values": "value", "standard_errors": "standard_error"}
"""What the column of an array is called where the array's own name is a plural."""
_ORDERED = "Column with the subgroups from the worst off to the best off: whole numbers from 1, or an ordered categorical."
_GROUPS = "Column that names the subgroups; ranks where ``ordered``."


def _options_of(measure: Callable[..., Any]) -> dict[str, Any]:
    """Return the type of every parameter of a measure, those it takes as a ``TypedDict`` among them."""
    found: dict[str, Any] = {}
    for name, hint in typing.get_type_hints(measure).items():
        inner = typing.get_args(hint)
        found |= typing.get_type_hints(inner[0]) if typing.get_origin(hint) is Unpack else {name: hint}
    found.pop("return", None)
    return found


def _sorted_by_group(part: pd.DataFrame, group: str, ordered: bool) -> pd.DataFrame:
    """Return the rows of one label in the order of their subgroups, each of which occurs once."""
    twice = part[group].duplicated()
    if twice.any():
        raise InputError(
            f"{group}: row {shown(part.index[twice][0])} repeats {shown(part.loc[twice, group].iloc[0])}; give each subgroup one row"
        )
    if not ordered:
        return part.sort_values(group)
    ranks, _ = grids.group_ranks(part[group], group)
    return part.iloc[ranks.argsort(kind="stable")]


def _position(part: pd.DataFrame, group: str, label: Hashable) -> int:
    labels = part[group].tolist()
    if label not in labels:
        raise InputError(
            f"reference: there is no {shown(label)} in column {group}; there are {', '.join(map(shown, labels[:8]))}"
        )
    return labels.index(label)


def _documented(
    measure: Callable[..., Any], columns: Mapping[str, str], ordered: bool | None, example: str
) -> str:
    name = measure.__name__
    described = ", ".join(columns.values())
    group = f"    group : str\n        {_ORDERED if ordered else _GROUPS}\n" if ordered is not None else ""
    label = (
        "\n        ``reference`` is the label of a subgroup." if "reference" in _options_of(measure) else ""
    )
    return f"""Return ``{name}`` for every area, group or period of a tidy frame.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each unit that ``{name}`` takes, in any order.
    {described} : str
        Columns with what the arrays of the same name hold.
{group}    by : str or sequence of str, optional
        Columns that tell areas, groups or periods apart; without them all rows belong together.
    **options
        As in ``{name}``.{label}

    Returns
    -------
    Estimates
        Labelled by ``by``, in sorted order.

    Raises
    ------
    InputError
        When a column is missing, a label is, or ``{name}`` refuses the rows of a label.

    Notes
    -----
    Estimand, limits, assumptions and source are those of ``{name}``; every label is computed apart, with the same seed.

    Examples
    --------
    >>> {example}
"""


def tidy_form(
    measure: Callable[..., Estimate], *arrays: str, ordered: bool | None = None, example: str
) -> Callable[..., Estimates]:
    """Return the tidy form of a measure.

    Parameters
    ----------
    measure : callable
        Returns an ``Estimate`` of arrays.
    *arrays : str
        Its arguments that have one entry for each unit.
    ordered : bool, optional
        True where the units are subgroups in an order, False where the measure's own ``ordered`` says so; None where their
        order means nothing.
    example : str
        A call of the tidy form and what it shows, for the docstring.
    """
    parameters = inspect.signature(measure).parameters
    types = _options_of(measure)
    columns = {a: _SINGULAR.get(a, a) for a in arrays}
    needed = {
        c: a
        for a, c in columns.items()
        if a in parameters and parameters[a].default is inspect.Parameter.empty
    }
    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    leading = {
        c: a
        for a, c in columns.items()
        if a in parameters and parameters[a].kind is positional and c not in needed
    }
    signature = [
        inspect.Parameter("frame", positional),
        *(inspect.Parameter(c, positional) for c in needed),
        *(inspect.Parameter(c, positional, default=None) for c in leading),
        *([] if ordered is None else [inspect.Parameter("group", inspect.Parameter.KEYWORD_ONLY)]),
        inspect.Parameter("by", inspect.Parameter.KEYWORD_ONLY, default=None),
    ]
    hints: dict[str, Any] = {"frame": pd.DataFrame, "by": str | Sequence[str] | None}
    hints |= dict.fromkeys(needed, str) | ({} if ordered is None else {"group": str})
    hints |= dict.fromkeys(leading, str | None)
    for column in columns.values():
        if column not in needed and column not in leading:
            signature.append(inspect.Parameter(column, inspect.Parameter.KEYWORD_ONLY, default=None))
            hints[column] = str | None
    for name, hint in types.items():
        if name in columns:
            continue
        default = parameters[name].default if name in parameters else None
        hints[name] = hint if name in parameters else hint | None
        if name == "reference" and ordered is not None:
            hints[name] = Hashable | None
        signature.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default))

    obliged = {p.name for p in signature if p.default is p.empty}

    def by_form(*args: Any, **kwargs: Any) -> Estimates:
        given = by_form.__signature__.bind(*args, **kwargs).arguments  # type: ignore[attr-defined]
        frame, by = given.pop("frame"), given.pop("by", None)
        group = None if ordered is None else given.pop("group")
        keys = grids.column_names(by)
        named = {a: given.pop(c) for a, c in columns.items() if given.get(c) is not None}
        options = {
            k: v for k, v in given.items() if k not in columns.values() and (v is not None or k in obliged)
        }
        need_columns(frame, [*named.values(), *keys, *([] if group is None else [group])])
        need_labels(frame, [*keys, *([] if group is None else [group])])
        if not len(frame):
            raise InputError("frame: has no rows; give at least one")
        in_order = ordered or bool(options.get("ordered", False))

        def one(part: pd.DataFrame, label: str) -> Estimate:
            own = dict(options)
            try:
                if group is not None:
                    part = _sorted_by_group(part, group, in_order)
                    if "reference" in own:
                        own["reference"] = _position(part, group, own["reference"])
                held = {a: part[c].reset_index(drop=True) for a, c in named.items()}
                return measure(**held, **own)
            except InputError as error:
                text = str(error)
                for array, column in named.items():
                    if text.startswith(f"{array}:"):
                        text = f"{column}{text[len(array) :]}"
                raise InputError(f"{text}{f' ({label})' if label else ''}") from None

        if not keys:
            labels: pd.Index = pd.Index(["all"], name="area")
            results = [one(frame, "")]
        else:
            groups = list(frame.groupby(keys, observed=True, sort=True))
            names = [
                ", ".join(f"{k} {shown(x)}" for k, x in zip(keys, key, strict=True)) for key, _ in groups
            ]
            results = [one(part, name) for (_, part), name in zip(groups, names, strict=True)]
            found = [key for key, _ in groups]
            labels = (
                pd.MultiIndex.from_tuples(found, names=keys)
                if len(keys) > 1
                else pd.Index([key[0] for key in found], name=keys[0])
            )
        first = results[0]
        levels = check_levels(options.get("levels", 0.95))
        method = next((r.method for r in results if r.method), "")
        return gather(first.measure, labels, results, levels, method, first.unit)

    by_form.__name__ = by_form.__qualname__ = f"{measure.__name__}_by"
    by_form.__doc__ = _documented(measure, columns, ordered, example)
    by_form.__annotations__ = hints | {"return": Estimates}
    by_form.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [p.replace(annotation=hints.get(p.name, p.empty)) for p in signature], return_annotation=Estimates
    )
    return front_door(by_form)


_RATES = 'pd.DataFrame({"region": list("aabb"), "rate": [10.0, 30.0, 20.0, 20.0], "people": [1, 1, 2, 2]})'
_FIFTHS = 'pd.DataFrame({"fifth": [1, 2, 3], "rate": [60.0, 70.0, 80.0], "se": 2.0, "people": [1, 2, 1]})'
_SURVEY = 'pd.DataFrame({"fifth": [1, 1, 2, 2, 3, 3], "ill": [1.0, 0.0, 1.0, 0.0, 0.0, 0.0]})'
_INCOMES = 'pd.DataFrame({"before": [10.0, 30.0], "tax": [1.0, 6.0], "after": [9.0, 24.0]})'


def _dispersion(measure: Callable[..., Estimate], shows: str, more: str = "") -> Callable[..., Estimates]:
    call = f'{measure.__name__}_by({_RATES}, "rate", by="region"{more}).estimate.round(3).tolist()'
    return tidy_form(measure, "values", "weights", "clusters", example=f"{call}\n    {shows}")


def _gap(
    measure: Callable[..., Estimate],
    shows: str,
    *arrays: str,
    more: str = "",
    ordered: bool | None = None,
    people: bool = True,
) -> Callable[..., Estimates]:
    group = "" if ordered is None else ', group="fifth"'
    second = ', "people"' if people else ""
    call = f'{measure.__name__}_by({_FIFTHS}, "rate"{second}{group}{more}).estimate.round(3).tolist()'
    return tidy_form(measure, "values", *arrays, ordered=ordered, example=f"{call}\n    {shows}")


gini_coefficient_by = _dispersion(gini.gini_coefficient, "[0.25, 0.0]")
theil_index_by = _dispersion(entropy.theil_index, "[0.131, 0.0]")
mean_log_deviation_by = _dispersion(entropy.mean_log_deviation, "[0.144, 0.0]")
generalised_entropy_by = _dispersion(entropy.generalised_entropy, "[0.125, 0.0]", ", alpha=2.0")
atkinson_index_by = _dispersion(atkinson.atkinson_index, "[0.134, 0.0]", ", aversion=1.0")
hoover_index_by = _dispersion(hoover.hoover_index, "[0.25, 0.0]")
kolm_index_by = _dispersion(kolm.kolm_index, "[4.338, 0.0]", ", alpha=0.1")
coefficient_of_variation_by = _dispersion(variation.coefficient_of_variation, "[0.5, 0.0]")
variance_of_logs_by = _dispersion(log_variance.variance_of_logs, "[0.302, 0.0]")

kakwani_index_by = tidy_form(
    progressivity.kakwani_index,
    "payment",
    "income",
    "weights",
    "clusters",
    example=f'kakwani_index_by({_INCOMES}, "tax", "before").estimate.round(3).tolist()\n    [0.107]',
)
reynolds_smolensky_index_by = tidy_form(
    progressivity.reynolds_smolensky_index,
    "before",
    "after",
    "weights",
    "clusters",
    example=f'reynolds_smolensky_index_by({_INCOMES}, "before", "after").estimate.round(3).tolist()\n    [0.023]',
)
concentration_index_by = tidy_form(
    concentration.concentration_index,
    "outcome",
    "rank_by",
    "weights",
    "clusters",
    example=f'concentration_index_by({_SURVEY}, "ill", "fifth").estimate.round(3).tolist()\n    [-0.333]',
)
survey_concentration_index_by = tidy_form(
    survey_concentration.survey_concentration_index,
    "outcome",
    "group",
    "weights",
    "strata",
    "clusters",
    example=f'survey_concentration_index_by({_SURVEY}, "ill", "fifth").estimate.round(3).tolist()\n    [-0.333]',
)
individual_slope_index_by = tidy_form(
    regression_gradients.individual_slope_index,
    "outcome",
    "group",
    "weights",
    "strata",
    "clusters",
    example=f'individual_slope_index_by({_SURVEY}, "ill", "fifth", higher_is="worse", link="identity").estimate.round(3).tolist()\n    [0.75]',
)

difference_by = _gap(
    simple_gaps.difference,
    "[20.0]",
    "standard_errors",
    more=', higher_is="better"',
    ordered=False,
    people=False,
)
ratio_by = _gap(
    simple_gaps.ratio, "[1.333]", "standard_errors", more=', higher_is="better"', ordered=False, people=False
)
population_attributable_risk_by = _gap(
    attributable.population_attributable_risk,
    "[10.0]",
    "population",
    more=', higher_is="better", scale=100',
    ordered=False,
)
population_attributable_fraction_by = _gap(
    attributable.population_attributable_fraction,
    "[14.286]",
    "population",
    more=', higher_is="better", scale=100',
    ordered=False,
)
mean_difference_from_best_by = _gap(
    mean_differences.mean_difference_from_best,
    "[10.0]",
    "population",
    "standard_errors",
    more=', higher_is="better"',
)
mean_difference_from_mean_by = _gap(
    mean_differences.mean_difference_from_mean, "[5.0]", "population", "standard_errors"
)
mean_difference_from_reference_by = _gap(
    mean_differences.mean_difference_from_reference,
    "[5.0]",
    "population",
    "standard_errors",
    more=", reference=2",
    ordered=False,
)
index_of_disparity_by = _gap(mean_differences.index_of_disparity, "[7.143]", "population", "standard_errors")
between_group_variance_by = _gap(
    between_group_spread.between_group_variance, "[50.0]", "population", "standard_errors"
)
between_group_standard_deviation_by = _gap(
    between_group_spread.between_group_standard_deviation, "[7.071]", "population", "standard_errors"
)
between_group_coefficient_of_variation_by = _gap(
    between_group_spread.between_group_coefficient_of_variation, "[10.102]", "population", "standard_errors"
)
between_group_theil_index_by = _gap(
    between_group_entropy.between_group_theil_index, "[5.12]", "population", "standard_errors"
)
between_group_mean_log_deviation_by = _gap(
    between_group_entropy.between_group_mean_log_deviation, "[5.155]", "population", "standard_errors"
)
grouped_slope_index_by = _gap(
    regression_gradients.grouped_slope_index,
    "[26.462]",
    "population",
    more=', higher_is="better", scale=100',
    ordered=True,
)
group_concentration_index_by = _gap(
    survey_concentration.group_concentration_index, "[0.054]", "population", ordered=True
)

"""The panel that every design starts from: areas by periods, validated once."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from healthdevo.checks import need_columns
from healthdevo.errors import InputError
from healthdevo.mathematics.columns import checked_labels, column_numbers
from healthdevo.mathematics.matrices import array
from healthdevo.mathematics.vectors import shown
from healthdevo.typing import BoolArray, FloatArray, IntArray

__all__ = ["Panel"]


def _check_order(periods: pd.Index, name: str) -> None:
    """Refuse text periods whose alphabetical order is not that of time, such as months by name."""
    if periods.empty or not all(isinstance(label, str) for label in periods):
        return
    shapes = {re.sub(r"\d", "0", label) for label in periods}
    first = re.search(r"0+", next(iter(shapes)))
    year_first = first is not None and len(first[0]) == 4
    one_number = len(re.findall(r"0+", next(iter(shapes)))) == 1
    if len(shapes) > 1 or not (year_first or one_number):
        few = ", ".join(repr(label) for label in periods[:3])
        raise InputError(
            f"{name}: {few} are text that would be put in the order of the alphabet; give numbers, dates, or text such as "
            "'2016-07' or '2016/17'"
        )


def _first_treated(frame: pd.DataFrame, area: str, column: str) -> dict[Hashable, Hashable]:
    grouped = frame.groupby(area)[column]
    spread = grouped.nunique(dropna=False)
    if (spread != 1).any():
        raise InputError(
            f"{column}: varies within {spread.index[spread != 1][0]}; one first period an area is needed"
        )
    first = grouped.first()
    never = first.isna()
    if pd.api.types.is_numeric_dtype(first):
        never |= first.eq(0) | np.isinf(first.astype(float))
    return dict(first[~never].items())


def _freeze(array: NDArray[np.generic]) -> None:
    array.flags.writeable = False


@dataclass(frozen=True, eq=False)
class Panel:
    """Areas observed over periods, with who was treated when.

    Areas and periods are kept in sorted order, so that the order of rows in the source never matters.

    Parameters
    ----------
    outcome : ndarray of shape (areas, periods)
        The outcome; NaN where it was not observed.
    treatment : ndarray of bool, shape (areas, periods)
        Whether an area is under treatment in a period.
    areas, periods : pandas.Index (or anything that makes one)
        Unique labels. Periods are taken as equally spaced in their sorted order.
    weights : ndarray of shape (areas,), optional
        Positive weight of each area (its population, say). Difference-in-differences weights every area by it,
        the synthetic designs weight the treated areas by it; default 1 for all.
    covariates : ndarray of shape (areas, periods, k), optional
        Covariates that vary over time.
    covariate_names : sequence of str, optional
        Their names, length ``k``.
    outcome_name, unit : str
        Used in sentences.

    Raises
    ------
    InputError
        When shapes disagree, labels repeat, a number is infinite, a weight is not positive, or no outcome is
        observed.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({
    ...     "area": ["A", "A", "B", "B"], "year": [2014, 2015, 2014, 2015], "rate": [3.0, 2.0, 4.0, 3.5]})
    >>> panel = Panel.from_frame(
    ...     frame, area="area", time="year", outcome="rate", treated=["A"], start=2015)
    >>> panel.shape, panel.n_treated, panel.adoption.tolist()
    ((2, 2), 1, [1, 2])
    """

    outcome: FloatArray
    treatment: BoolArray
    areas: pd.Index
    periods: pd.Index
    weights: FloatArray = field(default_factory=lambda: np.ones(0))
    covariates: FloatArray = field(default_factory=lambda: np.ones((0, 0, 0)))
    covariate_names: tuple[str, ...] = ()
    outcome_name: str = "outcome"
    unit: str = ""

    def __post_init__(self) -> None:
        outcome = array(self.outcome, "outcome", dimensions=None, missing=True, infinite=True)
        if outcome.ndim != 2:
            raise InputError(f"outcome: expected areas x periods, got {outcome.ndim} dimension(s)")
        n, t = outcome.shape
        areas, periods = pd.Index(self.areas), pd.Index(self.periods)
        for name, index, length in (("areas", areas, n), ("periods", periods, t)):
            if len(index) != length:
                raise InputError(f"{name}: {len(index)} labels for {length} {name} of the outcome")
            if not index.is_unique:
                raise InputError(
                    f"{name}: {index[index.duplicated()][0]} occurs twice; labels must be unique"
                )
        _check_order(periods, "periods")
        raw = np.asarray(self.treatment)
        if raw.shape != (n, t):
            raise InputError(f"treatment: shape {raw.shape} does not match the outcome's {(n, t)}")
        if not np.isin(raw, (0, 1)).all():
            bad = raw[~np.isin(raw, (0, 1))][0]
            raise InputError(f"treatment: {shown(bad)} is not valid; use 0 or 1 (False or True)")
        if np.isinf(outcome).any():
            i, j = np.argwhere(np.isinf(outcome))[0]
            raise InputError(f"outcome: infinite for {areas[i]} in {periods[j]}; leave it empty if unknown")
        if n == 0 or t == 0 or np.isnan(outcome).all():
            raise InputError("outcome: nothing is observed")
        weights = array(self.weights, "weights", dimensions=None, missing=True, infinite=True)
        weights = np.ones(n) if weights.size == 0 else weights
        if weights.shape != (n,) or not np.isfinite(weights).all() or (weights <= 0).any():
            raise InputError("weights: one positive finite number for each area is needed")
        covariates = array(self.covariates, "covariates", dimensions=None, missing=True, infinite=True)
        covariates = np.zeros((n, t, 0)) if covariates.size == 0 else covariates
        if covariates.ndim == 2:
            covariates = covariates[:, :, None]
        if covariates.shape[:2] != (n, t):
            raise InputError(f"covariates: shape {covariates.shape} does not start with {(n, t)}")
        names = tuple(str(x) for x in self.covariate_names)
        names = names or tuple(f"x{k + 1}" for k in range(covariates.shape[2]))
        if len(names) != covariates.shape[2]:
            raise InputError(f"covariate_names: {len(names)} names for {covariates.shape[2]} covariates")
        missing = ~np.isfinite(covariates).all(axis=2) & ~np.isnan(outcome)
        if missing.any():
            i, j = np.argwhere(missing)[0]
            raise InputError(
                f"covariates: not a finite number for {areas[i]} in {periods[j]}, where the outcome is observed"
            )
        try:
            rows, columns = np.argsort(areas, kind="stable"), np.argsort(periods, kind="stable")
        except TypeError:
            raise InputError("areas and periods: labels of mixed types cannot be put in order") from None
        outcome = outcome[np.ix_(rows, columns)]
        treatment = raw.astype(bool)[np.ix_(rows, columns)]
        covariates = covariates[rows][:, columns]
        weights = weights[rows]
        for held in (outcome, treatment, covariates, weights):
            _freeze(held)
        object.__setattr__(self, "outcome", outcome)
        object.__setattr__(self, "treatment", treatment)
        object.__setattr__(self, "covariates", covariates)
        object.__setattr__(self, "covariate_names", names)
        object.__setattr__(self, "weights", weights)
        object.__setattr__(self, "areas", areas[rows])
        object.__setattr__(self, "periods", periods[columns])

    # ------------------------------------------------------------------ construction
    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        *,
        area: str,
        time: str,
        outcome: str,
        treatment: str | None = None,
        treated: Sequence[Hashable] | None = None,
        start: Hashable | None = None,
        adoption: str | Mapping[Hashable, Hashable] | None = None,
        weights: str | None = None,
        covariates: Sequence[str] = (),
        unit: str = "",
    ) -> Panel:
        """Build a panel from a tidy frame with one row for each area and period.

        Exactly one of these says who is treated: a 0/1 column ``treatment``; a list ``treated`` with one
        ``start``; or ``adoption``, the first treated period of each area.

        Parameters
        ----------
        frame : pandas.DataFrame
            Tidy data. Rows that are absent become missing outcomes; with a ``treatment`` column their status is
            that of the area's last row before (untreated where there is none).
        area, time, outcome : str
            Column names.
        treatment : str, optional
            Column of 0 and 1.
        treated, start : sequence of labels and label, optional
            The treated areas and their common first treated period.
        adoption : str or mapping, optional
            First treated period of each treated area: a mapping, or a column that is constant within each area and
            empty, infinite or 0 for areas never treated. A period after the last one means never treated here.
        weights : str, optional
            Column with a weight that is constant within each area.
        covariates : sequence of str
            Columns that vary over time.
        unit : str
            Unit of the outcome, for sentences.

        Raises
        ------
        InputError
            When a column is absent, an area-period occurs twice, or the treatment is not given in one way.
        """
        columns = [area, time, outcome, *covariates]
        columns += [c for c in (treatment, weights, adoption) if isinstance(c, str)]
        need_columns(frame, columns)
        ways = [treatment is not None, treated is not None or start is not None, adoption is not None]
        if sum(ways) != 1:
            raise InputError(
                "treatment: say who is treated in exactly one way: treatment=column, treated= with start=, or adoption="
            )
        for column in (area, time):
            checked_labels(frame[column], column)
        doubled = frame.duplicated([area, time])
        if doubled.any():
            row = frame.loc[doubled, [area, time]].iloc[0]
            raise InputError(f"frame: {row[area]} in {row[time]} occurs twice; one row each is needed")
        if frame.empty:
            raise InputError("frame: it has no rows")
        areas, periods = (pd.Index(pd.unique(frame[c])).sort_values() for c in (area, time))
        _check_order(periods, time)
        rows, cols = areas.get_indexer(pd.Index(frame[area])), periods.get_indexer(pd.Index(frame[time]))

        def matrix(name: str) -> FloatArray:
            values, wrong = column_numbers(frame[name])
            if wrong.any():
                i = int(np.argmax(wrong))
                raise InputError(
                    f"{name}: not numeric in row {shown(frame.index[i])} ({frame[name].iloc[i]!r}); give numbers, and leave "
                    "empty what is missing"
                )
            result = np.full((len(areas), len(periods)), np.nan)
            result[rows, cols] = values
            return result

        status = np.zeros((len(areas), len(periods)))
        if treatment is not None:
            given = frame[treatment]
            if given.isna().any() or not given.isin([0, 1]).all():
                raise InputError(f"{treatment}: must be 0 or 1 in every row")
            status = pd.DataFrame(matrix(treatment)).ffill(axis=1).fillna(0.0).to_numpy()
        else:
            if isinstance(adoption, str):
                adoption = _first_treated(frame, area, adoption)
            elif adoption is None:
                if treated is None or start is None:
                    raise InputError("treatment: give both treated= and start=")
                adoption = dict.fromkeys(treated, start)
            for label, first in adoption.items():
                if label not in areas:
                    raise InputError(f"treated: {label!r} is not among the {len(areas)} areas")
                try:
                    status[areas.get_loc(label), np.asarray(periods >= first)] = 1.0
                except TypeError:
                    raise InputError(f"start: {first!r} cannot be compared with the periods") from None
        mass = np.ones(len(areas))
        if weights is not None:
            grouped = frame.groupby(area)[weights]
            spread = grouped.nunique(dropna=False)
            if (spread != 1).any():
                raise InputError(
                    f"{weights}: varies within {spread.index[spread != 1][0]}; one weight an area"
                )
            mass = grouped.first().reindex(areas).to_numpy(dtype=float)
        cube = [matrix(c) for c in covariates]
        return cls(
            matrix(outcome),
            status.astype(bool),
            areas,
            periods,
            mass,
            np.stack(cube, axis=2) if cube else np.ones((0, 0, 0)),
            tuple(covariates),
            outcome,
            unit,
        )

    def with_treatment(self, adoption: Mapping[Hashable, Hashable]) -> Panel:
        """Return the same panel with other areas treated.

        Parameters
        ----------
        adoption : mapping
            First treated period of each treated area.
        """
        status = np.zeros(self.shape, dtype=bool)
        for label, first in adoption.items():
            if label not in self.areas:
                raise InputError(f"adoption: {label!r} is not among the {len(self.areas)} areas")
            status[self.areas.get_loc(label), np.asarray(self.periods >= first)] = True
        return self._replace(treatment=status)

    def select(
        self,
        areas: Sequence[Hashable] | pd.Index | BoolArray | None = None,
        periods: Sequence[Hashable] | pd.Index | BoolArray | None = None,
    ) -> Panel:
        """Return the panel of some areas and periods (labels, or a mask)."""
        rows = self._positions(self.areas, areas, "areas")
        columns = self._positions(self.periods, periods, "periods")
        return Panel(
            self.outcome[np.ix_(rows, columns)],
            self.treatment[np.ix_(rows, columns)],
            self.areas[rows],
            self.periods[columns],
            self.weights[rows],
            self.covariates[rows][:, columns],
            self.covariate_names,
            self.outcome_name,
            self.unit,
        )

    def drop(self, areas: Sequence[Hashable] | pd.Index) -> Panel:
        """Return the panel without some areas.

        Raises
        ------
        InputError
            When a label is unknown.
        """
        gone = self._positions(self.areas, areas, "areas")
        return self.select(areas=np.asarray(~np.isin(np.arange(len(self.areas)), gone), dtype=np.bool_))

    def without_covariates(self) -> Panel:
        """Return the panel without its covariates."""
        return self._replace(covariates=np.ones((0, 0, 0)), covariate_names=())

    @staticmethod
    def _positions(
        index: pd.Index, wanted: Sequence[Hashable] | pd.Index | BoolArray | None, name: str
    ) -> IntArray:
        if wanted is None:
            return np.arange(len(index))
        array = np.asarray(wanted)
        if array.dtype == bool:
            if array.shape != (len(index),):
                raise InputError(f"{name}: a mask of {array.shape} for {len(index)} labels")
            return np.flatnonzero(array)
        positions = index.get_indexer(pd.Index(list(wanted)))
        if (positions < 0).any():
            unknown = list(wanted)[int(np.flatnonzero(positions < 0)[0])]
            raise InputError(f"{name}: {unknown!r} is not one of the {len(index)} {name} of the panel")
        return np.unique(positions).astype(np.int64)

    def _replace(self, **changes: object) -> Panel:
        values: dict[str, object] = {name: getattr(self, name) for name in self.__dataclass_fields__}
        values.update(changes)
        return Panel(**values)  # type: ignore[arg-type]

    # ------------------------------------------------------------------ what it says
    @property
    def shape(self) -> tuple[int, int]:
        """Number of areas and of periods."""
        return self.outcome.shape[0], self.outcome.shape[1]

    @property
    def observed(self) -> BoolArray:
        """Whether the outcome is known, areas x periods."""
        return ~np.isnan(self.outcome)

    @property
    def treated(self) -> BoolArray:
        """Whether an area is ever treated."""
        return np.asarray(self.treatment.any(axis=1), dtype=np.bool_)

    @property
    def n_treated(self) -> int:
        """Number of areas ever treated."""
        return int(self.treated.sum())

    @property
    def n_controls(self) -> int:
        """Number of areas never treated."""
        return int((~self.treated).sum())

    @property
    def adoption(self) -> IntArray:
        """Position of the first treated period of each area; the number of periods where never treated."""
        first = np.where(self.treated, np.argmax(self.treatment, axis=1), self.shape[1])
        return first.astype(np.int64)

    @property
    def cohorts(self) -> IntArray:
        """The distinct positions of adoption, in order."""
        return np.unique(self.adoption[self.treated])

    @property
    def absorbing(self) -> bool:
        """Whether treatment, once on, stays on."""
        return bool((np.diff(self.treatment.astype(int), axis=1) >= 0).all())

    @property
    def balanced(self) -> bool:
        """Whether every outcome is observed."""
        return bool(self.observed.all())

    @property
    def treated_areas(self) -> tuple[str, ...]:
        """Labels of the treated areas as text."""
        return tuple(str(a) for a in self.areas[self.treated])

    @property
    def treated_weights(self) -> FloatArray:
        """Weights of the treated areas, adding up to 1."""
        weights = np.asarray(self.weights[self.treated], dtype=float)
        return np.asarray(weights / weights.sum(), dtype=float)

    def to_frame(self) -> pd.DataFrame:
        """Return the tidy frame: one row for each area and period."""
        n, t = self.shape
        frame = pd.DataFrame(
            {
                "area": np.repeat(np.asarray(self.areas), t),
                "period": np.tile(np.asarray(self.periods), n),
                self.outcome_name: self.outcome.ravel(),
                "treatment": self.treatment.ravel().astype(int),
                "weight": np.repeat(self.weights, t),
            }
        )
        for k, name in enumerate(self.covariate_names):
            frame[name] = self.covariates[:, :, k].ravel()
        return frame

    # ------------------------------------------------------------------ what a design needs
    def require(
        self,
        design: str,
        *,
        balanced: bool = False,
        absorbing: bool = True,
        simultaneous: bool = False,
        pre_periods: int = 1,
        never_treated: int = 1,
        covariates: bool = True,
    ) -> None:
        """Check that the panel is what a design needs.

        Parameters
        ----------
        design : str
            Name of the design, for the message.
        balanced, absorbing, simultaneous : bool
            Whether every outcome must be observed, treatment must stay on, and all treated areas must start
            together.
        pre_periods : int
            Number of untreated periods that every treated area must have.
        never_treated : int
            Number of never-treated areas needed.
        covariates : bool
            Whether the design can use covariates.

        Raises
        ------
        InputError
            With the first condition that fails and what would satisfy it.
        """
        if self.n_treated == 0:
            raise InputError(f"panel: no area is treated in any period; {design} needs at least one")
        if absorbing and not self.absorbing:
            switches = np.argwhere(np.diff(self.treatment.astype(int), axis=1) < 0)[:, 0]
            raise InputError(
                f"panel: treatment of {self.areas[int(switches[0])]} switches off; "
                f"{design} needs treatment that stays on once it has begun"
            )
        controls = int((~self.treated).sum())
        if controls < never_treated:
            raise InputError(
                f"panel: {controls} never-treated area(s) for comparison; {design} needs at least {never_treated}"
            )
        first = self.adoption[self.treated]
        if first.min() < pre_periods:
            area = self.areas[self.treated][int(np.argmin(first))]
            raise InputError(
                f"panel: {area} has {first.min()} period(s) before its treatment; "
                f"{design} needs at least {pre_periods}"
            )
        if simultaneous and len(self.cohorts) > 1:
            raise InputError(
                f"panel: treated areas start in {len(self.cohorts)} different periods; "
                f"this form of {design} needs one common start"
            )
        if balanced and not self.balanced:
            i, j = np.argwhere(~self.observed)[0]
            raise InputError(
                f"panel: {int((~self.observed).sum())} outcome(s) are missing, the first for {self.areas[i]} "
                f"in {self.periods[j]}; {design} needs a balanced panel: select the areas or periods that have one"
            )
        if not covariates and self.covariates.shape[2]:
            raise InputError(
                f"panel: {design} does not use covariates; use panel.without_covariates() to say so"
            )


def as_matrix(values: ArrayLike, name: str) -> FloatArray:
    """Return a two-dimensional array of finite floats.

    Raises
    ------
    InputError
        When it is not one.

    Examples
    --------
    >>> as_matrix([[1, 2]], "x").shape
    (1, 2)
    """
    return array(values, name, dimensions=2)

r"""The small-sample conventions of clustered errors, by the name of the software that uses them.

With n rows, G clusters, k regressors shown (a constant among them where the model has one) and K parameters with absorbed effects:

================  =======================================  ===================  =======================================
name              factor of the clustered covariance       two-way clusters     t distribution
================  =======================================  ===================  =======================================
``stata``         G/(G-1) (n-1)/(n-K'), K' counts the      smaller G for all    G - 1 (two-way: smaller G - 1)
                  constant and effects not nested in       parts
                  the clusters (xtreg, reghdfe, fixest)
``sandwich``      G/(G-1) (n-1)/(n-k)                      each part its own G  G - 1 (two-way: smaller G - 1)
``linearmodels``  n/(n-K), K with all effects unless they  the same             n - K
                  nest in every clustering
``plm-sss``       G/(G-1) (n-1)/(n-k)                      each part its own G  n - K
``none``          1 (R's plm default)                      1                    n - K
================  =======================================  ===================  =======================================

``fixest`` and ``plm`` are other names for ``stata`` and ``none``. Software does not agree; results say which factor they used.
"""

from __future__ import annotations

from dataclasses import dataclass

from healthdevo.errors import InputError

__all__ = ["CONVENTIONS", "Counts", "cluster_df", "cluster_factor", "convention_name"]

CONVENTIONS = ("stata", "sandwich", "linearmodels", "plm-sss", "none")
_OTHER_NAMES = {"fixest": "stata", "plm": "none"}


@dataclass(frozen=True)
class Counts:
    """What small-sample factors count.

    Parameters
    ----------
    n : int
        Rows.
    shown : int
        Regressors shown, a constant among them.
    absorbed : int
        Effects absorbed.
    not_nested : int
        Absorbed effects that do not nest in the clusters, with one for their common constant.
    """

    n: int
    shown: int
    absorbed: int
    not_nested: int

    @property
    def all(self) -> int:
        """All parameters."""
        return self.shown + self.absorbed

    @property
    def beyond_nested(self) -> int:
        """All parameters, or only those shown where every absorbed effect nests in the clusters."""
        return self.shown if self.not_nested <= 1 else self.all


def convention_name(name: str) -> str:
    """Return the convention a name stands for.

    Examples
    --------
    >>> convention_name("fixest")
    'stata'
    """
    found = _OTHER_NAMES.get(name, name)
    if found not in CONVENTIONS:
        raise InputError(
            f"small_sample: {name!r} is not valid; give one of {', '.join([*CONVENTIONS, *_OTHER_NAMES])}"
        )
    return found


def cluster_factor(convention: str, counts: Counts, groups: int) -> float:
    """Return what a convention multiplies the clustered covariance by.

    Parameters
    ----------
    convention : str
        A name of the table above.
    counts : Counts
        Rows and parameters.
    groups : int
        Clusters.

    Examples
    --------
    >>> round(cluster_factor("stata", Counts(n=200, shown=2, absorbed=10, not_nested=1), 10), 6)
    1.122391
    """
    name = convention_name(convention)
    n = counts.n
    if name == "none":
        return 1.0
    if name == "linearmodels":
        return n / (n - counts.beyond_nested)
    parameters = counts.shown + (counts.not_nested if name == "stata" else 0)
    return groups / (groups - 1) * (n - 1) / (n - parameters)


def cluster_df(convention: str, counts: Counts, groups: int) -> float:
    """Return the degrees of freedom of t that go with a convention.

    Examples
    --------
    >>> cluster_df("stata", Counts(n=200, shown=2, absorbed=10, not_nested=1), 10)
    9.0
    """
    if convention_name(convention) in ("stata", "sandwich"):
        return float(groups - 1)
    return float(counts.n - counts.all)

"""Partial one or two sets of effects (areas, years) out of many columns at once.

The within transformation replaces each column by its residual from a weighted regression on area and year dummies. Areas are
swept out by group means; years by a regression on what areas leave of the year dummies. That is exact for unbalanced and
weighted panels, needs no iteration, and costs one sparse product however many columns there are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from healthdevo.typing import BoolArray, FloatArray, IntArray

__all__ = ["Absorber", "nested_in", "without_singletons"]


RANK_TOLERANCE = 1e-9


def without_singletons(first: IntArray, second: IntArray | None = None) -> BoolArray:
    """Return which rows stay when groups of one row, which their own effect explains, are left out until there is none.

    Examples
    --------
    >>> without_singletons(np.array([0, 0, 1, 2, 2]), np.array([5, 6, 5, 6, 7])).tolist()
    [False, False, False, False, False]
    >>> without_singletons(np.array([0, 0, 1, 2, 2])).tolist()
    [True, True, False, True, True]
    """
    keep = np.ones(len(first), dtype=np.bool_)
    left = -1
    while left != int(keep.sum()):
        left = int(keep.sum())
        for codes in (first,) if second is None else (first, second):
            keep &= np.bincount(codes[keep], minlength=int(codes.max(initial=0)) + 1)[codes] != 1
    return keep


def nested_in(inner: IntArray, outer: IntArray) -> bool:
    """Return whether each value of ``inner`` occurs with one value of ``outer`` only.

    Examples
    --------
    >>> nested_in(np.array([0, 0, 1, 2]), np.array([5, 5, 5, 6]))
    True
    >>> nested_in(np.array([0, 0, 1, 2]), np.array([5, 6, 5, 6]))
    False
    """
    pairs = np.unique(np.column_stack([inner, outer]), axis=0)
    return len(pairs) == len(np.unique(inner))


@dataclass(frozen=True)
class Absorber:
    """The within transformation for up to two sets of effects.

    Parameters
    ----------
    first : ndarray of int, shape (n,), or None
        Codes of the larger set of effects (areas); None for none.
    second : ndarray of int, shape (n,), or None
        Codes of the smaller set (years).
    root_weights : ndarray of shape (n,)
        Square roots of the weights; ones for none.
    basis : ndarray of shape (n, q)
        Orthonormal basis of the square-root-weighted dummies; ``q`` is the number of effects that can be told apart.
    """

    first: IntArray | None
    second: IntArray | None
    root_weights: FloatArray
    basis: FloatArray

    @classmethod
    def make(
        cls,
        n: int,
        first: IntArray | None = None,
        second: IntArray | None = None,
        weights: FloatArray | None = None,
    ) -> Absorber:
        """Prepare the transformation.

        Parameters
        ----------
        n : int
            Number of rows.
        first, second : ndarray of int, optional
            Codes of areas and years.
        weights : ndarray, optional
            Positive weights.

        Examples
        --------
        >>> a = Absorber.make(4, np.array([0, 0, 1, 1]))
        >>> a.residualise(np.array([[1.0], [3.0], [5.0], [9.0]])).ravel().tolist()
        [-1.0, 1.0, -2.0, 2.0]
        """
        root = np.ones(n) if weights is None else np.sqrt(np.asarray(weights, dtype=float))
        blocks: list[FloatArray] = []
        if first is not None:
            blocks.append(_orthonormal_dummies(first, root))
        if second is not None:
            dummies = _orthonormal_dummies(second, root)
            if blocks:
                dummies = dummies - blocks[0] @ (blocks[0].T @ dummies)
                left, size, _ = np.linalg.svd(dummies, full_matrices=False)
                dummies = left[:, size > RANK_TOLERANCE]
            blocks.append(dummies)
        basis = np.hstack(blocks) if blocks else np.zeros((n, 0))
        return cls(first, second, root, basis)

    @property
    def rank(self) -> int:
        """Number of effects that can be told apart."""
        return int(self.basis.shape[1])

    def residualise(self, columns: FloatArray) -> FloatArray:
        """Return square-root-weighted columns with the effects taken out.

        Parameters
        ----------
        columns : ndarray of shape (n, m)
            Any number of columns in their own units.

        Returns
        -------
        ndarray of shape (n, m)
            Each row multiplied by the square root of its weight.
        """
        scaled = np.asarray(columns, dtype=float) * self.root_weights[:, None]
        if self.rank == 0:
            return scaled
        if self.first is None:
            return np.asarray(scaled - self.basis @ (self.basis.T @ scaled))
        groups = int(self.first.max()) + 1
        n = len(self.first)
        members = sparse.csr_matrix((self.root_weights, (self.first, np.arange(n))), shape=(groups, n))
        totals = np.bincount(self.first, weights=self.root_weights**2, minlength=groups)
        means = (members @ scaled) / totals[:, None]
        scaled = scaled - means[self.first] * self.root_weights[:, None]
        rest = self.basis[:, groups:]
        return np.asarray(scaled - rest @ (rest.T @ scaled))


def _orthonormal_dummies(codes: IntArray, root_weights: FloatArray) -> FloatArray:
    groups = int(codes.max()) + 1
    dummies = np.zeros((len(codes), groups))
    dummies[np.arange(len(codes)), codes] = root_weights
    return np.asarray(dummies / np.sqrt((dummies**2).sum(axis=0)))

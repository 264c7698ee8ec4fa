"""Keeping editions of a published series apart."""

from __future__ import annotations

import pandas as pd

from healthdevo.errors import TableError
from healthdevo.wording import join

__all__ = ["single_edition"]


def single_edition(frame: pd.DataFrame, edition: str | None = None) -> pd.DataFrame:
    """Return the rows of one edition of a table that holds several.

    Official series are revised and rebased: figures of different editions of the same measure must not be joined
    into one series. This function is the guard at the door of an analysis.

    Parameters
    ----------
    frame : pandas.DataFrame
        A table, or a part of one, with a column ``edition``. A frame without that column is one edition already
        and is returned as it is.
    edition : str, optional
        The edition wanted; may be left out only when the frame holds a single one.

    Returns
    -------
    pandas.DataFrame
        The rows of the edition, numbered from 0, without the column ``edition``; the edition is kept in
        ``attrs["edition"]``.

    Raises
    ------
    TableError
        When there are several editions and none is named, or the one named is not there.

    Examples
    --------
    >>> from healthdevo.tables import load
    >>> rates = single_edition(load("under_75_mortality"), "ohid_2023")
    >>> int(rates["year"].min()), int(rates["year"].max()), rates.attrs["edition"]
    (2010, 2022, 'ohid_2023')
    """
    if "edition" not in frame:
        return frame
    there = sorted(frame["edition"].dropna().unique())
    if edition is None and len(there) != 1:
        raise TableError(
            f"the frame holds the editions {join(there)}, which must not be joined: name one of them"
        )
    wanted = there[0] if edition is None else edition
    if wanted not in there:
        raise TableError(f"there is no edition {wanted!r} in the frame; it holds {join(there)}")
    result = frame[frame["edition"] == wanted].drop(columns="edition").reset_index(drop=True)
    result.attrs["edition"] = wanted
    return result

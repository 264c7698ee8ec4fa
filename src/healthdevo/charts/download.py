"""The data behind a figure as the text of a CSV file."""

from __future__ import annotations

import pandas as pd

from healthdevo.files import harmless
from healthdevo.wording import in_file

__all__ = ["csv_of"]


def csv_of(data: pd.DataFrame) -> str:
    """Return a frame as CSV text; texts that a spreadsheet would take for a formula are made harmless.

    Examples
    --------
    >>> print(csv_of(pd.DataFrame({"area": ["=1+1", "Kent"], "rate": [-1.5, 2.0]})), end="")
    area,rate
    '=1+1,-1.5
    Kent,2
    """
    texts = [c for c in data.columns if not pd.api.types.is_numeric_dtype(data[c])]
    safe = (
        data.assign(
            **{str(c): data[c].map(lambda v: harmless(v) if isinstance(v, str) else v) for c in texts}
        )
        if texts
        else data
    )
    return safe.to_csv(index=False, lineterminator="\n", float_format=in_file)

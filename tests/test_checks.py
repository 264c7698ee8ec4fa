"""What every family asks of a frame."""

import pandas as pd
import pytest

from healthdevo.checks import need_columns, need_rows
from healthdevo.errors import InputError

FRAME = pd.DataFrame({"x": [1.0], "y": [2.0]})


def test_what_is_missing_and_what_is_there_are_named():
    with pytest.raises(InputError, match=r"^frame: no column 'z', 'a'; it has 'x', 'y'$"):
        need_columns(FRAME, ["x", "z", "a"])
    with pytest.raises(InputError, match=r"^chart growth: no column 'z'"):
        need_columns(FRAME, ["z"], "chart growth")
    need_rows(FRAME, ["y", "x"])


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        ([1, 2], "list is not valid; give a pandas DataFrame"),
        (pd.DataFrame([[1, 2]], columns=["x", "x"]), "column 'x' is there more than once"),
        (FRAME.iloc[:0], "it has no rows"),
    ],
)
def test_what_is_no_tidy_frame_is_refused(frame, message):
    with pytest.raises(InputError, match=message):
        need_rows(frame, ["x"])

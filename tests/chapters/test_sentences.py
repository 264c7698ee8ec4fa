"""What pages say of made-up results, on each side of every threshold and at it: sentences in ``*.txt`` in these folders, word by word.

A change of words or of a rule changes the sentence in the file. Results are made up by ``tests.kit.made_up``.
"""

from pathlib import Path

import pytest
from tests.kit.said import differences

HERE = Path(__file__).parent
FILES = sorted(HERE.rglob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=[p.relative_to(HERE).as_posix() for p in FILES])
def test_every_sentence_is_as_written_down(path):
    assert not differences(path)

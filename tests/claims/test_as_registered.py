"""Thresholds of all claims as they were fixed before the results: written down in ``registered.txt``, number by number."""

from pathlib import Path

from tests.kit.said import differences


def test_no_threshold_has_moved():
    assert not differences(Path(__file__).with_name("registered.txt"))

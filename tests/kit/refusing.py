"""What an error of the package says."""

from collections.abc import Callable

import pytest

from healthdevo.errors import InputError


def refused(call: Callable[[], object], *says: str) -> None:
    """Hold that a call is refused, and that the message has each of these parts."""
    with pytest.raises(InputError) as caught:
        call()
    for part in says:
        assert part in str(caught.value)

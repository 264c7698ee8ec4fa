"""Area section "Your indicator": left out of a page unless a file of a user's own is named, and cheap then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healthdevo.chapters.area.filling import WITHOUT, Instead
from healthdevo.chapters.common import UncoveredError

if TYPE_CHECKING:
    from healthdevo.chapters.own_indicator import OwnIndicator

SECTION = "indicator"


class _Absent(Instead):
    def texts(self) -> dict[str, str]:
        """Return that the section is left out without words."""
        return {SECTION + WITHOUT: self.text}


def fill_indicator(area_code: str, path: str) -> OwnIndicator | Instead:
    """Return the section for an area and a file, or an object that shows nothing where no file is named.

    Where the file has nothing for the area, the section's text says so.

    >>> fill_indicator("E08000003", "").texts()
    {'indicator_without': 'no file was named'}
    """
    if not path:
        return _Absent(SECTION, "no file was named")
    from healthdevo.chapters.own_indicator import OwnIndicator

    try:
        return OwnIndicator.load(area_code, path)
    except UncoveredError as reason:
        return Instead(SECTION, reason.text)

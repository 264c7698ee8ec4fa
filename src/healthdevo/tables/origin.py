"""Where a table comes from, carried along with every loaded frame."""

from __future__ import annotations

from dataclasses import asdict, dataclass

__all__ = ["Origin"]


@dataclass(frozen=True, slots=True)
class Origin:
    """Publisher, edition, licence and file behind a table.

    Parameters
    ----------
    table, title : str
        Name and title of the table.
    publisher, edition, release, coverage : str
        Who published the figures, which edition this is, when it came out, what it covers.
    licence : str
        Name of the licence.
    sources : tuple of str
        The publications the figures were taken from.
    caveats : tuple of str
        What a reader must know before using the figures.
    path : str
        File, relative to the data folder (or the overlay file).
    sha256 : str
        SHA-256 of the file that was read.
    rows : int
        Number of rows.
    overlay : bool
        Whether a user's own file replaced the default table.
    implausible : str
        The user's reason why figures of an own table that look wrong beside the embedded ones are right.
    editions : tuple of (str, str)
        Editions of an own table, each with the embedded one in whose place it is used.

    Examples
    --------
    >>> origin = Origin("demo", "Demonstration", "Nobody", "first", "2024", "England", "OGL v3.0")
    >>> origin.sentence
    'Source: Nobody, Demonstration (first, 2024).'
    """

    table: str
    title: str
    publisher: str
    edition: str
    release: str
    coverage: str
    licence: str
    sources: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    path: str = ""
    sha256: str = ""
    rows: int = 0
    overlay: bool = False
    implausible: str = ""
    editions: tuple[tuple[str, str], ...] = ()

    @property
    def cited(self) -> str:
        """Publisher, title and edition as a line under a figure; a user's own table says that it is one."""
        own = "replaced by the user's own table" if self.overlay else ""
        reason = f"figures confirmed by the user: {self.implausible}" if self.implausible else ""
        newer = [f"{mine} in place of {embedded}" for mine, embedded in self.editions]
        details = "; ".join(part for part in (self.edition, *newer, own, reason) if part)
        return f"{self.publisher}, {self.title} ({details})"

    @property
    def sentence(self) -> str:
        """A source line for a figure or table."""
        own = ["replaced by the user's own table"] if self.overlay else []
        details = "; ".join([", ".join(part for part in (self.edition, self.release) if part), *own])
        return f"Source: {self.publisher}, {self.title} ({details})."

    def __deepcopy__(self, memo: dict[int, object]) -> Origin:
        """Return itself: pandas copies the attributes of a frame at every step, and nothing in here can change."""
        return self

    def to_dict(self) -> dict[str, object]:
        """Return a dictionary that JSON can hold."""
        return asdict(self)

"""Named texts: what a notebook computes and its prose shows."""

from __future__ import annotations

from healthdevo.errors import InputError

__all__ = ["say"]


class _Said:
    """A text that is shown as Markdown; its plain form is quoted, as the book's glue expects of text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return repr(self.text)

    def _repr_markdown_(self) -> str:
        return self.text


def say(**texts: str) -> None:
    """Give names to texts, so that Markdown cells show them with ``{glue:text}`name```.

    Parameters
    ----------
    **texts : str
        Finished wording (use ``healthdevo.wording``); a bare number is refused, since the page must show it as meant.

    Raises
    ------
    InputError
        When a value is not text, or is empty.
    """
    from myst_nb import glue

    for name, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            raise InputError(
                f"{name}: {text!r} is not text; give the finished wording, such as '23.83 million'"
            )
        glue(name, _Said(text), display=False)

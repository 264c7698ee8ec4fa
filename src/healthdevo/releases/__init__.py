"""Official releases, as published, in the columns of the project's tables.

``read`` recognises the layout of a file by its content, cleans what its publisher is known to leave untidy, and reconciles it with the file's own
totals; ``fetch`` downloads files when asked, ``ingest`` makes a folder of own tables of such files, and ``diff`` says what such a folder changes.
"""

from healthdevo.releases.differing import Difference, diff
from healthdevo.releases.fetching import Fetched, fetch
from healthdevo.releases.ingesting import Ingested, ingest
from healthdevo.releases.reading import LAYOUTS, read, read_bytes
from healthdevo.releases.release import Check, Layout, Release

__all__ = [
    "LAYOUTS",
    "Check",
    "Difference",
    "Fetched",
    "Ingested",
    "Layout",
    "Release",
    "diff",
    "fetch",
    "ingest",
    "read",
    "read_bytes",
]

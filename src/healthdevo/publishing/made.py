"""The page that says of every page when it was made, how long that took, with how much memory and why.

Its figures are the only ones in the book that differ between two builds from the same sources, and search leaves the page out
(``nosearch``). A page that is not run again keeps its figures, so a build without changes changes nothing here.
"""

from __future__ import annotations

import datetime
import platform
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from healthdevo.publishing.area_lists import in_role
from healthdevo.publishing.plan import Job
from healthdevo.publishing.processes import MEGABYTE

MADE = "<!-- made -->"
PACKAGES = (
    "healthdevo",
    "numpy",
    "pandas",
    "scipy",
    "statsmodels",
    "matplotlib",
    "papermill",
    "jupyter-book",
    "sphinx",
)
"""The packages whose versions are told."""
_UNKNOWN = "not recorded"


def day_and_time(text: object) -> str:
    """Return the time of a record in words.

    >>> day_and_time("2026-03-04T05:06:07+00:00")
    '4 March 2026, 05:06 UTC'
    >>> day_and_time(None)
    'not recorded'
    """
    try:
        at = datetime.datetime.fromisoformat(str(text))
    except ValueError:
        return _UNKNOWN
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|") or "-"


def _row(job: Job, record: Mapping[str, Any]) -> str:
    good = record.get("good") or {}
    memory = good.get("memory")
    status = {"done": "made", "failed": "failed since"}.get(str(record.get("status")), _UNKNOWN)
    cells = [
        f"{{doc}}`{in_role(job.values.get('area_label') or job.docname)} </{job.docname}>`",
        job.values.get("area_code", "England") if "area_label" in job.values else "England",
        status,
        f"{good['seconds']:.1f}" if "seconds" in good else _UNKNOWN,
        f"{memory / MEGABYTE:.0f}" if memory else _UNKNOWN,
        day_and_time(good.get("at")),
        _cell(good.get("why") or _UNKNOWN),
    ]
    return f"| {' | '.join(cells)} |"


def _versions() -> list[str]:
    found = [f"Python {platform.python_version()}"]
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    return found


def told(jobs: Sequence[Job], records: Mapping[str, Mapping[str, Any]]) -> str:
    """Return Markdown: totals, versions, and a row for every page; ``records`` are those of the pages by their address."""
    known = [records[job.docname].get("good") or {} for job in jobs]
    seconds = [float(good["seconds"]) for good in known if "seconds" in good]
    memory = [int(good["memory"]) for good in known if good.get("memory")]
    lines = [f"- **Pages:** {len(jobs)}, of which {len(seconds)} have a recorded time."]
    if seconds:
        lines.append(
            f"- **Time in all:** {sum(seconds) / 60:.1f} minutes of pages, several at once; the slowest page took {max(seconds):.1f} seconds. "
            "National work that many pages share is done ahead and not counted."
        )
    if memory:
        lines.append(f"- **Memory:** the largest page needed {max(memory) / MEGABYTE:.0f} megabytes.")
    lines += [f"- **Software:** {', '.join(_versions())}.", ""]
    heading = ("Page", "Area", "Status", "Seconds", "Megabytes", "When", "Why it ran")
    lines += [f"| {' | '.join(heading)} |", "|---|---|---|--:|--:|---|---|"]
    return "\n".join([*lines, *(_row(job, records[job.docname]) for job in jobs)])

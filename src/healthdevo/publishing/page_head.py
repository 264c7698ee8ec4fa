"""What stands in the head of a page for search engines and previews, and at its foot for those who want to use it again."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from html import escape
from typing import Any
from urllib.parse import quote

from docutils import nodes

from healthdevo.errors import BuildError

__all__ = ["REPOSITORY", "description", "foot", "head", "opened_in", "repository_of", "without_lines"]

_LONGEST = 158
"""Characters of a description that search engines show."""
REPOSITORY = re.compile(r"https://github\.com/([\w.-]+)/([\w.-]+?)(?:\.git)?/?")
SOCIAL = "_static/social.png"
NOTEBOOKS = "notebooks"


def without_lines(text: str, word: str) -> str:
    """Return HTML without the lines that hold a word.

    >>> without_lines("<script src='fontawesome.js'></script>", "fontawesome")
    ''
    """
    return "\n".join(line for line in text.split("\n") if word not in line)


def description(doctree: Any, title: str) -> str:
    """Return the first sentences of a page, as many as search engines show; its title where it begins without any."""
    words = ""
    for paragraph in doctree.findall(nodes.paragraph) if doctree is not None else ():
        if isinstance(paragraph.parent, nodes.section):
            words = " ".join(paragraph.astext().split())
            if len(words) >= 40:
                break
    words = words or title
    if len(words) <= _LONGEST:
        return words
    whole = [m.end() for m in re.finditer(r"[.?!](?= )", words[:_LONGEST])]
    if whole and whole[-1] >= 60:
        return words[: whole[-1]]
    return words[: words.rfind(" ", 0, _LONGEST)].rstrip(",;:") + " …"


def head(title: str, words: str, address: str, base: str, site: str, *, root: str = "") -> str:
    """Return the lines of a page's head; ``base`` is the book's address, or empty where it has none yet, ``root`` the way up to its folder."""
    picture = f"{base}{SOCIAL}" if base else f"{root}{SOCIAL}"
    lines = {
        "description": words,
        "og:title": title,
        "og:description": words,
        "og:type": "article" if "/" in address or address != "index.html" else "website",
        "og:site_name": site,
        "og:image": picture,
        "og:image:alt": f"The title of the book: {site}",
        "twitter:card": "summary_large_image",
    }
    if base:
        lines["og:url"] = base + address
    return "\n".join(
        f'  <meta {"property" if name.startswith("og:") else "name"}="{name}" content="{escape(value, quote=True)}"/>'
        for name, value in lines.items()
    )


def repository_of(config: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return the address and branch of the repository that ``_config.yml`` names, None where it names none.

    >>> repository_of({"repository": {"url": "https://github.com/a/b", "branch": "main"}})
    ('https://github.com/a/b', 'main')
    """
    given = config.get("repository") or {}
    url = str(given.get("url") or "").strip()
    if not url:
        return None
    if not REPOSITORY.fullmatch(url):
        raise BuildError(
            f"_config.yml, repository: url: {url!r} is no address such as https://github.com/owner/name"
        )
    return url.rstrip("/").removesuffix(".git"), str(given.get("branch") or "main")


def opened_in(repository: tuple[str, str] | None, source: str) -> dict[str, str]:
    """Return the addresses at which a notebook of the repository opens for reading and running, by the name of the place.

    >>> list(opened_in(("https://github.com/a/b", "main"), "book/money.ipynb"))
    ['Binder', 'Colab', 'JupyterLab']
    """
    if repository is None:
        return {}
    url, branch = repository
    match = REPOSITORY.fullmatch(url)
    if match is None:
        return {}
    owner, name = match.groups()
    path = quote(source, safe="/")
    return {
        "Binder": f"https://mybinder.org/v2/gh/{owner}/{name}/{quote(branch, safe='')}?labpath={quote(source, safe='')}",
        "Colab": f"https://colab.research.google.com/github/{owner}/{name}/blob/{branch}/{path}",
        "JupyterLab": f"https://mybinder.org/v2/gh/{owner}/{name}/{quote(branch, safe='')}?urlpath=lab/tree/{quote(path, safe='')}",
    }


def foot(docname: str, source: str, repository: tuple[str, str] | None) -> str:
    """Return the foot of a page that is a notebook: its download, with this page's own parameters, and where else it opens."""
    way = posixpath.relpath(f"{NOTEBOOKS}/{docname}.ipynb", posixpath.dirname(docname) or ".")
    links = [f'<a class="hd-notebook" href="{escape(way)}" download>Download this page as a notebook</a>']
    elsewhere = [
        f'<a href="{escape(address)}" rel="external">{name}</a>'
        for name, address in opened_in(repository, source).items()
    ]
    if elsewhere:
        links.append(f"Open it in {', '.join(elsewhere[:-1])} or {elsewhere[-1]}")
    return f'<p class="hd-foot">{". ".join(links)}.</p>\n'

"""Sidebars leave out lists of very many pages."""

from types import SimpleNamespace

from docutils import nodes

from healthdevo.publishing import sphinx_extension

MANY = sphinx_extension._MANY + 1
PAGES = [f"places/p{i}" for i in range(MANY)]


def sidebar(current):
    """Return a sidebar as Sphinx makes it: relative to a page in ``places/`` or above, the page itself being ``#``."""
    up = "" if current.startswith("places/") else "places/"

    def link(page, title):
        address = "#" if page == current else f"{up}{page.removeprefix('places/')}.html"
        return f'<a class="reference internal" href="{address}">{title}</a>'

    inner = "".join(f'<li class="toctree-l2">{link(p, p)}</li>' for p in PAGES)
    return f'<ul><li class="toctree-l1">{link("places/index", "Places")}<ul>{inner}</ul></li></ul>'


def shown(page, pages=PAGES):
    environment = SimpleNamespace(
        toctree_includes={"places/index": pages}, titles={p: nodes.title("", f"Place & {p}") for p in PAGES}
    )
    asked = []

    def local(docname, **options):
        asked.append(docname)
        return sidebar(docname)

    builder = SimpleNamespace(_get_local_toctree=local, get_relative_uri=lambda here, there: "index.html")
    context = {"toctree": lambda **options: local(page, **options)}
    sphinx_extension._SIDEBARS.clear()
    app = SimpleNamespace(env=environment, builder=builder)
    sphinx_extension._short_sidebar(app, page, "page.html", context, None)
    return context["toctree"](collapse=False), asked


def test_one_of_many_shows_their_list_and_itself():
    html, asked = shown("places/p7")
    assert asked == ["places/index"]  # made once for all of them
    assert 'href="index.html">Places</a>' in html
    assert '<a class="current reference internal" href="#">Place &amp; places/p7</a>' in html
    assert html.count("<li") == 2


def test_another_page_shows_the_list_only():
    html, _ = shown("other")
    assert 'href="places/index.html">Places</a>' in html
    assert html.count("<li") == 1


def test_few_are_shown_as_ever():
    html, _ = shown("places/p7", pages=PAGES[1:])
    assert html == sidebar("places/p7")

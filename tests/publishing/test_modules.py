"""What code can reach is found by reading: never less than it imports when it runs."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from healthdevo import tables
from healthdevo.publishing.inputs import Inputs
from healthdevo.publishing.modules import Modules, used_names
from healthdevo.publishing.plan import area_job
from healthdevo.publishing.project import Project

BOOK = Path(__file__).parents[2] / "book"
FILES = {
    "__init__.py": "import lazy_loader\n__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)",
    "__init__.pyi": "from . import family as family\nfrom .plain import thing as thing",
    "plain.py": "thing = 1",
    "family/__init__.py": "import lazy_loader\n__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)",
    "family/__init__.pyi": "from .one import first as first\nfrom .two import second as second",
    "family/one.py": "def first():\n    from healthdevo.deep import below\n    return below",
    "family/two.py": "second = 2",
    "deep.py": "below = 3",
    "apart.py": "import healthdevo.plain",
}


@pytest.fixture
def small(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / "healthdevo" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path / "healthdevo"


@pytest.mark.parametrize(
    ("code", "reached"),
    [
        (["x = 1"], []),
        (["from healthdevo.family import first"], ["deep", "family", "family.one"]),
        (["from healthdevo.family import second as s"], ["family", "family.two"]),
        (["import healthdevo as hd", "hd.family.second"], ["family", "family.two"]),
        (["from healthdevo import family\nfamily.second"], ["family", "family.two"]),
        (["from healthdevo import family\nvars(family)"], ["deep", "family", "family.one", "family.two"]),
        (["import healthdevo as hd\nhd.thing"], ["plain"]),
        (["import healthdevo.apart"], ["apart", "plain"]),
        (["%matplotlib inline\nimport healthdevo.plain"], ["plain"]),
        (["import healthdevo as hd\nf(hd)"], ["deep", "family", "family.one", "family.two", "plain"]),
        (["this is no Python"], ["deep", "family", "family.one", "family.two", "plain"]),
    ],
)
def test_names_lead_to_modules(small, code, reached):
    found = Modules(folder=small).reached(code)
    assert sorted(name.removeprefix("healthdevo.") for name in found if name != "healthdevo") == reached


def test_a_changed_module_has_another_hash_and_only_that(small, tmp_path):
    cache = tmp_path / "imports.json"
    before = Modules(cache, small).reached([code := "import healthdevo as hd\nhd.family.first"])
    assert cache.is_file()
    (small / "deep.py").write_text("from healthdevo.apart import x", encoding="utf-8")
    after = Modules(cache, small).reached([code])
    assert {name for name in before if before[name] != after[name]} == {"healthdevo.deep"}
    assert set(after) - set(before) == {"healthdevo.apart", "healthdevo.plain"}
    cache.write_text("{", encoding="utf-8")
    assert Modules(cache, small).reached([code]) == after


def test_other_packages_count_for_nothing():
    assert used_names("import pandas as pd\nfrom numpy import array\npd.x") == []


@pytest.mark.parametrize("name", ["own_work", "areas/area", "demand"])
def test_all_that_a_notebook_really_imports_is_reached(name):
    cells = json.loads((BOOK / f"{name}.ipynb").read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    run = code if name == "own_work" else [c for c in code if c.startswith("from ")]
    run = [line for c in run for line in c.splitlines() if name == "own_work" or line.startswith("from ")]
    tail = "import sys; print('\\n'.join(m for m in sys.modules if m.startswith('healthdevo')))"
    done = subprocess.run(
        [sys.executable, "-c", "\n".join([*run, tail])], capture_output=True, text=True, check=True
    )
    really = {line for line in done.stdout.splitlines() if line.startswith("healthdevo")}
    assert len(really) > 50
    assert really <= set(Modules().reached(code))


def test_tables_that_the_modules_of_a_page_name():
    project = Project.load(BOOK.parent)
    assert project.areas is not None
    inputs = Inputs(project)
    job = area_job(
        project, project.source(project.areas.template), "E40000003", folder="areas", inputs=inputs
    )
    found = set(inputs.named(job.parts, tables.names()))
    assert {"emergency_month", "council_outturn", "deprivation_area"} <= found < set(tables.names())
    assert inputs.named(["its code", "healthdevo.no_such_module"], tables.names()) == ()

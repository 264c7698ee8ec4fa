"""Who may import whom, as CONTRIBUTING.md says."""

import ast
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "healthdevo"
CLAIMS_PAGES = [
    SOURCE / "chapters" / name for name in ("claims", "balance", "opening", "area/meaning")
]  # present the ledger, which reads all other chapters
GROUND = {"errors", "checks", "files", "front_door", "typing", "wording", "results", "mathematics"}
DATA = {"tables", "areas"}
FAMILIES = {"inequality", "series", "emergency", "regression", "evaluation", "finance", "governance"}
USING_SERIES = {"emergency", "governance"}
DRAWING = {"charts"}

ALLOWED: dict[str, set[str]] = {
    "errors": set(),
    "typing": set(),
    "files": set(),
    "checks": {"errors"},
    "front_door": {"errors"},
    "wording": set(),
    "results": {"errors", "checks", "typing", "wording"},
    "mathematics": {"errors", "checks", "front_door", "typing", "wording", "results"},
    "tables": GROUND,
    "areas": GROUND | {"tables"},
    "releases": GROUND | DATA,
    **dict.fromkeys(FAMILIES - USING_SERIES, GROUND),
    **dict.fromkeys(USING_SERIES, GROUND | {"series"}),
    "charts": GROUND,
    "claims": GROUND | DATA | FAMILIES | {"chapters"},
    "chapters": GROUND | DATA | FAMILIES | DRAWING,
    "publishing": GROUND | DATA | DRAWING | {"chapters"},
    "cli": GROUND | DATA | {"publishing", "releases", "chapters", "claims"},
    "__main__": {"cli"},
    "__init__": set(),
}


def unit(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def imported_units(path: Path) -> dict[str, int]:
    """Units of healthdevo that a file imports, with the line of the import."""
    found: dict[str, int] = {}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: imports are absolute here"
            if node.module == "healthdevo":
                names = [f"healthdevo.{alias.name}" for alias in node.names]
            else:
                names = [node.module or ""]
        for name in names:
            parts = name.split(".")
            if parts[0] == "healthdevo" and len(parts) > 1 and parts[1] != "__version__":
                found.setdefault(parts[1], node.lineno)
    return found


FILES = sorted(SOURCE.rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_imports_point_downwards(path):
    own = unit(path)
    assert own in ALLOWED, f"{own} has no place in the architecture: give it one here and in CONTRIBUTING.md"
    allowed = ALLOWED[own] | {own} | ({"claims"} if any(map(path.is_relative_to, CLAIMS_PAGES)) else set())
    wrong = {name: line for name, line in imported_units(path).items() if name not in allowed}
    assert not wrong, f"{path}: {own} must not import {wrong} (unit: line)"


def test_the_check_sees_a_wrong_arrow(tmp_path):
    path = tmp_path / "x.py"
    path.write_text(
        "from healthdevo.charts import line_chart\nimport healthdevo.tables as t\nfrom healthdevo import areas\n"
    )
    assert imported_units(path) == {"charts": 1, "tables": 2, "areas": 3}


@pytest.mark.parametrize(
    "path", [p for p in FILES if unit(p) in FAMILIES | {"mathematics"}], ids=lambda p: p.name
)
def test_analysis_neither_reads_files_nor_prints(path):
    calls = {
        node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    }
    assert not calls & {"open", "read_csv", "read_text", "print", "to_csv", "savefig"}, path

"""What importing the package brings with it: measures, tables and charts need no Jupyter, and the front door nothing heavy."""

import subprocess
import sys

JUPYTER = {"IPython", "ipykernel", "jupyter_book", "myst_nb", "nbclient", "nbformat", "papermill", "sphinx"}
ROOMS = [
    "areas",
    "charts",
    "emergency",
    "evaluation",
    "finance",
    "governance",
    "inequality",
    "mathematics",
    "regression",
    "results",
    "series",
    "tables",
]


def imported_by(statements: str) -> set[str]:
    """Return the packages that a fresh interpreter has imported after some statements."""
    code = f"{statements}\nimport sys\nprint(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_front_door_takes_nothing_heavy():
    found = imported_by("import healthdevo")
    assert "healthdevo" in found
    assert not found & {"numpy", "pandas", "scipy", "matplotlib", "statsmodels", *JUPYTER}


def test_no_room_of_measures_needs_jupyter():
    """All rooms one after another in one process: the first that brings Jupyter is named, and none that comes with another is missed."""
    code = (
        f"import importlib, sys\nfor name in {ROOMS}:\n"
        "    room = importlib.import_module(f'healthdevo.{name}')\n"
        "    for public in getattr(room, '__all__', dir(room)): getattr(room, public)\n"
        f"    brought = sorted({JUPYTER} & {{module.partition('.')[0] for module in sys.modules}})\n"
        "    assert not brought, (name, brought)"
    )
    assert {"numpy", "statsmodels", "matplotlib"} <= imported_by(code)


def test_the_commands_for_areas_and_tables_need_no_jupyter():
    found = imported_by(
        "from healthdevo.cli import main\nimport contextlib, io\n"
        "with contextlib.redirect_stdout(io.StringIO()): main(['areas', 'find', 'manchester'])"
    )
    assert not found & JUPYTER

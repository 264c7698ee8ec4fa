"""Numbers that a family chooses: what an option is where it is not given, and named thresholds: ``python -m tests.kit.choices``.

Found by the exports and by the names of modules, so that a new one is recorded without being named. A user who gives no option relies on
these, and so does every caution with a threshold: none changes unseen. Whether a choice is right is for other tests.
"""

import importlib
import inspect
import json
import pkgutil
from pathlib import Path
from typing import Any

from tests.kit.exports import FAMILIES, functions

FILE = Path(__file__).parents[1] / "record" / "choices.json"


def _plain(value: Any) -> Any:
    """A number, word or sequence of them as JSON holds it; None for everything else."""
    if isinstance(value, tuple | list):
        parts = [_plain(v) for v in value]
        return parts if parts and None not in parts else None
    return value if isinstance(value, bool | int | float | str) else None


def choices(family: str) -> dict[str, Any]:
    """Default of every option of the family's functions, and every number that its modules give a public name in capitals."""
    home = importlib.import_module(f"healthdevo.{family}")
    found: dict[str, Any] = {}
    for name in functions(family):
        for p in inspect.signature(getattr(home, name)).parameters.values():
            if p.default is not p.empty and _plain(p.default) is not None:
                found[f"{name}({p.name})"] = _plain(p.default)
    for info in pkgutil.iter_modules(home.__path__):
        module = importlib.import_module(f"healthdevo.{family}.{info.name}")
        for name, value in vars(module).items():
            if name.isupper() and not name.startswith("_") and isinstance(value, int | float):
                found[f"{info.name}.{name}"] = value
    return found


def changed_choices(family: str) -> str:
    """Which choice is another than the record says; empty where none is."""
    recorded = json.loads(FILE.read_text(encoding="utf-8"))[family]
    now = choices(family)
    return "; ".join(
        f"{key}: {recorded.get(key)!r} became {now.get(key)!r}"
        for key in sorted(recorded.keys() | now.keys())
        if json.dumps(recorded.get(key)) != json.dumps(now.get(key))  # nan is nan
    )


if __name__ == "__main__":
    text = json.dumps({family: choices(family) for family in FAMILIES}, indent=1, sort_keys=True)
    FILE.write_text(text + "\n", encoding="utf-8")

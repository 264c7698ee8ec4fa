"""Change one operator or number of a family's code at a time, and see whether a test notices.

    python -m tests.mutants emergency --sample 40 --seed 7

Works on a clone of what is committed. The family's tests run once to learn which of them reach which line; a change then meets
only these, the quickest files first. A change that no test notices stands in the report as MISSED: write a test that asserts the number it
changes, or, where it cannot change any result (a tolerance, a cap on work), list it with its reason in ``tests/harmless_changes.toml``.

Generic testers of this kind do not look into functions that have a decorator, as every public function here has, or cannot be installed from
wheels alone. Hence this one.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import random
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
HARMLESS = "tests/harmless_changes.toml"
SECONDS = 900
_OTHER = {
    ast.Lt: ("<=", ">="), ast.LtE: ("<", ">"), ast.Gt: (">=", "<="), ast.GtE: (">", "<"), ast.Eq: ("!=",), ast.NotEq: ("==",),
    ast.Add: ("-",), ast.Sub: ("+",), ast.Mult: ("/",), ast.Div: ("*",), ast.And: ("or",), ast.Or: ("and",),
}  # fmt: skip

PLUGIN = """
import coverage, pytest
@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item, nextitem):
    now = coverage.Coverage.current()
    now.switch_context(item.nodeid)
    yield
    now.switch_context("")
"""
REACHED = """
import collections, coverage, json, sys
data = coverage.CoverageData(); data.read()
found = collections.defaultdict(dict)
for path in data.measured_files():
    for line, tests in data.contexts_by_lineno(path).items():
        found[path][line] = sorted(tests)
json.dump(found, open(sys.argv[1], "w"))
"""
LOADED = """
import json, sys
def pytest_sessionfinish(session):
    names = [n for n, m in list(sys.modules.items()) if "site-packages" in (getattr(m, "__file__", None) or "")]
    with open("loaded.json", "w") as file:
        json.dump(names, file)
"""
SERVER = """
import importlib, json, os, signal, sys, warnings
import pytest
own = ("pytest", "_pytest", "coverage", "conftest", "healthdevo", "xdist")
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    with open("loaded.json") as file:
        names = json.load(file)
    for name in names:
        if name.partition(".")[0] not in own and "pytest" not in name:
            try:
                importlib.import_module(name)
            except Exception:
                pass
print("ready", flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    child = os.fork()
    if not child:
        nowhere = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nowhere, stream)
        signal.alarm(asked["seconds"])
        code = 3
        try:
            code = int(pytest.main(asked["arguments"]))
        finally:
            os._exit(code)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


@dataclass(frozen=True)
class Change:
    """One change of a source: where, from what, to what."""

    path: str
    line: int
    start: int
    end: int
    was: str
    new: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}  {' '.join(self.was.split())}  ->  {' '.join(self.new.split())}"

    def applied(self, source: bytes) -> bytes:
        """The source with the change made."""
        return source[: self.start] + self.new.encode() + source[self.end :]


def _replacements(node: ast.AST, text: str) -> Iterator[str]:
    """What may stand in the place of a node."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        left, right = ast.unparse(node.left), ast.unparse(node.comparators[0])
        yield from (f"(({left}) {sign} ({right}))" for sign in _OTHER.get(type(node.ops[0]), ()))
    elif isinstance(node, ast.BinOp) and type(node.op) in _OTHER:
        yield from (
            f"(({ast.unparse(node.left)}) {s} ({ast.unparse(node.right)}))" for s in _OTHER[type(node.op)]
        )
    elif isinstance(node, ast.BoolOp):
        (sign,) = _OTHER[type(node.op)]
        yield "(" + f" {sign} ".join(f"({ast.unparse(value)})" for value in node.values) + ")"
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        yield f"({ast.unparse(node.operand)})"
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float) and text.strip():
        yield repr(node.value + 1)


def _hints(tree: ast.AST) -> set[int]:
    """Nodes of type hints and of docstrings, which no test can notice."""
    left_out: set[int] = set()
    for node in ast.walk(tree):
        hints = [getattr(node, name, None) for name in ("annotation", "returns")]
        for hint in hints:
            if isinstance(hint, ast.AST):
                left_out |= {id(inner) for inner in ast.walk(hint)}
    return left_out


def changes(root: Path, path: Path) -> list[Change]:
    """Every change of one source file."""
    source = path.read_bytes()
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    tree = ast.parse(source)
    hints = _hints(tree)
    found = []
    for node in ast.walk(tree):
        if id(node) in hints or not isinstance(node, ast.expr):
            continue
        start = starts[node.lineno - 1] + node.col_offset
        end = starts[(node.end_lineno or node.lineno) - 1] + (node.end_col_offset or 0)
        was = source[start:end].decode()
        name = path.relative_to(root).as_posix()
        found += [Change(name, node.lineno, start, end, was, new) for new in _replacements(node, was)]
    return found


def harmless(root: Path) -> dict[tuple[str, str, str], str]:
    """Changes that cannot matter, with their reasons: by file, text before and text after."""
    listed = tomllib.loads((root / HARMLESS).read_text(encoding="utf-8")).get("change", [])
    return {(c["file"], " ".join(c["was"].split()), " ".join(c["new"].split())): c["reason"] for c in listed}


class Trial:
    """A clone of the project in which changes are tried, with what each line's tests are."""

    def __init__(self, folder: Path, python: str, tests: list[str]) -> None:
        self.folder, self.python, self.tests = folder, python, tests
        subprocess.run(["git", "clone", "--quiet", "--shared", str(ROOT), str(folder)], check=True)
        self.environment = dict(
            os.environ, PYTHONPATH=f"{folder / 'src'}{os.pathsep}{folder}", OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1",
        )  # fmt: skip
        self.reached: dict[str, dict[str, list[str]]] = {}
        self.seconds: dict[str, float] = {}
        self.server: subprocess.Popen[str] | None = None

    def _run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.python, *command], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=SECONDS, check=False
        )  # fmt: skip

    def learn(self, source: str) -> None:
        """Run all tests without a change; note which reach which line of ``source``, and how long each file takes."""
        (self.folder / "learn_plugin.py").write_text(PLUGIN + LOADED, encoding="utf-8")
        (self.folder / "learn_reached.py").write_text(REACHED, encoding="utf-8")
        done = self._run("-m", "coverage", "run", f"--include={source}/*", "-m", "pytest", "-q", "-x", "-p", "learn_plugin",
                         "-p", "no:cacheprovider", "--durations=0", "--durations-min=0.001", *self.tests)  # fmt: skip
        if done.returncode:
            raise SystemExit(
                f"the tests fail without any change:\n{done.stdout[-3000:]}{done.stderr[-1000:]}"
            )
        for line in done.stdout.splitlines():
            words = line.split()
            if len(words) == 3 and words[0].endswith("s") and "::" in words[2]:
                file = words[2].partition("::")[0]
                self.seconds[file] = self.seconds.get(file, 0.0) + float(words[0][:-1])
        read = self._run("learn_reached.py", "reached.json")
        if read.returncode:
            raise SystemExit(f"what the tests reach can't be read: {read.stderr[-1000:]}")
        told = json.loads((self.folder / "reached.json").read_text(encoding="utf-8"))
        self.reached = {
            Path(p).relative_to(self.folder.resolve()).as_posix(): lines for p, lines in told.items()
        }
        if self._asked(self.tests):
            raise SystemExit(
                "the tests pass by themselves, and fail in a fork of a process that has the libraries"
            )

    def taught_by(self, other: Trial) -> None:
        """Take over what another trial learned."""
        self.reached, self.seconds = other.reached, other.seconds
        (self.folder / "loaded.json").write_bytes((other.folder / "loaded.json").read_bytes())

    def _asked(self, tests: list[str]) -> int:
        """What pytest returns for these tests: a fork of a process that has the libraries in memory, and nothing of this project."""
        if self.server is None or self.server.stdin is None or self.server.stdout is None:
            (self.folder / "serve.py").write_text(SERVER, encoding="utf-8")
            self.server = subprocess.Popen(
                [self.python, "-B", "serve.py"], cwd=self.folder, env=self.environment, text=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
            self.server.stdout.readline()
        arguments = [
            "-x",
            "-q",
            "--no-header",
            "-p",
            "no:cacheprovider",
            "-W",
            "ignore::pytest.PytestAssertRewriteWarning",
            *tests,
        ]
        self.server.stdin.write(json.dumps({"arguments": arguments, "seconds": SECONDS}) + "\n")
        self.server.stdin.flush()
        answer = self.server.stdout.readline()
        if not answer:
            raise SystemExit("the process that runs the tests has ended")
        return int(answer)

    def close(self) -> None:
        """End the process that runs the tests."""
        if self.server is not None and self.server.stdin is not None:
            self.server.stdin.close()
            self.server.wait()

    def plan(self, change: Change) -> list[list[str]]:
        """The tests that meet a change, in rounds: those that reach its line, then their whole files, or all when it is read on import."""
        tests = self.reached.get(change.path, {}).get(str(change.line), [])
        direct = [t for t in tests if t]
        if not direct:
            return [self.tests] if tests else []
        by_file: dict[str, list[str]] = defaultdict(list)
        for test in direct:
            by_file[test.partition("::")[0]].append(test)
        files = sorted(by_file, key=lambda f: self.seconds.get(f, 0.0))
        first = [t for f in files for t in by_file[f]][:60]
        return [first, files, *([self.tests] if "" in tests else [])]

    def notices(self, change: Change) -> bool:
        """Whether a test fails, or never ends, when the change is made."""
        path = self.folder / change.path
        source = path.read_bytes()
        path.write_bytes(change.applied(source))
        try:
            return any(self._asked(tests) not in (0, 5) for tests in self.plan(change))
        finally:
            path.write_bytes(source)


def main() -> int:
    """Try a sample of changes and report."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("family", help="folder of src/healthdevo, such as emergency or chapters/money")
    parser.add_argument("--sample", type=int, default=40, help="how many changes (default: 40)")
    parser.add_argument("--seed", type=int, default=None, help="which (default: another every time)")
    parser.add_argument("--only", default="", help="only files whose name contains this, such as words")
    parser.add_argument("--tests", nargs="*", help="tests to run (default: tests/FAMILY)")
    parser.add_argument("--jobs", type=int, default=1, help="changes tried at once, each in its own clone")
    given = parser.parse_args()
    seed = int(time.time()) if given.seed is None else given.seed
    source = f"src/healthdevo/{given.family}"
    tests = given.tests or [f"tests/{given.family}"]
    with tempfile.TemporaryDirectory() as scratch:
        trials = [
            Trial(Path(scratch).resolve() / f"clone{i}", sys.executable, tests) for i in range(given.jobs)
        ]
        trials[0].learn(source)
        for other in trials[1:]:
            other.taught_by(trials[0])
        root = trials[0].folder
        paths = [
            p
            for p in sorted((root / source).rglob("*.py"))
            if p.name != "__init__.py" and given.only in p.name
        ]
        every = [change for path in paths for change in changes(root, path)]
        sample = random.Random(seed).sample(every, min(given.sample, len(every)))
        known = harmless(root)

        def try_all(k: int) -> list[tuple[Change, str]]:
            told = []
            for change in sample[k :: given.jobs]:
                reason = known.get((change.path, " ".join(change.was.split()), " ".join(change.new.split())))
                said = (
                    "noticed" if trials[k].notices(change) else f"harmless ({reason})" if reason else "MISSED"
                )
                sys.stdout.write(f"{said:9} {change}\n")
                sys.stdout.flush()
                told.append((change, said))
            return told

        try:
            with ThreadPoolExecutor(given.jobs) as pool:
                results = [pair for part in pool.map(try_all, range(given.jobs)) for pair in part]
        finally:
            for trial in trials:
                trial.close()
    missed = sum(said == "MISSED" for _, said in results)
    sys.stdout.write(
        f"{len(results) - missed} of {len(results)} changes noticed or harmless (seed {seed}, of {len(every)} in all)\n"
    )
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())

"""Run every benchmark: ``python -m benchmarks [name ...]``; prints one table of medians and ratios."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from pathlib import Path

from benchmarks.harness import Timing, run


def main() -> int:
    names = sorted(
        m.name for m in pkgutil.iter_modules([str(Path(__file__).parent)]) if m.name.startswith("bench_")
    )
    wanted = [f"bench_{a}" for a in sys.argv[1:]] or names
    unknown = sorted(set(wanted) - set(names))
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(names)}", file=sys.stderr)
        return 2
    print(f"{'case':<62} {'ours':>10} {'peer':>10} {'peer/ours':>10}  against", flush=True)
    for name in wanted:
        for case in importlib.import_module(f"benchmarks.{name}").cases():
            t = case if isinstance(case, Timing) else run(case)
            peer = f"{1000 * t.peer:8.1f}ms" if t.peer is not None else "-"
            ratio = f"{t.ratio:9.1f}x" if t.ratio is not None else "-"
            print(
                f"{t.name:<62} {1000 * t.ours:8.2f}ms {peer:>10} {ratio:>10}  {t.peer_name} {t.note}",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())

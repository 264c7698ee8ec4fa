"""List the odd inputs that end in anything but a result or a plain refusal: ``python -m tests.kit [FAMILY[.FUNCTION] ...]``."""

import collections
import signal
import sys
import traceback
import warnings

import pandas as pd
from tests.kit.exports import FAMILIES, example_call, functions
from tests.kit.naming import named
from tests.kit.odd import odd

from healthdevo.errors import HealthdevoError

LIMIT = 20


class TooSlow(BaseException):
    """A call took too long."""


def _stop(*_):
    raise TooSlow


def main(wanted):
    """Try every odd value in every argument."""
    signal.signal(signal.SIGALRM, _stop)
    total = collections.Counter()
    for family in FAMILIES:
        for name in functions(family):
            full = f"{family}.{name}"
            if wanted and not any(full == w or family == w for w in wanted):
                continue
            call = example_call(family, name)
            for parameter in call.signature.values():
                if parameter.kind is parameter.VAR_KEYWORD or parameter.kind is parameter.VAR_POSITIONAL:
                    continue
                tidy = call.arguments.get(parameter.name, parameter.default)
                for place in range(5) if isinstance(tidy, pd.DataFrame) else (0, 2):
                    for what, value in odd(tidy, place):
                        if place and what in ("text", "None") and not hasattr(tidy, "__len__"):
                            continue
                        total["tried"] += 1
                        signal.alarm(LIMIT)
                        try:
                            with warnings.catch_warnings():
                                warnings.simplefilter("error")
                                call(**{parameter.name: value})
                        except HealthdevoError as error:
                            if "np." in str(error) or not str(error).strip():
                                print(f"MESSAGE {full}({parameter.name}: {what}): {error}")
                                total["message"] += 1
                            elif not named(str(error), call.signature, [*call.arguments.values(), value]):
                                print(f"UNNAMED {full}({parameter.name}: {what}): {error}")
                                total["nothing named"] += 1
                        except TooSlow:
                            print(f"SLOW {full}({parameter.name}: {what})")
                            total["slow"] += 1
                        except Exception as error:
                            at = traceback.extract_tb(error.__traceback__)
                            own = [f for f in at if "/healthdevo/" in f.filename] or at
                            where = own[-1]
                            total["raw"] += 1
                            print(
                                f"RAW {full}({parameter.name}: {what}): {type(error).__name__}: "
                                f"{str(error)[:90]!r} at {where.filename.rpartition('/healthdevo/')[2]}:{where.lineno}"
                            )
                        finally:
                            signal.alarm(0)
    print(dict(total))


main([a for a in sys.argv[1:] if not a.startswith("-")])

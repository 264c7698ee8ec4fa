"""Settings for all tests."""

import os

from hypothesis import settings

# No timers in tests: a busy machine is not a failure. In continuous checks the same cases are drawn each time.
settings.register_profile("healthdevo", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("healthdevo")

"""One chapter for all tests, and coefficients made up for them."""

from collections.abc import Callable

import pytest

from healthdevo.chapters.spending import Spending
from healthdevo.regression import Coefficient
from healthdevo.results import Interval


@pytest.fixture(scope="session")
def spending() -> Spending:
    return Spending.load(draws=20)


@pytest.fixture(scope="session")
def texts(spending) -> dict[str, str]:
    return spending.texts()


@pytest.fixture(scope="session")
def coefficient() -> Callable[[float, float, float], Coefficient]:
    def make(estimate: float, lower: float, upper: float) -> Coefficient:
        interval, error = Interval(0.95, lower, upper), (upper - lower) / 3.92
        return Coefficient("c", estimate, error, (interval,), 100, "m", df=100.0, p_value=0.5)

    return make

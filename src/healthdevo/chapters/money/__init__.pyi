from .books import Books as Books
from .chapter import Money as Money
from .scenario import Scenario as Scenario
from .volatility import Volatility as Volatility

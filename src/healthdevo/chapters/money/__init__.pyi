from .books import Books as Books
from .chapter import Money as Money
from .explorer import Explorer as Explorer
from .mental_health import MentalHealth as MentalHealth
from .scenario import Scenario as Scenario
from .volatility import Volatility as Volatility

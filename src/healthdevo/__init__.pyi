from . import areas as areas
from . import charts as charts
from . import emergency as emergency
from . import evaluation as evaluation
from . import finance as finance
from . import governance as governance
from . import inequality as inequality
from . import mathematics as mathematics
from . import regression as regression
from . import series as series
from . import tables as tables
from .errors import AreaError as AreaError
from .errors import BuildError as BuildError
from .errors import HealthdevoError as HealthdevoError
from .errors import InputError as InputError
from .errors import TableError as TableError
from .results import Estimate as Estimate
from .results import Estimates as Estimates
from .results import Interval as Interval

__version__: str

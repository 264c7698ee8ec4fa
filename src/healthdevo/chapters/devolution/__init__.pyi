from .chapter import Devolution as Devolution
from .elsewhere import Elsewhere as Elsewhere
from .mortality import Mortality as Mortality

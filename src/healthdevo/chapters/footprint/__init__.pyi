from .chapter import Footprint as Footprint
from .own_region import OwnRegion as OwnRegion

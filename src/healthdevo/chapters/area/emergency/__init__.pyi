from .attendances import AreaEmergency as AreaEmergency
from .trend import AreaTrend as AreaTrend

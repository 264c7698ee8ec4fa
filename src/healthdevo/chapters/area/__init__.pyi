from .devolution.section import AreaDevolution as AreaDevolution
from .emergency.attendances import AreaEmergency as AreaEmergency
from .emergency.trend import AreaTrend as AreaTrend
from .inequality.section import AreaInequality as AreaInequality
from .spending.section import AreaSpending as AreaSpending

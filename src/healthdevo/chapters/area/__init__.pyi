from .devolution import AreaDevolution as AreaDevolution
from .emergency import AreaEmergency as AreaEmergency
from .emergency import AreaTrend as AreaTrend
from .inequality import AreaInequality as AreaInequality
from .spending import AreaSpending as AreaSpending

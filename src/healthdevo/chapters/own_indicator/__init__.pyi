from .reading import Indicator as Indicator
from .reading import read_indicator as read_indicator
from .section import OwnIndicator as OwnIndicator
from .section import example as example

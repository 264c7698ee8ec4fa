from .accounts import DemandAccounts as DemandAccounts
from .attendances import Demand as Demand
from .four_hour import FourHours as FourHours
from .illness import Illness as Illness
from .outlook import Outlook as Outlook
from .pandemic import PandemicBreak as PandemicBreak

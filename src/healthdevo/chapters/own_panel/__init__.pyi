from .battery import Battery as Battery
from .page import PolicyPage as PolicyPage
from .reading import OwnPanel as OwnPanel
from .reading import read_panel as read_panel

"""Who decides, for whom: league tables, gates and where variation lies; the size of areas, what their borders hold and cut, and types of place."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

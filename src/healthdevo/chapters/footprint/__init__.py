"""Chapter "Footprint": whether the borders of boards and authorities follow the way people live and work, and what size buys."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""What at least two families use: intervals, funnels, ranks and their uncertainty, changes, cluster inference."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Money: what a pound of spending buys, from an elasticity to the cost of a year of life in good health."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

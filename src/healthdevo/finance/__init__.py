"""Money: where it goes, how it lies against need, what local taxes and equalisation would do, and what a pound buys."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

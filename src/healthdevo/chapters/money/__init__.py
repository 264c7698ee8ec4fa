"""Chapter "Money": where it goes, how it lies against need, what local taxes would do, and what nobody outside can see."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

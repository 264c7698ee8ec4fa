"""Chapter "Autonomy": league tables, earned freedom, and the level at which places differ."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

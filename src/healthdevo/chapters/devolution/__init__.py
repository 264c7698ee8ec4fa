"""Chapter "Devolution": what was devolved, what changed, and how sure anyone can be."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

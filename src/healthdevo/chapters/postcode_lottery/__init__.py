"""Chapter "Postcode lottery": how much of the differences lies at which level."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Chapter "Balance": what the evidence supports doing, what only the centre should do, and what to measure next."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

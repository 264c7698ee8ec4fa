"""What five essays claim of devolution, each claim with a test, a rule fixed before its result, and a verdict that is computed anew."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Everybody's policy: the whole battery of designs for a panel of a user's own, as one page."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

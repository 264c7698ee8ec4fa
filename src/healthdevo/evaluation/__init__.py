"""Designs that estimate what a change of policy changed, with inference fit for few treated areas.

A ``Panel`` holds areas by periods with who was treated when; every design takes one and returns an ``Effect``.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

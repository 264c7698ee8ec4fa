"""Admissions that care outside hospital should prevent: the second main outcome of the chapter "Devolution"."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

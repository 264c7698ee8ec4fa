"""Health inequality: gradients, gaps, concentration, dispersion and its decomposition, standardised rates, life tables."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

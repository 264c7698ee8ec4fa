"""Time series that know nothing of A&E: trend, control charts, interrupted series, decomposition, forecasts, reconciliation."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""Regressions of an outcome on spending: panels, instruments, and how sure anyone can be.

``panels`` and ``instruments`` estimate; ``weak_instruments``, ``anderson_rubin`` and ``tf_intervals`` say what instruments can bear;
``diagnostics``, ``specification_curve``, ``leverage``, ``placebo``, ``selection_bounds``, ``multiplicity`` and ``detectable`` ask how much of a
result would survive; ``relative_importance`` and ``cross_lagged`` look at
wider determinants.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

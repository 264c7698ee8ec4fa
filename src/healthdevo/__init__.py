"""Tested measures for the devolution of health and care in England, and the book they feed.

Every family loads when it is first used: ``import healthdevo as hd``, then ``hd.inequality.gini_coefficient(...)``.

>>> import healthdevo as hd
>>> round(hd.inequality.gini_coefficient([1.0, 2.0, 3.0]).estimate, 4)
0.2222
"""

import lazy_loader

__version__ = "0.1.0"
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

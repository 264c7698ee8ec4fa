from .section import AreaInequality as AreaInequality

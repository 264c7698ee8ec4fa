from .section import AreaSpending as AreaSpending

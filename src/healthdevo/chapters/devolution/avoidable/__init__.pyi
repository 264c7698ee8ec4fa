from .chapter import TenYears as TenYears

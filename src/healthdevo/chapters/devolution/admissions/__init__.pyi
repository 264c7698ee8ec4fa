from .chapter import Admissions as Admissions

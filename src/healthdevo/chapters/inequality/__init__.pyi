from .chapter import Inequality as Inequality

from .chapter import Spending as Spending

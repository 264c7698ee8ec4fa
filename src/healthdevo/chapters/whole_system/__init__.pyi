from .chapter import WholeSystem as WholeSystem

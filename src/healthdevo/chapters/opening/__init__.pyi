from .chapter import Opening as Opening

from .chapter import Balance as Balance

from .chapter import Autonomy as Autonomy

from .chapter import Reorganisation as Reorganisation

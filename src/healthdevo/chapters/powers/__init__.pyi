from .chapter import Powers as Powers

from .chapter import Now as Now

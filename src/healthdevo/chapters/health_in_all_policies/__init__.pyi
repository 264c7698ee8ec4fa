from .chapter import HealthInAllPolicies as HealthInAllPolicies

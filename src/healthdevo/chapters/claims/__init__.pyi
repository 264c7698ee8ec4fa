from .cases import CASES as CASES
from .chapter import Claims as Claims

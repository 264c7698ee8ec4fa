from .returns import Returns as Returns
from .returns import Uncertain as Uncertain
from .returns import comparison_table as comparison_table
from .returns import returns_to_spending as returns_to_spending

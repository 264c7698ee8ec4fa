from .tables import caveats_table as caveats_table
from .tables import tables_table as tables_table
from .tables import texts as texts

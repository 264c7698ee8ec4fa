from .coverage import coverage_table as coverage_table
from .coverage import coverage_texts as coverage_texts
from .tables import caveats_table as caveats_table
from .tables import tables_table as tables_table
from .tables import texts as texts

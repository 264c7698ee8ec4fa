"""Tables of official statistics: typed, validated against one descriptor, and carrying their origin.

``load("emergency_month")`` returns a frame, ``describe()`` lists what there is, ``check()`` verifies all that is
committed, ``refresh()`` records it anew, ``save()`` writes a table.
"""

from healthdevo.tables.checking import check, warnings
from healthdevo.tables.editions import single_edition
from healthdevo.tables.failure import Failure, grouped
from healthdevo.tables.listing import describe
from healthdevo.tables.loading import load, names, origin, own_tables, validate
from healthdevo.tables.origin import Origin
from healthdevo.tables.sound import Sound, load_sound
from healthdevo.tables.statements import dated_statements
from healthdevo.tables.used import root
from healthdevo.tables.writing import refresh, save

__all__ = [
    "Failure",
    "Origin",
    "Sound",
    "check",
    "dated_statements",
    "describe",
    "grouped",
    "load",
    "load_sound",
    "names",
    "origin",
    "own_tables",
    "refresh",
    "root",
    "save",
    "single_edition",
    "validate",
    "warnings",
]

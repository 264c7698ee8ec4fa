"""Areas of England: what they are called, when they existed, what lies in what, and adding up from small to large.

``get`` and ``find`` look areas up; ``parents``, ``children``, ``members`` and ``peers`` relate them on a date;
``aggregate_counts`` and ``aggregate_rates`` go from small areas to those that contain them, ``recode_to`` from the
codes of one date to those of a later one; ``finder_entries`` lists the names that lead to areas, and
``planned_successors`` the councils to come; ``what_is`` says what a name stands for on a day, and ``plans`` what is
planned for an area; ``boundaries`` and ``adjacency`` say where they lie; ``KINDS`` has a row for each kind of area. All of them read the registry of the data folder; ``Registry`` makes one from other frames.
"""

from healthdevo.areas.aggregation import aggregate_counts, aggregate_rates
from healthdevo.areas.answers import Answer, what_is
from healthdevo.areas.area import Area, slugify
from healthdevo.areas.boundaries import adjacency, boundaries, boundary_years
from healthdevo.areas.containment import Containment
from healthdevo.areas.default import (
    by_ods_code,
    children,
    exact_predecessors,
    find,
    get,
    kinds,
    list_areas,
    members,
    parents,
    peers,
    reference_date,
    registry,
    resolve,
)
from healthdevo.areas.finding import (
    FINDER_COLUMNS,
    finder_entries,
    planned_authorities,
    planned_successors,
)
from healthdevo.areas.kinds import KIND_GROUPS, KIND_TITLES, KINDS, Kind, Kinds
from healthdevo.areas.plans import plans
from healthdevo.areas.recoding import recode_to
from healthdevo.areas.registry import Registry

__all__ = [
    "FINDER_COLUMNS",
    "KINDS",
    "KIND_GROUPS",
    "KIND_TITLES",
    "Answer",
    "Area",
    "Containment",
    "Kind",
    "Kinds",
    "Registry",
    "adjacency",
    "aggregate_counts",
    "aggregate_rates",
    "boundaries",
    "boundary_years",
    "by_ods_code",
    "children",
    "exact_predecessors",
    "find",
    "finder_entries",
    "get",
    "kinds",
    "list_areas",
    "members",
    "parents",
    "peers",
    "planned_authorities",
    "planned_successors",
    "plans",
    "recode_to",
    "reference_date",
    "registry",
    "resolve",
    "slugify",
    "what_is",
]

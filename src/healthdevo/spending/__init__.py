"""What a pound of spending goes with, and how sure anyone can be.

``panels`` and ``instruments`` estimate; ``weak_instruments``, ``anderson_rubin`` and ``tf_intervals`` say what instruments can bear;
``diagnostics``, ``specification_curve``, ``leverage``, ``placebo``, ``selection_bounds``, ``multiplicity`` and ``detectable`` ask how much of a
result would survive; ``returns`` turns an elasticity into the cost of a QALY; ``relative_importance`` and ``cross_lagged`` look at
wider determinants.
"""

from healthdevo.spending.anderson_rubin import AndersonRubinSet, anderson_rubin_set, anderson_rubin_test
from healthdevo.spending.cross_lagged import CrossLagged, cross_lagged
from healthdevo.spending.detectable import minimum_detectable_effect, power_to_detect
from healthdevo.spending.diagnostics import (
    PanelTest,
    breusch_pagan_lm,
    hausman,
    pesaran_cd,
    wooldridge_serial,
)
from healthdevo.spending.instruments import InstrumentFit, SpecificationTest, instrument
from healthdevo.spending.leverage import FlippingSet, Leverage, leverage
from healthdevo.spending.multiplicity import adjust_p_values, romano_wolf
from healthdevo.spending.panels import Coefficient, PanelDesign, PanelFit, panel
from healthdevo.spending.placebo import PlaceboOutcomes, PreTrends, placebo_outcomes, pre_trends
from healthdevo.spending.relative_importance import RelativeImportance, relative_importance
from healthdevo.spending.returns import Returns, Uncertain, comparison_table, returns_to_spending
from healthdevo.spending.selection_bounds import SelectionBounds, selection_bounds, selection_bounds_of_fit
from healthdevo.spending.specification_curve import (
    JointTest,
    SpecificationCurve,
    joint_test,
    specification_curve,
)
from healthdevo.spending.tf_intervals import tf_critical_value, tf_interval
from healthdevo.spending.weak_instruments import (
    FirstStage,
    InstrumentData,
    RankTest,
    cragg_donald,
    effective_f_critical_value,
    first_stage,
    kleibergen_paap,
)

__all__ = [
    "AndersonRubinSet",
    "Coefficient",
    "CrossLagged",
    "FirstStage",
    "FlippingSet",
    "InstrumentData",
    "InstrumentFit",
    "JointTest",
    "Leverage",
    "PanelDesign",
    "PanelFit",
    "PanelTest",
    "PlaceboOutcomes",
    "PreTrends",
    "RankTest",
    "RelativeImportance",
    "Returns",
    "SelectionBounds",
    "SpecificationCurve",
    "SpecificationTest",
    "Uncertain",
    "adjust_p_values",
    "anderson_rubin_set",
    "anderson_rubin_test",
    "breusch_pagan_lm",
    "comparison_table",
    "cragg_donald",
    "cross_lagged",
    "effective_f_critical_value",
    "first_stage",
    "hausman",
    "instrument",
    "joint_test",
    "kleibergen_paap",
    "leverage",
    "minimum_detectable_effect",
    "panel",
    "pesaran_cd",
    "placebo_outcomes",
    "power_to_detect",
    "pre_trends",
    "relative_importance",
    "returns_to_spending",
    "romano_wolf",
    "selection_bounds",
    "selection_bounds_of_fit",
    "specification_curve",
    "tf_critical_value",
    "tf_interval",
    "wooldridge_serial",
]

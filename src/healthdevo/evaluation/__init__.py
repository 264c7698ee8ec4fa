"""Designs that estimate what a change of policy changed, with inference fit for few treated areas.

A ``Panel`` holds areas by periods with who was treated when; every design takes one and returns an ``Effect``.
"""

from healthdevo.evaluation.conformal import ConformalEffect, conformal
from healthdevo.evaluation.difference_in_differences import (
    EventStudy,
    difference_in_differences,
    event_study,
    two_by_two,
)
from healthdevo.evaluation.generalised_synthetic_control import FactorEffect, generalised_synthetic_control
from healthdevo.evaluation.matrix_completion import matrix_completion
from healthdevo.evaluation.noise import (
    NoiseFloor,
    noise_floor,
    standard_errors_from_counts,
    standard_errors_from_intervals,
    standardised_rate_noise,
)
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.placebo import (
    PlaceboTest,
    contiguous_groups,
    estimate_effect,
    in_time,
    leave_one_control_out,
    leave_one_treated_out,
    neighbours,
    placebo_test,
    random_groups,
    without_neighbours,
)
from healthdevo.evaluation.result import Effect, Inference
from healthdevo.evaluation.sensitivity import SensitivityBounds, sensitivity, sensitivity_of_event_study
from healthdevo.evaluation.simulation import SCENARIOS, World, draw_panel, simulation_study, standard_designs
from healthdevo.evaluation.specification import SpecificationCurve, Verdict, specification_curve, verdict
from healthdevo.evaluation.staggered import GroupTimeEffects, group_time_effects, imputation
from healthdevo.evaluation.synthetic_control import SyntheticControlEffect, predictor_means, synthetic_control
from healthdevo.evaluation.synthetic_did import synthetic_did

__all__ = [
    "SCENARIOS",
    "ConformalEffect",
    "Effect",
    "EventStudy",
    "FactorEffect",
    "GroupTimeEffects",
    "Inference",
    "NoiseFloor",
    "Panel",
    "PlaceboTest",
    "SensitivityBounds",
    "SpecificationCurve",
    "SyntheticControlEffect",
    "Verdict",
    "World",
    "conformal",
    "contiguous_groups",
    "difference_in_differences",
    "draw_panel",
    "estimate_effect",
    "event_study",
    "generalised_synthetic_control",
    "group_time_effects",
    "imputation",
    "in_time",
    "leave_one_control_out",
    "leave_one_treated_out",
    "matrix_completion",
    "neighbours",
    "noise_floor",
    "placebo_test",
    "predictor_means",
    "random_groups",
    "sensitivity",
    "sensitivity_of_event_study",
    "simulation_study",
    "specification_curve",
    "standard_designs",
    "standard_errors_from_counts",
    "standard_errors_from_intervals",
    "standardised_rate_noise",
    "synthetic_control",
    "synthetic_did",
    "two_by_two",
    "verdict",
    "without_neighbours",
]

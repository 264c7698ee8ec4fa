"""The path from deaths by age to life expectancy finds what was planted, and refuses files that do not fit."""

import pandas as pd
import pytest

from healthdevo.chapters.devolution.deaths import (
    deaths_world,
    effect_on_life_expectancy,
    life_expectancy_panel,
    simulated_deaths,
)
from healthdevo.errors import InputError


def test_planted_life_expectancy_is_found_again():
    world = deaths_world()
    assert world.expectancy(world.factor_for(0.2)) - world.expectancy() == pytest.approx(0.2, abs=1e-6)
    drawn = simulated_deaths(1.5, seed=3, years=range(2010, 2019), world=world)
    found = effect_on_life_expectancy(drawn, design="did")
    assert found.effect.estimate == pytest.approx(1.5, abs=0.3)
    shuffled = drawn.sample(frac=1.0, random_state=1)
    assert effect_on_life_expectancy(shuffled, design="did").effect.estimate == pytest.approx(
        found.effect.estimate
    )


def test_files_of_deaths_that_do_not_fit_are_refused(ten):
    drawn = simulated_deaths(0.0, seed=3, years=[2014, 2015])
    with pytest.raises(InputError, match="no column 'deaths'"):
        life_expectancy_panel(drawn.drop(columns="deaths"), treated=ten, start=2015)
    with pytest.raises(InputError, match="twice"):
        life_expectancy_panel(pd.concat([drawn, drawn.head(1)]), treated=ten, start=2015)
    with pytest.raises(InputError, match="no rows for 'male'"):
        life_expectancy_panel(drawn[drawn["sex"] == "female"], treated=ten, start=2015)

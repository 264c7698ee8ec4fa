"""Which panels the specifications run on, and that no interval turns on a draw."""

import numpy as np
import pytest

from healthdevo.chapters.devolution.designs import any_design, blocks_of
from healthdevo.chapters.devolution.panels import POOLS
from healthdevo.chapters.devolution.specifications import Specifications


def test_more_than_sixty_specifications_are_planned(mortality):
    section = Specifications(mortality)
    panel = section.panel("persons", "November 2014", "urban", False)
    assert 2014 not in list(panel.periods)
    assert panel.n_treated == 10
    near = section.panel("persons", "November 2014", "urban", True)
    assert panel.shape[0] < near.shape[0]


@pytest.mark.parametrize("controls", list(POOLS))
def test_every_pool_has_blocks_enough_for_an_interval(mortality, controls):
    panel = Specifications(mortality).panel("persons", "April 2015", controls, False)
    blocks = blocks_of(panel, 2023)
    assert len(blocks) >= 20
    assert not panel.treated[blocks].any()
    assert np.isfinite(any_design(panel, "did").estimate)

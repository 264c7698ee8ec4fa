"""Blocks that a build keeps are those that the chapter grows."""

import numpy as np

from healthdevo.chapters.area import AreaDevolution
from healthdevo.chapters.devolution.designs import blocks_of


def test_blocks_of_an_area_are_those_of_the_chapter():
    section = AreaDevolution.load("E06000001")
    assert section.panel is not None
    grown = blocks_of(section.panel, section.elsewhere.outcome.boundaries)
    assert np.array_equal(section.blocks, grown)
    assert len(grown) > 20

"""Which panels the specifications run on."""

from healthdevo.chapters.devolution.mortality import SideBySide
from healthdevo.chapters.devolution.pre_trends import PreTrends
from healthdevo.chapters.devolution.specifications import Specifications


def test_more_than_sixty_specifications_are_planned(mortality):
    section = Specifications(PreTrends(SideBySide(mortality)))
    panel = section.panel("persons", "November 2014", "urban", False)
    assert 2014 not in list(panel.periods)
    assert panel.n_treated == 10
    near = section.panel("persons", "November 2014", "urban", True)
    assert panel.shape[0] < near.shape[0]

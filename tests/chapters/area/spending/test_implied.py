"""An implication scales with the deaths of the area."""

import pytest

from healthdevo.chapters.common import under_75


def test_implication_scales_with_the_deaths_of_the_area(manchester, frimley):
    for section in (manchester, frimley):
        published = section.implied.returns["Published: funding rule as instrument"]
        deaths = section.determinants.positions.set_index("indicator").loc["preventable_mortality", "value"]
        young = under_75(section.implied.population_age)
        young = (
            young[young["area_code"] == section.services.councils.area.code]
            .sort_values("year")["persons"]
            .iloc[-1]
        )
        assert published.deaths_averted.estimate == pytest.approx(0.115 * 0.1 * deaths * young / 1e5)
        assert "not forecast" in section.implied_table().caption

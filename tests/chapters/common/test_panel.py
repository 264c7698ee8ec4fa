"""What chapters compute from the panel and the ages of the population."""

import pandas as pd

from healthdevo.chapters.common import under_75


def test_people_under_75_leave_out_older_groups():
    ages = pd.DataFrame(
        {
            "area_code": "E12000001",
            "year": 2019,
            "age_group": ["0-4", "70-74", "75-79", "90+"],
            "persons": [1, 2, 4, 8],
        }
    )
    result = under_75(ages).set_index("area_code")["persons"]
    assert result.to_dict() == {"E12000001": 3, "E92000001": 3}

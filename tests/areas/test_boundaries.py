import json
from pathlib import Path

import numpy as np
import pytest

from healthdevo.areas import adjacency, boundaries, boundary_years
from healthdevo.errors import InputError, TableError

SIDE = 0.1


def ring(x: float, y: float, width: float = SIDE, height: float = SIDE) -> list[list[list[float]]]:
    x, y = 0.1 * x, 52 + 0.1 * y
    return [[[x, y], [x + width, y], [x + width, y + height], [x, y + height], [x, y]]]


def write(folder: Path, name: str, shapes: dict[str, object], key: str = "area_code") -> None:
    features = [
        {"type": "Feature", "properties": {key: code, "area_name": f"Area {code}"},
         "geometry": shape if isinstance(shape, dict) else {"type": "Polygon", "coordinates": shape}}
        for code, shape in shapes.items()
    ]  # fmt: skip
    (folder / f"{name}.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}))


def pairs(folder: Path, **options: float) -> set[str]:
    matrix = adjacency("district", source=folder, **options)
    values = matrix.to_numpy()
    assert values.dtype == bool
    assert (values == values.T).all()
    assert not values.diagonal().any()
    assert matrix.index.to_list() == matrix.columns.to_list()
    return {"".join(matrix.index[list(ij)]) for ij in np.argwhere(np.triu(values))}


def test_boundaries_are_read_by_kind_and_year(tmp_path: Path) -> None:
    write(tmp_path, "icb_2022", {"B": ring(1, 0), "A": ring(0, 0)})
    write(tmp_path, "icb_2024", {"A": ring(0, 0)})
    write(tmp_path, "district_2023", {"D": ring(0, 0)}, key="areacd")
    assert boundary_years("icb", source=tmp_path) == (2022, 2024)
    frame = boundaries("icb", 2022, source=tmp_path)
    assert frame.index.to_list() == ["A", "B"]
    assert frame["area_name"].to_list() == ["Area A", "Area B"]
    assert frame.loc["A", "geometry"].area == pytest.approx(SIDE**2)
    assert boundaries("icb", source=tmp_path).index.to_list() == ["A"]
    assert boundaries("district", source=tmp_path).index.to_list() == ["D"]


def test_a_changed_file_is_read_anew_and_callers_cannot_spoil_what_is_kept(tmp_path: Path) -> None:
    write(tmp_path, "icb_2022", {"A": ring(0, 0)})
    frame = boundaries("icb", source=tmp_path)
    frame.loc["A", "area_name"] = "spoilt"
    assert boundaries("icb", source=tmp_path).loc["A", "area_name"] == "Area A"
    write(tmp_path, "icb_2022", {"A": ring(0, 0), "B": ring(1, 0)})
    assert len(boundaries("icb", source=tmp_path)) == 2


def test_what_is_not_there_or_not_usable_is_named(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="none for icb; there are none at all"):
        boundaries("icb", source=tmp_path)
    write(tmp_path, "icb_2022", {"A": ring(0, 0)})
    with pytest.raises(TableError, match="none for icb of 2021; there are icb_2022"):
        boundaries("icb", 2021, source=tmp_path)
    bowtie = [[[0, 52], [1, 53], [1, 52], [0, 53], [0, 52]]]
    write(tmp_path, "icb_2023", {"": ring(0, 0), "A": bowtie, "B": {"type": "Point", "coordinates": [0, 52]}})
    with pytest.raises(TableError, match="3 features are not usable") as caught:
        boundaries("icb", source=tmp_path)
    assert "A is no valid polygon" in str(caught.value)
    assert "B has no polygon" in str(caught.value)
    (tmp_path / "icb_2024.geojson").write_text("{}")
    with pytest.raises(TableError, match=r"icb_2024\.geojson: it cannot be read"):
        boundaries("icb", 2024, source=tmp_path)


def test_neighbours_share_a_line_and_not_a_corner(tmp_path: Path) -> None:
    # A B      A meets D, and B meets C, in a corner only; E is an island
    # C D  E
    shapes = {"A": ring(0, 1), "B": ring(1, 1), "C": ring(0, 0), "D": ring(1, 0), "E": ring(5, 0)}
    write(tmp_path, "district_2023", shapes)
    assert pairs(tmp_path) == {"AB", "AC", "BD", "CD"}


def test_an_area_inside_another_is_its_neighbour(tmp_path: Path) -> None:
    outer = [*ring(0, 0, 0.3, 0.3), ring(1, 1)[0]]
    write(tmp_path, "district_2023", {"A": outer, "B": ring(1, 1)})
    assert pairs(tmp_path) == {"AB"}


def test_slits_of_generalised_boundaries_are_bridged_within_the_tolerance(tmp_path: Path) -> None:
    slit = 5.0 / 67_300.0  # about 5 metres of longitude at 52.8 degrees north
    write(tmp_path, "district_2023", {"A": ring(0, 0, SIDE - slit), "B": ring(1, 0), "C": ring(2.01, 0)})
    assert pairs(tmp_path) == {"AB"}
    assert pairs(tmp_path, tolerance=1.0) == set()
    assert pairs(tmp_path, tolerance=100.0) == {"AB", "BC"}


@pytest.mark.parametrize(
    ("slit", "length", "together"),
    [(0.0, 0.9, False), (0.0, 1.5, True), (5.0, 80.0, False), (5.0, 92.0, True)],
)
def test_more_than_a_metre_is_shared_or_ten_tolerances_run_beside(tmp_path: Path, slit: float, length: float, together: bool) -> None:  # fmt: skip
    """Beside a slit of 5 metres, 8.7 metres past the corner and 5 around it are within 10 metres, too: 80 make 93.7, 92 make 105.7."""
    up = length / 111_250.0 / 0.1
    width = SIDE - slit / (111_320.0 * np.cos(np.radians(52.8)))
    write(tmp_path, "district_2023", {"A": ring(0, 0, width), "B": ring(1, 1 - up)})
    assert pairs(tmp_path) == ({"AB"} if together else set())


def test_a_part_of_an_area_is_enough(tmp_path: Path) -> None:
    parts = {"type": "MultiPolygon", "coordinates": [ring(8, 8), ring(1, 0)]}
    write(tmp_path, "district_2023", {"A": ring(0, 0), "B": parts, "C": ring(8, 9)})
    assert pairs(tmp_path) == {"AB", "BC"}


@pytest.mark.parametrize("tolerance", [0.0, -1.0, float("nan"), float("inf")])
def test_the_tolerance_is_positive(tmp_path: Path, tolerance: float) -> None:
    write(tmp_path, "district_2023", {"A": ring(0, 0)})
    with pytest.raises(InputError, match="metres above 0"):
        adjacency("district", source=tmp_path, tolerance=tolerance)

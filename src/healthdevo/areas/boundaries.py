"""Boundaries of areas, and which areas are neighbours."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from healthdevo.errors import InputError, TableError
from healthdevo.tables.folder import root
from healthdevo.tables.used import note
from healthdevo.typing import BoolArray
from healthdevo.wording import join

__all__ = ["adjacency", "boundaries", "boundary_years"]

_FOLDER = "boundaries"
_CODE_FIELDS = ("area_code", "areacd")
_NAME_FIELDS = ("area_name", "areanm")
# metres in a degree of latitude and, at the equator, of longitude; England is narrow enough for one parallel
_NORTH, _EAST, _PARALLEL = 111_250.0, 111_320.0, np.radians(52.8)
_SHARED = 1.0
_ALONGSIDE = 10.0
_READ: dict[tuple[Path, int, int], pd.DataFrame] = {}
_NEIGHBOURS: dict[tuple[Path, int, int, float], pd.DataFrame] = {}


def _folder(source: str | os.PathLike[str] | None) -> Path:
    return root() / _FOLDER if source is None else Path(source)


def boundary_years(kind: str, *, source: str | os.PathLike[str] | None = None) -> tuple[int, ...]:
    """Return the years for which there are boundaries of a kind, earliest first.

    Parameters
    ----------
    kind : str
        Kind or kind group, such as ``icb`` or ``district``.
    source : path, optional
        Folder of ``<kind>_<year>.geojson``; by default ``boundaries`` in the data folder.

    Returns
    -------
    tuple of int
        Empty when there are none.

    Examples
    --------
    >>> boundary_years("parish")
    ()
    """
    pattern = re.compile(re.escape(kind) + r"_(\d{4})\.geojson")
    folder = _folder(source)
    note(str(folder.resolve()))
    names = os.listdir(folder) if folder.is_dir() else []
    return tuple(sorted(int(found[1]) for name in names if (found := pattern.fullmatch(name))))


def _path(kind: str, year: int | None, source: str | os.PathLike[str] | None) -> Path:
    years = boundary_years(kind, source=source)
    if not years or (year is not None and year not in years):
        folder = _folder(source)
        have = sorted(p.stem for p in folder.glob("*_[0-9][0-9][0-9][0-9].geojson"))
        wanted = kind if year is None else f"{kind} of {year}"
        raise TableError(f"boundaries: there are none for {wanted}; there are {join(have) or 'none at all'}")
    path = _folder(source) / f"{kind}_{years[-1] if year is None else year}.geojson"
    note(str(path.resolve()))
    return path


def _field(properties: dict[str, Any], fields: tuple[str, ...]) -> str:
    return next((str(properties[f]) for f in fields if properties.get(f)), "")


def _read(path: Path) -> pd.DataFrame:
    """Return the areas of a GeoJSON file, checked."""
    try:
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        rows = [
            (_field(f["properties"], _CODE_FIELDS), _field(f["properties"], _NAME_FIELDS)) for f in features
        ]
        shapes = shapely.from_geojson([json.dumps(f["geometry"]) for f in features])
    except (OSError, ValueError, KeyError, TypeError, shapely.errors.GEOSException) as error:
        raise TableError(f"{path.name}: it cannot be read as GeoJSON ({error})") from None
    frame = pd.DataFrame(rows, columns=["area_code", "area_name"], dtype="str")
    failures = [
        f"{path.name}, feature {i}: no {_CODE_FIELDS[0]}" for i, c in enumerate(frame["area_code"]) if not c
    ]
    failures += [
        f"{path.name}: {c} stands twice" for c in frame.loc[frame["area_code"].duplicated(), "area_code"]
    ]
    for code, shape in zip(frame["area_code"], shapes, strict=True):
        if shape is None or shape.geom_type not in ("Polygon", "MultiPolygon") or shape.is_empty:
            failures.append(f"{path.name}: {code} has no polygon")
        elif not shape.is_valid:
            failures.append(f"{path.name}: {code} is no valid polygon ({shapely.is_valid_reason(shape)})")
    if failures:
        raise TableError(f"{path.name}: {len(failures)} features are not usable", failures)
    frame["geometry"] = shapes
    return frame.set_index("area_code").sort_index()


def _stamp(path: Path) -> tuple[Path, int, int]:
    status = path.stat()
    return path.resolve(), status.st_mtime_ns, status.st_size


def boundaries(
    kind: str, year: int | None = None, *, source: str | os.PathLike[str] | None = None
) -> pd.DataFrame:
    """Return the boundaries of all areas of a kind.

    Parameters
    ----------
    kind : str
        Kind or kind group, such as ``icb`` or ``district``.
    year : int, optional
        Which edition; the latest without one.
    source : path, optional
        Folder of ``<kind>_<year>.geojson``; by default ``boundaries`` in the data folder.

    Returns
    -------
    pandas.DataFrame
        Index ``area_code`` in order; columns ``area_name`` and ``geometry`` (shapely polygons and multipolygons in
        degrees of longitude and latitude, WGS 84).

    Raises
    ------
    TableError
        When there is no such edition, or its file holds no valid polygons with codes.

    Examples
    --------
    >>> import tempfile
    >>> square = {"type": "Polygon", "coordinates": [[[0, 52], [0.1, 52], [0.1, 52.1], [0, 52.1], [0, 52]]]}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "icb_2022.geojson").write_text(json.dumps({"features": [{"geometry": square,
    ...         "properties": {"area_code": "E54000057", "area_name": "Greater Manchester"}}]}))
    ...     boundaries("icb", 2022, source=folder).index.to_list()
    ['E54000057']
    """
    path = _path(kind, year, source)
    key = _stamp(path)
    if key not in _READ:
        _READ[key] = _read(path)
    return _READ[key].copy()


def adjacency(
    kind: str,
    year: int | None = None,
    *,
    tolerance: float = 10.0,
    source: str | os.PathLike[str] | None = None,
) -> pd.DataFrame:
    """Return which areas of a kind are neighbours: areas that share a boundary, not merely a corner.

    Parameters
    ----------
    kind, year, source
        As for ``boundaries``.
    tolerance : float, default 10
        Metres within which generalised boundaries count as the same line.

    Returns
    -------
    pandas.DataFrame of bool
        Codes by codes in order; symmetric, and False on the diagonal. Islands have no neighbours.

    Raises
    ------
    InputError
        When the tolerance is not positive.
    TableError
        As for ``boundaries``.

    Notes
    -----
    Two areas are neighbours when their boundaries share more than a metre, or when one runs within the tolerance of
    the other for more than ten times the tolerance: generalising opens slits between neighbours, and areas that
    meet in a corner are within the tolerance of each other for about twice the tolerance.

    Examples
    --------
    >>> import tempfile
    >>> def square(x, y):
    ...     ring = [[x, y], [x + 0.1, y], [x + 0.1, y + 0.1], [x, y + 0.1], [x, y]]
    ...     return {"type": "Polygon", "coordinates": [ring]}
    >>> shapes = {"A": square(0, 52), "B": square(0.1, 52), "C": square(0.2, 52)}
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = Path(folder, "icb_2022.geojson").write_text(json.dumps({"features": [
    ...         {"properties": {"area_code": c}, "geometry": g} for c, g in shapes.items()]}))
    ...     adjacency("icb", source=folder).loc["B"].to_list()
    [True, False, True]
    """
    if not (np.isfinite(tolerance) and tolerance > 0.0):
        raise InputError(f"tolerance: {tolerance!r} is not valid; give metres above 0")
    key = (*_stamp(_path(kind, year, source)), float(tolerance))
    if key not in _NEIGHBOURS:
        frame = boundaries(kind, year, source=source)
        together = _neighbours(frame["geometry"].to_numpy(), float(tolerance))
        _NEIGHBOURS[key] = pd.DataFrame(together, index=frame.index, columns=frame.index)
    return _NEIGHBOURS[key].copy()


def _neighbours(shapes: NDArray[Any], tolerance: float) -> BoolArray:
    scale = np.array([_EAST * np.cos(_PARALLEL), _NORTH])
    metres = shapely.transform(shapes, lambda points: points * scale)
    first, second = shapely.STRtree(metres).query(metres, predicate="dwithin", distance=tolerance)
    once = first < second
    first, second = first[once], second[once]
    edges = shapely.boundary(metres)
    joined = shapely.length(shapely.intersection(edges[first], edges[second])) > _SHARED
    # the dearer question only for pairs that are near without sharing a line
    near = np.flatnonzero(~joined)
    strips = shapely.buffer(edges[first[near]], tolerance, quad_segs=4)
    beside = shapely.length(shapely.intersection(edges[second[near]], strips))
    joined[near] = beside > _ALONGSIDE * tolerance
    out = np.zeros((len(shapes), len(shapes)), dtype=bool)
    out[first[joined], second[joined]] = True
    return out | out.T

"""Where a lesion is, in the words of a command or of a table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tilscope.study import Linkage, Study
from tilscope.vocabulary import Grid, RoiError, SettingsError

if TYPE_CHECKING:
    from tilscope.preprocessing.index_box import Coordinates, Index, IndexBox

SEPARATORS = re.compile(r"[\s,;/]+")
PATIENT_COLUMNS = ("patient", "patient_id", "participant_id", "id")


@dataclass(frozen=True)
class Place:
    """Two corners of a box, or points inside the lesion, or both.

    Attributes
    ----------
    box : tuple of six floats, or empty
        x, y, z of two opposite corners.
    seeds : tuple of tuple of three floats
        x, y, z each.
    coordinates : str
        ``lps`` or ``ras`` (millimetres), or ``voxel`` (indices from 0).
    """

    box: tuple[float, ...]
    seeds: tuple[tuple[float, ...], ...]
    coordinates: Coordinates = "lps"

    def on(self, grid: Grid) -> tuple[IndexBox | None, tuple[Index, ...], tuple[str, ...]]:
        """Return the box and the seeds as voxels of a grid, and what a human should know.

        Raises
        ------
        RoiError
            ROI-50, ROI-51.
        """
        from tilscope.preprocessing import box_of_corners, voxel_of_point

        seeds = tuple(voxel_of_point(seed, grid, self.coordinates) for seed in self.seeds)
        if not self.box:
            return None, seeds, ()
        box, notes = box_of_corners(self.box, grid, self.coordinates)
        return box, seeds, notes


def place_of(box: str | None, seeds: Sequence[str], coordinates: Coordinates = "lps") -> Place:
    """Read a place from the words of a user.

    Parameters
    ----------
    box : str or None
        Six numbers, apart by commas, semicolons or blanks.
    seeds : sequence of str
        Three numbers each; one text may hold several points, one after the other.

    Raises
    ------
    RoiError
        ROI-51.
    """
    points: list[tuple[float, ...]] = []
    for text in seeds:
        numbers = _numbers(text, "a seed", "x,y,z")
        if len(numbers) % 3:
            raise _unreadable("a seed", text, "x,y,z")
        points += [numbers[k : k + 3] for k in range(0, len(numbers), 3)]
    corners = () if not box else _numbers(box, "a box", "x1,y1,z1,x2,y2,z2")
    if box and len(corners) != 6:
        raise _unreadable("a box", box, "x1,y1,z1,x2,y2,z2")
    if not corners and not points:
        raise RoiError(
            "ROI-51",
            "nothing says where the lesion is",
            expected="a box or a seed",
            remedy="Give --box x1,y1,z1,x2,y2,z2 or --seed x,y,z.",
        )
    return Place(corners, tuple(points), coordinates)


def read_places(file: Path, coordinates: Coordinates = "lps") -> dict[str, Place]:
    """Read a table of places: columns ``patient`` and ``box`` or ``seed``, CSV or TSV.

    Returns
    -------
    dict of Place by patient, in the words of the table.

    Raises
    ------
    RoiError
        ROI-51: numbers that cannot be read. ROI-57: a column is missing, or a patient stands twice.
    TableError
        TAB-00, TAB-51, TAB-52.
    """
    from tilscope.reading.text_tables import read_text_table

    table = read_text_table(file)
    columns = {name.lower(): k for k, name in enumerate(table.header)}
    key = next((columns[name] for name in PATIENT_COLUMNS if name in columns), None)
    if key is None or not {"box", "seed"} & set(columns):
        raise RoiError(
            "ROI-57",
            "this table of boxes lacks a column",
            file=file.name,
            found=", ".join(table.header),
            expected="patient, and box or seed",
            remedy="Name the columns so; docs/segment.md shows one.",
        )
    places: dict[str, Place] = {}
    for row in table.rows:
        cells = {name: row[k].strip() for name, k in columns.items() if name in ("box", "seed")}
        patient = row[key].strip()
        if patient in places:
            raise _twice(file)
        seeds = [cells["seed"]] if cells.get("seed") else []
        places[patient] = place_of(cells.get("box") or None, seeds, coordinates)
    return places


def of_participants(study: Study, places: dict[str, Place]) -> dict[str, Place]:
    """Return the places by participant key; patients may be named by key or by the hospital's id.

    Raises
    ------
    SettingsError
        SET-04: no such patient with images.
    RoiError
        ROI-57: two names are one patient.
    """
    keys = Linkage.load(study.source_folder).keys
    found: dict[str, Place] = {}
    for number, (name, place) in enumerate(places.items(), start=1):
        key = name if name in study.patients else keys.get(name)
        if key not in study.patients:
            raise SettingsError(
                "SET-04",
                "there is no such patient with images",
                found="the patient named" if len(places) == 1 else f"the patient of row {number}",
                expected="a participant key of the study, or the hospital's id",
                remedy=f"tilscope status {study.root} lists the keys of the patients.",
            )
        if key in found:
            raise _twice()
        found[key] = place
    return found


def _numbers(text: str, what: str, expected: str) -> tuple[float, ...]:
    try:
        return tuple(float(word) for word in SEPARATORS.split(text.strip()) if word)
    except ValueError as error:
        raise _unreadable(what, text, expected) from error


def _unreadable(what: str, text: str, expected: str) -> RoiError:
    return RoiError(
        "ROI-51",
        f"{what} cannot be read",
        found=repr(text[:80]),
        expected=expected,
        remedy="Give numbers with decimal points, apart by commas or blanks.",
    )


def _twice(file: Path | None = None) -> RoiError:
    return RoiError(
        "ROI-57",
        "a patient stands twice among the boxes",
        file=None if file is None else file.name,
        expected="one row per patient",
        remedy="Several parts of one lesion: give several seeds in one row.",
    )

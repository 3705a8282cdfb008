"""The pictures of one patient: which there are, from which files, and what stands below them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.figures import (
    BIAS,
    CHECKERBOARD,
    ENHANCEMENT,
    FLICKER,
    JACOBIAN,
    PHASES,
    SUBTRACTION,
    Figure,
    View,
    bias_pictures,
    checkerboards,
    enhancement_picture,
    flicker_pictures,
    jacobian_pictures,
    phase_pictures,
    render_small,
    subtraction_pictures,
)
from tilscope.figures.patients.sheet import SHEET_DPI
from tilscope.preprocessing import BiasField
from tilscope.vocabulary import DceSeries, Grid, Roi, Volume


@dataclass(frozen=True, eq=False)
class Material:
    """What the pictures of one patient show.

    Attributes
    ----------
    patient : str
        Participant key.
    series : DceSeries
        Registered phases on the crop.
    roi : Roi
        The lesion on that crop.
    acquired : tuple of Volume
        Per phase, the crop cut out of the phase as acquired.
    reference : Volume
        The whole post1 as acquired.
    jacobians : dict of str to ndarray
        Per moving phase, on the crop.
    registration : tuple of dict
        ``phases`` of registration.json.
    normalisation : dict
        normalisation.json.
    bias : BiasField
        The field that every phase was divided by.
    """

    patient: str
    series: DceSeries
    roi: Roi
    acquired: tuple[Volume, ...]
    reference: Volume
    jacobians: dict[str, NDArray[np.float32]]
    registration: tuple[dict[str, Any], ...]
    normalisation: dict[str, Any]
    bias: BiasField

    @property
    def moving(self) -> tuple[dict[str, Any], ...]:
        """What the registration measured of each moving phase, in order of time."""
        return tuple(p for p in self.registration if p["phase"] in self.jacobians)

    @property
    def worst(self) -> dict[str, Any] | None:
        """The moving phase whose lesion moved most: the one worth looking at."""
        return max(self.moving, key=lambda p: p["displacement_mm"], default=None)

    def pair(self, phase: str) -> tuple[Volume, Volume]:
        """Return a phase as acquired and registered."""
        k = self.series.phase_names.index(phase)
        return self.acquired[k], self.series.phases[k]


@dataclass(frozen=True, eq=False)
class Shown:
    """One picture before it is drawn.

    Attributes
    ----------
    figure : Figure
        Its kind.
    record : object
        What the figure draws.
    phase : str
        The phase that is shown; empty where all are.
    is_extra : bool
        Whether it is of less interest than its neighbours of the same kind.
    """

    figure: Figure
    record: Any
    phase: str = ""
    is_extra: bool = False


@dataclass(frozen=True)
class Drawn:
    """One picture as a file, and what the pages say of it."""

    file: str
    data: bytes
    record: dict[str, Any]


def start_in(whole: Grid, crop: Grid) -> tuple[int, int, int]:
    """Return the index of a crop's first voxel in the lattice that it was cut out of."""
    found = np.rint(np.linalg.inv(whole.index_to_lps()) @ [*crop.origin_mm, 1.0])[:3].astype(int)
    return int(found[0]), int(found[1]), int(found[2])


def draw_pictures(material: Material) -> Iterator[Drawn]:
    """Yield every picture in the order in which it should be looked at."""
    for shown in picture_records(material):
        yield _drawn(shown)


def picture_records(material: Material) -> Iterator[Shown]:
    """Yield what every picture shows, in the order in which it should be looked at."""
    view = View.of(material.roi)
    series = material.series
    yield Shown(PHASES, phase_pictures(material.patient, series, material.roi, view))
    yield from _registration(material, view)
    yield Shown(BIAS, _bias(material))
    yield Shown(
        ENHANCEMENT,
        enhancement_picture(
            material.patient, series.phase_names, series.times_s, material.normalisation, n_pre=series.n_pre
        ),
    )


def _registration(material: Material, view: View) -> Iterator[Shown]:
    worst = material.worst
    if worst is None:
        return
    patient, series = material.patient, material.series
    reference, name = series.phases[series.n_pre], series.phase_names[series.n_pre]
    for row in sorted(material.moving, key=lambda p: p is not worst):
        record = flicker_pictures(
            patient,
            view,
            reference,
            *material.pair(row["phase"]),
            phase=row["phase"],
            reference_phase=name,
            displacement_mm=row["displacement_mm"],
            similarity=(row["similarity_before"], row["similarity_after"]),
        )
        yield Shown(FLICKER, record, row["phase"], is_extra=row is not worst)
    phase = worst["phase"]
    pair = material.pair(phase)
    yield Shown(
        CHECKERBOARD, checkerboards(patient, view, reference, *pair, phase=phase, reference_phase=name)
    )
    pre = series.phase_names[series.n_pre - 1]
    yield Shown(
        SUBTRACTION,
        subtraction_pictures(patient, view, reference, *material.pair(pre), phase=pre, reference_phase=name),
    )
    moving = material.moving
    yield Shown(
        JACOBIAN,
        jacobian_pictures(
            patient,
            view,
            [p["phase"] for p in moving],
            [material.jacobians[p["phase"]] for p in moving],
            [p["jacobian"] for p in moving],
            reference_phase=name,
        ),
    )


def _bias(material: Material) -> Any:
    whole, roi = material.reference, material.roi
    start = start_in(whole.grid, roi.grid)
    mask = np.zeros(whole.grid.shape, bool)
    mask[tuple(slice(a, a + n) for a, n in zip(start, roi.grid.shape, strict=True))] = roi.mask
    view = View.of(Roi(mask, whole.grid))
    field = material.bias
    name = material.series.phase_names[material.series.n_pre]
    return bias_pictures(material.patient, view, whole, field.log_at, phase=name, method=field.method)


def _drawn(shown: Shown) -> Drawn:
    figure, record, phase = shown.figure, shown.record, shown.phase
    file = f"{figure.name}-{phase}.png" if phase else f"{figure.name}.png"
    data = render_small(figure, record, dpi=SHEET_DPI)
    told = {
        "file": file,
        "title": f"{figure.title}: {phase}" if phase else figure.title,
        "legend": figure.legend(record),
        "size": [int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")],
        "phase": phase,
        "is_extra": shown.is_extra,
    }
    return Drawn(file, data, told)

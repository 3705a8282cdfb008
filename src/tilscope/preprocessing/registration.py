"""Every phase brought to the first post-contrast phase, and the ROI with them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from tilscope.preprocessing.displacement import DisplacementField, identity_field
from tilscope.preprocessing.engines import engine
from tilscope.preprocessing.settings import RegistrationSettings
from tilscope.preprocessing.similarity import lesion_similarity
from tilscope.vocabulary import DceSeries, GeometryError, Roi, RoiError, SeriesError, Volume

REFERENCE = "post1"


@dataclass(frozen=True, slots=True)
class PhaseRegistration:
    """What registering one phase measured.

    Attributes
    ----------
    phase : str
        Name of the phase.
    displacement_mm : float
        Mean length of the displacement over the ROI's voxels, in mm.
    jacobian : float
        Mean Jacobian determinant over the ROI: above 1 where the lesion is larger in this phase than in post1.
    similarity_before, similarity_after : float in [0, 1]
        Mean squared local correlation with post1 around the lesion (``lesion_similarity``).
    notes : tuple of str
        What a quality check should look at, rule id first.
    """

    phase: str
    displacement_mm: float
    jacobian: float
    similarity_before: float
    similarity_after: float
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """A series whose phases lie on one crop of post1's grid.

    Attributes
    ----------
    series : DceSeries
        The phases on the crop (ROI box and margin), each aligned to post1; post1 itself is bit-equal.
    roi : Roi
        The lesion on that crop, ``phase="post1"``.
    phases : tuple of PhaseRegistration
        One per phase, in order; post1's own has displacement 0, Jacobian 1, similarity 1.
    jacobians : tuple of Volume
        Per phase, on that crop: determinant of the map's derivative, above 1 where the tissue is larger in the
        phase than in post1; 1 everywhere for post1 itself.
    start : tuple of int
        Index (z, y, x) of the crop's first voxel in post1's grid.
    method : str
        Engine that did it.
    notes : tuple of str
        All notes, those of the travelling ROI first.
    """

    series: DceSeries
    roi: Roi
    phases: tuple[PhaseRegistration, ...]
    jacobians: tuple[Volume, ...]
    start: tuple[int, int, int]
    method: str
    notes: tuple[str, ...]


def register(series: DceSeries, roi: Roi, settings: RegistrationSettings | None = None) -> Registration:
    """Align every phase to post1 on a crop around the lesion.

    Parameters
    ----------
    series : DceSeries
        All phases on one grid.
    roi : Roi
        The lesion, drawn on any phase. Drawn on another phase than post1 it travels with that phase's transform
        by label interpolation.
    settings : RegistrationSettings, optional
        Defaults: profile ``recommended``.

    Returns
    -------
    Registration

    Raises
    ------
    GeometryError
        IMG-15: phases differ in grid. ROI-42: the ROI lies on another grid than its phase.
    SeriesError
        IMG-03: no post-contrast phase. REG-06: the engine failed.
    RoiError
        ROI-33: empty, or empty after travelling. ROI-46: drawn on a phase that the series lacks. REG-05: its
        volume changed too much on the way.

    Notes
    -----
    The same input gives the same bits, whatever the number of threads.
    """
    settings = RegistrationSettings() if settings is None else settings
    _check(series, roi)
    start, stop = roi.box(settings.margin_mm)
    fields = tuple(_find_field(series, name, start, stop, settings) for name in series.phase_names)
    fixed = series.phase(REFERENCE).cropped(start, stop)
    travelled, roi_notes = _travel(roi, fields[series.phase_names.index(roi.phase)], settings)
    warped = tuple(field.warp(phase) for field, phase in zip(fields, series.phases, strict=True))
    jacobians = tuple(Volume(field.jacobian().astype(np.float32), field.grid) for field in fields)
    phases = tuple(
        _measure(name, field, jacobian, fixed, phase.cropped(start, stop), moved, travelled, settings)
        for name, field, jacobian, phase, moved in zip(
            series.phase_names, fields, jacobians, series.phases, warped, strict=True
        )
    )
    notes = roi_notes + tuple(note for phase in phases for note in phase.notes)
    aligned = replace(series, phases=warped, sop_uids=())
    return Registration(aligned, travelled, phases, jacobians, start, settings.method, notes)


def _check(series: DceSeries, roi: Roi) -> None:
    if series.n_post < 1:
        raise SeriesError(
            "IMG-03",
            "registration needs a post-contrast phase",
            found=f"{len(series.phases)} phases, {series.n_pre} of them pre-contrast",
            remedy="Check how the phases were told apart.",
        )
    if roi.phase not in series.phase_names:
        raise RoiError(
            "ROI-46",
            "the ROI was drawn on a phase that the series lacks",
            found=roi.phase,
            expected=", ".join(series.phase_names),
            remedy="Name the phase that the ROI was drawn on.",
        )
    reference = series.phase(REFERENCE).grid
    for name, phase in zip(series.phase_names, series.phases, strict=True):
        if not phase.grid.same_as(reference):
            raise GeometryError(
                "IMG-15",
                f"phase {name} and {REFERENCE} differ in grid",
                found=f"{phase.grid.shape} voxels, offset {phase.grid.offset_mm(reference):.3g} mm",
                expected=f"{reference.shape} voxels, offset 0 mm",
                remedy="Export all phases of one examination on one grid, or leave the phase out.",
            )
    if not roi.grid.same_as(series.phase(roi.phase).grid):
        raise GeometryError(
            "ROI-42",
            f"the ROI does not lie on the grid of {roi.phase}",
            found=f"{roi.grid.shape} voxels, offset {roi.grid.offset_mm(reference):.3g} mm",
            expected=f"{reference.shape} voxels, offset 0 mm",
            remedy="Read the ROI with the phase it was drawn on as its reference.",
        )
    if roi.n_voxels == 0:
        raise RoiError("ROI-33", "the ROI is empty", remedy="Draw the lesion again.")


def _find_field(
    series: DceSeries,
    name: str,
    start: tuple[int, int, int],
    stop: tuple[int, int, int],
    settings: RegistrationSettings,
) -> DisplacementField:
    fixed = series.phase(REFERENCE).cropped(start, stop)
    if name == REFERENCE:
        return identity_field(fixed.grid, start)
    moving = _crop_with_margin(series.phase(name), start, stop, settings.moving_margin_mm)
    try:
        vectors = engine(settings.method).displace(fixed, moving, settings)
    except RuntimeError as error:
        raise _failed(name, settings, str(error).strip().splitlines()[0]) from error
    if vectors.shape != (*fixed.grid.shape, 3) or not np.isfinite(vectors).all():
        raise _failed(name, settings, "a displacement that is not finite")
    return DisplacementField(vectors, fixed.grid, start)


def _crop_with_margin(
    phase: Volume, start: tuple[int, int, int], stop: tuple[int, int, int], margin_mm: float
) -> Volume:
    extra = [int(np.ceil(margin_mm / spacing)) for spacing in phase.spacing_mm]
    low = [max(0, first - n) for first, n in zip(start, extra, strict=True)]
    high = [min(size, last + n) for size, last, n in zip(phase.grid.shape, stop, extra, strict=True)]
    return phase.cropped((low[0], low[1], low[2]), (high[0], high[1], high[2]))


def _failed(name: str, settings: RegistrationSettings, found: str) -> SeriesError:
    return SeriesError(
        "REG-06",
        f"{settings.method} could not register {name} to {REFERENCE}",
        found=found,
        remedy="Look at both phases around the lesion; a phase without tissue there cannot be registered.",
    )


def _travel(
    roi: Roi, field: DisplacementField, settings: RegistrationSettings
) -> tuple[Roi, tuple[str, ...]]:
    mask = field.warp_mask(roi.mask)
    if not mask.any():
        raise RoiError(
            "ROI-33",
            f"the ROI of {roi.phase} is empty after travelling to {REFERENCE}",
            found=f"{roi.n_voxels} voxels before",
            remedy=f"Draw it on {REFERENCE}, or check the registration of {roi.phase}.",
        )
    travelled = Roi(mask, field.grid, REFERENCE, roi.reader, roi.session, roi.label)
    change = travelled.n_voxels / roi.n_voxels - 1.0
    if abs(change) > settings.max_roi_change:
        raise RoiError(
            "REG-05",
            f"the ROI of {roi.phase} changed its volume by {change:+.0%} on the way to {REFERENCE}",
            found=f"{travelled.volume_ml:.2f} ml",
            expected=f"{roi.volume_ml:.2f} ml",
            remedy=f"Draw it on {REFERENCE}, or check the registration of {roi.phase}.",
        )
    return travelled, _border_note(mask)


def _border_note(mask: NDArray[np.bool_]) -> tuple[str, ...]:
    inner = mask[1:-1, 1:-1, 1:-1]
    if np.count_nonzero(inner) == np.count_nonzero(mask):
        return ()
    return ("ROI-43 the lesion touches the border of the image crop",)


def _measure(
    name: str,
    field: DisplacementField,
    jacobian: Volume,
    fixed: Volume,
    before: Volume,
    after: Volume,
    roi: Roi,
    settings: RegistrationSettings,
) -> PhaseRegistration:
    if name == REFERENCE:
        return PhaseRegistration(name, 0.0, 1.0, 1.0, 1.0)
    measured = PhaseRegistration(
        name,
        float(field.lengths_mm()[roi.mask].mean()),
        float(jacobian.array[roi.mask].mean(dtype=np.float64)),
        lesion_similarity(fixed, before, roi),
        lesion_similarity(fixed, after, roi),
    )
    notes = _phase_notes(measured, float(jacobian.array.min()), settings)
    return PhaseRegistration(
        name,
        measured.displacement_mm,
        measured.jacobian,
        measured.similarity_before,
        measured.similarity_after,
        notes,
    )


def _phase_notes(
    measured: PhaseRegistration, smallest_jacobian: float, settings: RegistrationSettings
) -> tuple[str, ...]:
    name = measured.phase
    candidates = (
        (
            measured.displacement_mm > settings.max_displacement_mm,
            f"REG-01 {name}: the lesion lies {measured.displacement_mm:.1f} mm from its place in {REFERENCE}",
        ),
        (
            abs(measured.jacobian - 1.0) > settings.max_volume_change,
            f"REG-02 {name}: the lesion's volume changes by {measured.jacobian - 1.0:+.0%} against {REFERENCE}",
        ),
        (
            measured.similarity_after < settings.min_similarity,
            f"REG-03 {name}: similarity with {REFERENCE} is only {measured.similarity_after:.2f} after registration",
        ),
        (
            measured.similarity_after < measured.similarity_before - 0.02,
            f"REG-03 {name}: registration made the similarity with {REFERENCE} worse "
            f"({measured.similarity_before:.2f} to {measured.similarity_after:.2f})",
        ),
        (
            smallest_jacobian <= 0.0,
            f"REG-04 {name}: the displacement folds the tissue (smallest Jacobian {smallest_jacobian:.2f})",
        ),
    )
    return tuple(note for applies, note in candidates if applies)

"""One examination's DICOM files as a dynamic series."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from tilscope.reading.dicom_choice import choose_dce
from tilscope.reading.dicom_geometry import stack_grid
from tilscope.reading.dicom_headers import (
    ENHANCED_MR,
    DamagedFileError,
    SliceHeader,
    damaged,
    read_header,
    read_headers,
)
from tilscope.reading.dicom_phases import split_phases
from tilscope.reading.dicom_pixels import lossy_note, pixel_digest, read_stack
from tilscope.reading.dicom_setting_aside import reason_to_set_aside
from tilscope.reading.dicom_times import order_in_time
from tilscope.reading.voxels import check_voxels
from tilscope.vocabulary import DceSeries, GeometryError, Grid, SeriesError, Volume, phase_names

SAME_GRID_VOXEL = 1e-3  # phases nearer than this share one grid
NEAR_GRID_VOXEL = 1e-2  # up to this the phases keep their own grids, with a note


def read_dicom_series(
    source: Path | str | Sequence[Path], *, n_pre: int = 1, n_phases: int | None = None
) -> DceSeries:
    """Read the phases of one DCE examination.

    Parameters
    ----------
    source : path or sequence of paths
        The examination's folder (searched with its subfolders), or its image files. Localisers, derived
        maps, segmentations and other files may lie among them; what is set aside is told in the notes.
    n_pre : int, >= 1
        Number of pre-contrast phases; a single phase counts as post-contrast.
    n_phases : int, optional
        Number of phases that the study expects.

    Returns
    -------
    DceSeries
        Phases in order of time: float32 arrays (z, y, x), slices along the right-handed image normal, LPS mm;
        seconds from the first post-contrast phase, or None where the files do not tell.

    Raises
    ------
    SeriesError, GeometryError
        IMG-00 .. IMG-32; nothing is guessed, dropped or padded.
    """
    slices = _one_examination(_headers(source))
    multiframe = [s for s in slices if reason_to_set_aside(s) is None and _is_multiframe(s)]
    single = [s for s in slices if s not in multiframe]
    if all(reason_to_set_aside(s) for s in single):
        _refuse_multiframe(multiframe)
    choice = choose_dce(single)
    images, repeat_notes = _without_exact_duplicates(choice.images)
    split = split_phases(images)
    if len(split.phases) == 1:
        _refuse_multiframe(multiframe)
    ordered, seconds, time_notes = order_in_time(split.phases, split.phase_key)
    n_pre = min(n_pre, len(ordered) - 1)
    _refuse_other_count(ordered, n_phases)
    grids, grid_notes = _grids(ordered)
    volumes = _volumes(ordered, grids, n_pre)
    notes = (*choice.notes, *repeat_notes, *split.notes, *time_notes, *grid_notes, *lossy_note(ordered[0]))
    times = None if seconds is None else tuple(round(s - seconds[n_pre], 6) for s in seconds)
    sop_uids = tuple(tuple(slice_.sop_uid for slice_ in phase) for phase in ordered)
    return DceSeries(volumes, times, split.phase_key, n_pre, notes, sop_uids)


def _headers(source: Path | str | Sequence[Path]) -> list[SliceHeader]:
    if not isinstance(source, (str, Path)):
        return read_headers([Path(file) for file in source])
    path = Path(source)
    if path.is_file():
        return read_headers([path])
    if not path.is_dir():
        raise SeriesError("IMG-00", "there is no such file or folder", file=path, remedy="Check the path.")
    headers = []
    for file in sorted(f for f in path.rglob("*") if f.is_file()):
        try:
            header = read_header(file)
        except DamagedFileError as fault:
            raise damaged(file) from fault
        if header is not None:
            headers.append(header)
    if not headers:
        raise SeriesError(
            "IMG-32", "there is no DICOM file in the folder", file=path, remedy="Check the path."
        )
    return headers


def _one_examination(headers: list[SliceHeader]) -> list[SliceHeader]:
    """Refuse files of several studies, and one study or series of two patients."""
    images = [h for h in headers if reason_to_set_aside(h) is None]
    studies = defaultdict(set)
    for image in images:
        studies[image.study_uid].add(image.patient_id)
    patients = set().union(*studies.values()) if studies else set()
    folder = headers[0].file.parent
    if len(patients) > 1:
        raise SeriesError(
            "IMG-23",
            "images of several patients lie together",
            file=folder,
            found=f"{len(patients)} PatientIDs in {len(studies)} studies",
            expected="one patient",
            remedy="Separate the patients; import a whole tree with `tilscope import`.",
        )
    if len(studies) > 1:
        raise SeriesError(
            "IMG-24",
            "several examinations of one patient lie together",
            file=folder,
            found=f"{len(studies)} StudyInstanceUIDs",
            expected="one examination",
            remedy="Name the folder of the baseline examination.",
        )
    return headers


def _is_multiframe(image: SliceHeader) -> bool:
    return image.sop_class in ENHANCED_MR or image.n_frames > 1


def _refuse_multiframe(images: Sequence[SliceHeader]) -> None:
    """Refuse an examination whose dynamic series is, or may be, in multi-frame files."""
    for image in images:
        raise SeriesError(
            "IMG-30",
            "enhanced (multi-frame) MR is not read yet",
            file=image.file,
            found=f"{image.n_frames} frames in one file",
            expected="one slice per file",
            remedy="Export as classic MR Image Storage, or convert with dcm4che's emf2sf.",
        )


def _without_exact_duplicates(
    images: Sequence[SliceHeader],
) -> tuple[list[SliceHeader], tuple[str, ...]]:
    by_uid: dict[str, list[SliceHeader]] = defaultdict(list)
    for number, image in enumerate(images):
        by_uid[image.sop_uid or f"without-uid-{number}"].append(image)
    copies = [group for group in by_uid.values() if len(group) > 1]
    for group in copies:
        if len({(image.position, pixel_digest(image.file)) for image in group}) > 1:
            raise SeriesError(
                "IMG-06",
                "files of one SOPInstanceUID have different contents",
                file=group[1].file,
                found=f"{len(group)} files",
                expected="one file, or exact copies",
                remedy="Export the examination again.",
            )
    n_dropped = sum(len(group) - 1 for group in copies)
    notes = (f"IMG-05 {n_dropped} exact copies of files were left out",) if n_dropped else ()
    return [group[0] for group in by_uid.values()], notes


def _refuse_other_count(phases: Sequence[Sequence[SliceHeader]], expected: int | None) -> None:
    if expected is None or len(phases) == expected:
        return
    rule, word = ("IMG-03", "missing") if len(phases) < expected else ("IMG-04", "too many")
    raise SeriesError(
        rule,
        f"phases are {word}",
        file=phases[0][0].file.parent,
        found=f"{len(phases)} phases",
        expected=f"{expected}",
        remedy="Export all phases, or state the phases to use in study.toml.",
    )


def _grids(phases: Sequence[Sequence[SliceHeader]]) -> tuple[list[Grid], tuple[str, ...]]:
    """Return one grid per phase; phases that agree share the first one's."""
    made = [stack_grid(phase) for phase in phases]
    first = made[0][0]
    notes = dict.fromkeys(note for _, phase_notes in made for note in phase_notes)
    grids = [first]
    for number, (grid, _) in enumerate(made[1:], start=2):
        if grid.same_as(first, SAME_GRID_VOXEL):
            grids.append(first)
            continue
        offset = grid.offset_mm(first) if grid.shape == first.shape else float("inf")
        if offset > NEAR_GRID_VOXEL * min(first.spacing_mm):
            raise GeometryError(
                "IMG-15",
                f"phase {number} lies on another grid than phase 1",
                file=phases[number - 1][0].file,
                found=f"an offset of {offset:.3f} mm",
                expected="one grid for all phases",
                remedy="Export all phases of one examination in one geometry.",
            )
        notes[f"IMG-15 phase {number} is offset by {offset:.4f} mm against phase 1"] = None
        grids.append(grid)
    return grids, tuple(notes)


def _volumes(
    phases: Sequence[Sequence[SliceHeader]], grids: Sequence[Grid], n_pre: int
) -> tuple[Volume, ...]:
    volumes = []
    for name, phase, grid in zip(phase_names(len(phases), n_pre), phases, grids, strict=True):
        array = read_stack(phase)
        check_voxels(array, phase[0].file.parent, f"phase {name}")
        volumes.append(Volume(array, grid))
    return tuple(volumes)

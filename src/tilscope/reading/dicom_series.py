"""One examination's DICOM files as a dynamic series."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from tilscope.reading.dicom_choice import choose_dce
from tilscope.reading.dicom_copies import without_exact_copies
from tilscope.reading.dicom_files import DamagedFileError, damaged, read_file_headers, read_image_headers
from tilscope.reading.dicom_geometry import stack_grid
from tilscope.reading.dicom_headers import SliceHeader
from tilscope.reading.dicom_one_grid import chosen_grids, described, distance_mm, onto_grid
from tilscope.reading.dicom_phases import SERIES, PhaseSplit, split_phases
from tilscope.reading.dicom_pixels import lossy_note, read_stack
from tilscope.reading.dicom_scanner import scanner_of
from tilscope.reading.dicom_setting_aside import reason_to_set_aside
from tilscope.reading.dicom_times import Phases, Timing, order_in_time
from tilscope.reading.voxels import check_voxels
from tilscope.vocabulary import DceSeries, GeometryError, Grid, SeriesError, Volume, phase_names


def read_dicom_series(
    source: Path | str | Sequence[Path],
    *,
    n_pre: int = 1,
    n_phases: int | None = None,
    phases: Sequence[int] | None = None,
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
    phases : sequence of int, optional
        Which of the acquired phases to use, counted from 0 in order of time; all where it is not given.

    Returns
    -------
    DceSeries
        Phases in order of time: float32 arrays (z, y, x), slices along the right-handed image normal, LPS mm.
        Phases of one frame of reference on other grids are interpolated onto that of the first post-contrast
        phase, with a note. Seconds from the start of the contrast injection where it is given, else from the
        first post-contrast phase; None where the files do not tell.

    Raises
    ------
    SeriesError, GeometryError
        IMG-00 .. IMG-32; nothing is guessed, dropped or padded.
    """
    choice = choose_dce(_one_examination(_headers(source)))
    splits: list[PhaseSplit] = []
    copy_notes: list[str] = []
    for stack in choice.stacks:
        images, notes = without_exact_copies(stack)
        copy_notes += notes
        splits.append(split_phases(images))
    timing, phase_notes = _used(_in_order(splits), phases)
    n_pre = min(n_pre, len(timing.phases) - 1)
    _refuse_other_count(timing.phases, n_phases)
    times_s, zero, zero_notes = timing.from_zero(n_pre)
    volumes, grid_notes = _volumes(timing.phases, n_pre)
    key = splits[0].phase_key if len(splits) == 1 or len(splits[0].phases) > 1 else SERIES
    told = [
        f"IMG-07 {trial.key} would give {trial.told} and was not used ({trial.reason});"
        f" {key} gives one slice per position in each of {len(splits[0].phases)} phases"
        for trial in splits[0].disagreeing
    ]
    used = [slice_ for phase in timing.phases for slice_ in phase]
    lossy = lossy_note(used)
    scanner, scanner_notes = scanner_of(used)
    return DceSeries(
        volumes,
        times_s,
        key,
        n_pre,
        notes=(
            *choice.notes,
            *copy_notes,
            *told,
            *timing.notes,
            *phase_notes,
            *zero_notes,
            *grid_notes,
            *lossy,
            *scanner_notes,
        ),
        sop_uids=tuple(tuple(slice_.uid for slice_ in phase) for phase in timing.phases),
        time_zero=zero,
        disagreeing_keys=splits[0].disagreeing,
        scanner=scanner,
    )


def _headers(source: Path | str | Sequence[Path]) -> list[SliceHeader]:
    if not isinstance(source, (str, Path)):
        return read_image_headers([Path(file) for file in source])
    path = Path(source)
    if path.is_file():
        return read_image_headers([path])
    if not path.is_dir():
        raise SeriesError("IMG-00", "there is no such file or folder", file=path, remedy="Check the path.")
    headers: list[SliceHeader] = []
    for file in sorted(f for f in path.rglob("*") if f.is_file()):
        try:
            headers.extend(read_file_headers(file))
        except DamagedFileError as fault:
            raise damaged(file) from fault
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


def _in_order(splits: Sequence[PhaseSplit]) -> Timing:
    """Put the phases of all grids in order of time; the largest stack's own order must agree with it."""
    timing = order_in_time(splits[0].phases, splits[0].phase_key)
    if len(splits) == 1:
        return timing
    return order_in_time(tuple(phase for split in splits for phase in split.phases), SERIES)


def _used(timing: Timing, wanted: Sequence[int] | None) -> tuple[Timing, tuple[str, ...]]:
    """Keep the phases that the study uses; the others become a note."""
    n_phases = len(timing.phases)
    if wanted is None or list(wanted) == list(range(n_phases)):
        return timing, ()
    if any(not 0 <= number < n_phases for number in wanted):
        raise SeriesError(
            "IMG-03",
            "phases that the study uses do not exist",
            file=timing.phases[0][0].file.parent,
            found=f"{n_phases} phases, 0 to {n_phases - 1}",
            expected=", ".join(map(str, wanted)),
            remedy="Export all phases, or correct imaging.phases in study.toml.",
        )
    unused = sorted(set(range(n_phases)) - set(wanted))
    note = f"IMG-04 of {n_phases} acquired phases, counted from 0, these are not used: {', '.join(map(str, unused))}"
    return timing.chosen(tuple(wanted)), (note,)


def _refuse_other_count(phases: Phases, expected: int | None) -> None:
    if expected is None or len(phases) == expected:
        return
    rule, word = ("IMG-03", "missing") if len(phases) < expected else ("IMG-04", "too many")
    raise SeriesError(
        rule,
        f"phases are {word}",
        file=phases[0][0].file.parent,
        found=f"{len(phases)} phases",
        expected=f"{expected}",
        remedy="Export all phases, or state the phases to use as imaging.phases in study.toml.",
    )


def _volumes(phases: Phases, n_pre: int) -> tuple[tuple[Volume, ...], tuple[str, ...]]:
    """Decode the phases, and bring them onto one grid where they were acquired on several."""
    made = [stack_grid(phase) for phase in phases]
    notes = dict.fromkeys(note for _, phase_notes in made for note in phase_notes)
    grids, moved = chosen_grids([grid for grid, _ in made], n_pre)
    _refuse_other_frames(phases, moved, n_pre)
    names = phase_names(len(phases), n_pre)
    volumes = []
    for number, (name, phase, grid) in enumerate(zip(names, phases, grids, strict=True)):
        array = read_stack(phase)
        check_voxels(array, phase[0].file.parent, f"phase {name}")
        volume = Volume(array, grid)
        away = _told_distance(grid, grids[n_pre])
        if number in moved:
            volume = onto_grid(volume, grids[n_pre], file=phase[0].file.parent)
            notes[f"IMG-15 phase {name} was resampled (linear) onto the grid of {names[n_pre]}: {away}"] = (
                None
            )
        elif grid is not grids[n_pre]:
            notes[f"IMG-15 phase {name} is offset against {names[n_pre]}: {away}"] = None
        volumes.append(volume)
    return tuple(volumes), tuple(notes)


def _told_distance(grid: Grid, target: Grid) -> str:
    if grid.shape == target.shape:
        return f"up to {distance_mm(grid, target):.4g} mm away"
    return f"{described(grid)} instead of {described(target)}"


def _refuse_other_frames(phases: Phases, moved: Sequence[int], reference: int) -> None:
    """Refuse to interpolate between frames of reference that are not known to be one."""
    frame = phases[reference][0].frame_of_reference
    for number in moved:
        if frame and phases[number][0].frame_of_reference == frame:
            continue
        raise GeometryError(
            "IMG-15",
            f"phase {number + 1} lies on another grid than the first post-contrast phase",
            file=phases[number][0].file.parent,
            found="no FrameOfReferenceUID" if not frame else "another FrameOfReferenceUID",
            expected="one grid, or one frame of reference for all phases",
            remedy="Export all phases of one examination in one geometry.",
        )

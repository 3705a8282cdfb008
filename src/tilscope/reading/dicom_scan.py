"""What a tree of DICOM files holds: examinations, segmentations, and what was set aside."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tilscope.reading.dicom_choice import choose_dce
from tilscope.reading.dicom_files import DamagedFileError, read_file_headers
from tilscope.reading.dicom_headers import SliceHeader
from tilscope.reading.dicom_setting_aside import is_segmentation, reason_to_set_aside
from tilscope.vocabulary import InputError, SeriesError

NOT_DICOM = "not DICOM"
DAMAGED = "damaged DICOM header"


@dataclass(frozen=True, slots=True)
class Examination:
    """One study of one patient.

    Attributes
    ----------
    patient_id, patient_name, study_uid : str
        As in the files: a hospital's own words, for the linkage table only.
    files : tuple of Path
        Images of the DCE, to be handed to ``read_dicom_series``; where the choice is not clear, or a file
        is damaged, all candidates, so that reading them explains what is wrong.
    segmentations : tuple of Path
        DICOM SEG and RTSTRUCT files of the study.
    frame_of_reference_uids, sop_uids : frozenset of str
        Of ``files``, to check that a segmentation belongs here (ROI-46); of a multi-frame file its own UID, and
        that of each frame (``1.2.3#12``, counted from 1).
    notes : tuple of str
        How the images were chosen, rule id first.
    """

    patient_id: str
    patient_name: str
    study_uid: str
    files: tuple[Path, ...]
    segmentations: tuple[Path, ...] = ()
    frame_of_reference_uids: frozenset[str] = frozenset()
    sop_uids: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DicomScan:
    """What a tree of DICOM files holds.

    Attributes
    ----------
    examinations : tuple of Examination
        Sorted by patient and study.
    set_aside : dict
        Files that are of no use, counted by reason.
    strays : tuple of SliceHeader
        DICOM SEG and RTSTRUCT of patients without images in this tree, in order of their files; their examination
        may have come earlier.
    """

    examinations: tuple[Examination, ...]
    set_aside: dict[str, int]
    strays: tuple[SliceHeader, ...] = ()


@dataclass(frozen=True, slots=True)
class HeaderBatch:
    """Headers of some files, before they are grouped; small enough to travel between processes."""

    headers: tuple[SliceHeader, ...]
    broken: tuple[Path, ...]
    set_aside: dict[str, int]


def scan_dicom(folder: Path | str, on_progress: Callable[[int, int], None] | None = None) -> DicomScan:
    """Read the headers of all files below a folder and group them.

    Parameters
    ----------
    folder : path
    on_progress : callable, optional
        Called with (files read, files in all).

    Raises
    ------
    SeriesError
        IMG-00 when there is no such folder.
    """
    root = Path(folder)
    if not root.is_dir():
        raise SeriesError(
            "IMG-00", "there is no such folder", file=root, remedy="Check the path and its spelling."
        )
    files = sorted(f for f in root.rglob("*") if f.is_file())
    return group_headers([read_headers(files, on_progress)])


def read_headers(files: Sequence[Path], on_progress: Callable[[int, int], None] | None = None) -> HeaderBatch:
    """Read the DICOM headers of some files; the first half of `scan_dicom`, to be shared among workers."""
    set_aside: Counter[str] = Counter()
    headers: list[SliceHeader] = []
    broken: list[Path] = []
    for number, file in enumerate(files, start=1):
        try:
            found = read_file_headers(file)
        except DamagedFileError:
            broken.append(file)
            set_aside[DAMAGED] += 1
        else:
            _sort_in(found, headers, set_aside)
        if on_progress is not None:
            on_progress(number, len(files))
    return HeaderBatch(tuple(headers), tuple(broken), dict(set_aside))


def group_headers(batches: Sequence[HeaderBatch]) -> DicomScan:
    """Group headers into examinations; the second half of `scan_dicom`. Batches come in the order of their files."""
    set_aside: Counter[str] = Counter()
    for batch in batches:
        set_aside.update(batch.set_aside)
    headers = [header for batch in batches for header in batch.headers]
    broken = [file for batch in batches for file in batch.broken]
    examinations, strays = _examinations(headers, broken, set_aside)
    return DicomScan(examinations, dict(sorted(set_aside.items())), strays)


def _sort_in(found: Sequence[SliceHeader], headers: list[SliceHeader], set_aside: Counter[str]) -> None:
    """Keep the slices of a file that may be of use; count the file where none of them is."""
    if not found:
        set_aside[NOT_DICOM] += 1
        return
    reasons = [reason_to_set_aside(header) for header in found]
    kept = [
        header
        for header, reason in zip(found, reasons, strict=True)
        if reason is None or is_segmentation(header)
    ]
    if not kept:
        set_aside[next(reason for reason in reasons if reason)] += 1
    headers.extend(kept)


def _examinations(
    headers: Sequence[SliceHeader], broken: Sequence[Path], set_aside: Counter[str]
) -> tuple[tuple[Examination, ...], tuple[SliceHeader, ...]]:
    studies: dict[str, list[SliceHeader]] = defaultdict(list)
    for header in headers:
        studies[header.study_uid or f"patient {header.patient_id}"].append(header)
    found: list[Examination] = []
    orphans: list[SliceHeader] = []
    for study in studies.values():
        if all(is_segmentation(header) for header in study):
            orphans.extend(study)
            continue
        examination = _examination(study, broken, set_aside)
        # one study of two patients is told to each of them: reading the files raises IMG-23
        names = {header.patient_id: header.patient_name for header in study if not is_segmentation(header)}
        found.extend(
            replace(examination, patient_id=patient, patient_name=name) for patient, name in names.items()
        )
    found, strays = _with_orphans(found, orphans)
    return tuple(sorted(found, key=lambda e: (e.patient_id, e.study_uid))), strays


def _with_orphans(
    found: Sequence[Examination], orphans: Sequence[SliceHeader]
) -> tuple[list[Examination], tuple[SliceHeader, ...]]:
    """Give segmentations under a study of their own to the patient's only examination; return the others too."""
    result = list(found)
    strays: list[SliceHeader] = []
    for orphan in orphans:
        own = [i for i, e in enumerate(result) if e.patient_id == orphan.patient_id]
        if len(own) != 1:
            strays.append(orphan)
            continue
        files = tuple(sorted((*result[own[0]].segmentations, orphan.file)))
        result[own[0]] = replace(result[own[0]], segmentations=files)
    return result, tuple(sorted(strays, key=lambda stray: stray.file))


def _examination(
    study: Sequence[SliceHeader], broken: Sequence[Path], set_aside: Counter[str]
) -> Examination:
    images = [header for header in study if not is_segmentation(header)]
    notes: tuple[str, ...] = ()
    chosen: Sequence[SliceHeader] = images
    try:
        choice = choose_dce(images)
    except InputError as fault:
        # reading these files raises the same error, then with the patient's key
        notes = (f"{fault.rule} {fault.message}",)
    else:
        chosen, notes = choice.images, choice.notes
        n_left = len({h.file for h in images} - {h.file for h in chosen})
        if n_left:
            set_aside["not of the dynamic series"] += n_left
    folders = {header.file.parent for header in images}
    return Examination(
        patient_id=min(header.patient_id for header in images),
        patient_name=images[0].patient_name,
        study_uid=images[0].study_uid,
        files=tuple(sorted({h.file for h in chosen} | {f for f in broken if f.parent in folders})),
        segmentations=tuple(sorted(header.file for header in study if is_segmentation(header))),
        frame_of_reference_uids=frozenset(h.frame_of_reference for h in chosen),
        sop_uids=frozenset(uid for h in chosen for uid in (h.sop_uid, h.uid)),
        notes=notes,
    )

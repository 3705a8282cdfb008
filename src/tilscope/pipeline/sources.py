"""What a hospital handed over: which file belongs to which patient, and what it is."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path

from tilscope.pipeline.executing import Executor, Job
from tilscope.pipeline.file_names import ARRAY_SUFFIXES, mask_words, owner, phase_number
from tilscope.pipeline.outcome import Outcome
from tilscope.pipeline.step import quarantine
from tilscope.reading import (
    ChosenExamination,
    DicomScan,
    Examination,
    HeaderBatch,
    group_headers,
    read_headers,
)
from tilscope.study import Study
from tilscope.vocabulary import InputError, SeriesError, TableError

TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".gct", ".csv.gz", ".tsv.gz", ".txt.gz", ".gct.gz", ".h5ad")
FILES_PER_BATCH = 250
MIN_NAME_LENGTH = 2
CONVERTED = "NIfTI or NRRD phase of a patient with DICOM images"
STRAY = "image or mask of no known patient"
NOT_CHOSEN = "of an examination that was not chosen"
STRAY_SEGMENTATION = "segmentation without images, of no known patient"


@dataclass(frozen=True)
class MaskFile:
    """One mask of one patient, as its name or its header tells."""

    file: Path
    phase: str | None = None
    reader: str = "A"
    session: str = "1"


@dataclass(frozen=True)
class PatientSource:
    """Everything found of one patient.

    Attributes
    ----------
    private_words : tuple of str
        What must not appear in a message: the id and the parts of the name, of two patients where their images
        lie under one study.
    fault : SeriesError, optional
        Why this patient's images cannot be used, where the file names tell it already.
    """

    source_id: str
    images: tuple[Path, ...] = ()
    is_dicom: bool = True
    masks: tuple[MaskFile, ...] = ()
    private_words: tuple[str, ...] = ()
    examination: Examination | None = None
    fault: SeriesError | None = None


@dataclass(frozen=True)
class Delivery:
    """Everything found in a source folder."""

    patients: Mapping[str, PatientSource]
    clinical: Path | None
    expression: Path | None
    gene_sets: tuple[Path, ...]
    set_aside: Mapping[str, int] = field(default_factory=dict)


def survey(
    source: Path,
    known_ids: Iterable[str],
    executor: Executor,
    key: Callable[[str], str],
    *,
    clinical: Path | None = None,
    expression: Path | None = None,
    mask_pattern: str | None = None,
    chosen: Mapping[str, ChosenExamination] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> Delivery:
    """Look through a folder without reading pixels.

    Parameters
    ----------
    source : Path
        The hospital's folder (or one file).
    known_ids : iterable of str
        Patient ids known beforehand, from the clinical table; DICOM adds its own.
    executor : Executor
        Where the headers are read.
    key : callable
        Participant key of a hospital id, for messages.
    clinical, expression : Path, optional
        Tables named by the user; otherwise they are recognised by their columns.
    mask_pattern : str, optional
        Only files whose name matches (``*.nrrd``) count as lesion masks.
    chosen : mapping of PatientID to ChosenExamination, optional
        Which examination counts of patients with several; the others are set aside.

    Raises
    ------
    InputError
        IMG-00 when the folder does not exist.
    SeriesError
        IMG-24 when one patient has several examinations and none is chosen, or the chosen one is not there.
    """
    if not source.exists():
        raise InputError("IMG-00", "this source does not exist", file=source, remedy="Check the path.")
    files = _files(source)
    arrays = [f for f in files if f.name.lower().endswith(ARRAY_SUFFIXES)]
    others = [f for f in files if not f.name.lower().endswith((*ARRAY_SUFFIXES, *TABLE_SUFFIXES, ".gmt"))]
    scan = _scan(others, executor, on_progress)
    known = list(known_ids)
    examinations, set_aside = _only_chosen(scan.examinations, chosen or {}, set(known), key)
    set_aside.update(scan.set_aside)
    patients = _dicom_patients(examinations, mask_pattern, key)
    ids = [*patients, *(i for i in known if i not in patients)]
    set_aside += _add_segmentations(patients, scan, set(ids), mask_pattern)
    set_aside += _add_arrays(patients, arrays, ids, source, mask_pattern)
    gene_sets = tuple(f for f in files if f.name.lower().endswith(".gmt"))
    return Delivery(patients, clinical, expression, gene_sets, set_aside)


def _files(source: Path) -> list[Path]:
    return sorted(p for p in source.rglob("*") if p.is_file()) if source.is_dir() else [source]


def find_tables(source: Path) -> tuple[Path | None, Path | None]:
    """Return the clinical and the expression table of a folder (or one file), told by their header lines.

    Raises
    ------
    TableError
        TAB-50 when two files look like the same kind of table.
    """
    from tilscope.reading import table_kind

    found: dict[str, list[Path]] = {"participants": [], "expression": []}
    for file in _files(source):
        if not file.name.lower().endswith(TABLE_SUFFIXES):
            continue
        kind = table_kind(file)
        if kind in found:
            found[kind].append(file)
    for kind, option in (("participants", "--clinical"), ("expression", "--expression")):
        if len(found[kind]) > 1:
            raise TableError(
                "TAB-50",
                f"several files look like the {kind} table",
                expected="one",
                found=", ".join(f.name for f in found[kind]),
                remedy=f"Name the right one with {option}.",
            )
    return next(iter(found["participants"]), None), next(iter(found["expression"]), None)


def _scan(files: list[Path], executor: Executor, on_progress: Callable[[int, int], None] | None) -> DicomScan:
    """Read the headers in batches, wherever there are workers, and group them."""
    starts = range(0, len(files), FILES_PER_BATCH)
    jobs = [Job("", [(_read_batch, f"scan-{k}", files[k : k + FILES_PER_BATCH])]) for k in starts]
    batches: dict[str, HeaderBatch] = {}
    for outcome in executor.outcomes(Path(), jobs):
        if outcome.failed:
            raise InputError(
                "RUN-78", "the files could not be looked through", found=(outcome.error or {}).get("found")
            )
        batches[outcome.step] = outcome.payload
        if on_progress is not None:
            on_progress(min(len(batches) * FILES_PER_BATCH, len(files)), len(files))
    return group_headers([batches[f"scan-{k}"] for k in starts])


def _read_batch(root: str, step: str, subject: str, files: list[Path], before: Outcome | None) -> Outcome:
    return Outcome(step, subject, "done", payload=read_headers(files))


def _only_chosen(
    examinations: Iterable[Examination],
    chosen: Mapping[str, ChosenExamination],
    known_ids: set[str],
    key: Callable[[str], str],
) -> tuple[list[Examination], Counter[str]]:
    """Return the examinations without those that were not chosen, and the number of files of these."""
    kept: list[Examination] = []
    set_aside: Counter[str] = Counter()
    uids: dict[str, set[str]] = defaultdict(set)
    for examination in examinations:
        uids[examination.patient_id].add(examination.study_uid)
        wanted = chosen.get(examination.patient_id)
        if wanted is None or wanted.study_uid == examination.study_uid:
            kept.append(examination)
        else:
            set_aside[NOT_CHOSEN] += len(examination.files) + len(examination.segmentations)
    for patient_id, wanted in chosen.items():
        if patient_id in uids and wanted.study_uid not in uids[patient_id]:
            raise SeriesError(
                "IMG-24",
                "the examination to use is not there",
                patient=key(patient_id),
                found=f"{len(uids[patient_id])} examination(s) of other StudyInstanceUIDs",
                expected=f"that of row {wanted.row} of the table of examinations",
                remedy="Correct the row, or hand over that examination.",
            )
        if patient_id not in uids and patient_id not in known_ids:
            raise SeriesError(
                "IMG-24",
                "the table of examinations names a patient whom nobody knows",
                found=f"row {wanted.row}",
                expected="a PatientID of the DICOM files, the clinical table or the study",
                remedy="Write the id as in the DICOM files, or take the row out.",
            )
    return kept, set_aside


def _dicom_patients(
    examinations: Sequence[Examination], mask_pattern: str | None, key: Callable[[str], str]
) -> dict[str, PatientSource]:
    patients: dict[str, PatientSource] = {}
    words: dict[str, list[str]] = defaultdict(list)  # by study: what messages on it may quote
    for examination in examinations:
        words[examination.study_uid] += _words(examination.patient_id, examination.patient_name)
    for examination in examinations:
        if examination.patient_id in patients:
            raise SeriesError(
                "IMG-24",
                "one patient has several examinations",
                patient=key(examination.patient_id),
                found="two StudyInstanceUIDs under one PatientID",
                expected="one examination each",
                remedy="Hand over only the baseline examination of each patient, or name it in a table with the "
                "columns patient_id and study_uid: tilscope import STUDY SOURCE --examinations FILE.csv.",
            )
        masks = tuple(
            MaskFile(f, *mask_words(f, examination.patient_id))
            for f in examination.segmentations
            if _is_wanted(f, mask_pattern)
        )
        patients[examination.patient_id] = PatientSource(
            examination.patient_id,
            tuple(examination.files),
            True,
            masks,
            tuple(dict.fromkeys(words[examination.study_uid])),
            examination,
        )
    return patients


def _words(patient_id: str, patient_name: str) -> list[str]:
    """Return what tells who a patient is: the id and the parts of the name."""
    names = re.split(r"[\^\s=,]+", patient_name)
    return [patient_id, *(w for w in names if len(w) >= MIN_NAME_LENGTH)]


def _add_segmentations(
    patients: dict[str, PatientSource], scan: DicomScan, ids: set[str], pattern: str | None
) -> Counter[str]:
    """Give DICOM masks that came without their images to patients known from elsewhere; count the others."""
    set_aside: Counter[str] = Counter()
    for stray in scan.strays:
        patient_id = stray.patient_id
        if patient_id not in ids:
            set_aside[STRAY_SEGMENTATION] += 1
        elif _is_wanted(stray.file, pattern):
            words = tuple(_words(patient_id, stray.patient_name))
            known = patients.get(patient_id, PatientSource(patient_id, is_dicom=False, private_words=words))
            mask = MaskFile(stray.file, *mask_words(stray.file, patient_id))
            patients[patient_id] = replace(known, masks=(*known.masks, mask))
    return set_aside


def _is_wanted(file: Path, pattern: str | None) -> bool:
    return pattern is None or fnmatch(file.name, pattern)


def _add_arrays(
    patients: dict[str, PatientSource], arrays: list[Path], ids: list[str], source: Path, pattern: str | None
) -> Counter[str]:
    """Give every NIfTI or NRRD file to its patient; return how many were left alone, by reason."""
    set_aside: Counter[str] = Counter()
    phases: dict[str, list[tuple[int, Path]]] = defaultdict(list)
    folder = source if source.is_dir() else source.parent
    for file in arrays:
        patient_id = owner(file.relative_to(folder), ids)
        if patient_id is None:
            set_aside[STRAY] += 1
            continue
        number = phase_number(file, patient_id)
        known = patients.get(
            patient_id, PatientSource(patient_id, is_dicom=False, private_words=(patient_id,))
        )
        if number is not None and known.is_dicom and known.images:
            set_aside[CONVERTED] += 1  # DICOM is the original; a converted copy beside it adds nothing
        elif number is not None:
            phases[patient_id].append((number, file))
            patients[patient_id] = known
        elif _is_wanted(file, pattern):
            mask = MaskFile(file, *mask_words(file, patient_id))
            patients[patient_id] = replace(known, masks=(*known.masks, mask))
    for patient_id, found in phases.items():
        patients[patient_id] = _with_phases(patients[patient_id], sorted(found))
    return set_aside


def _with_phases(known: PatientSource, phases: list[tuple[int, Path]]) -> PatientSource:
    numbers = [number for number, _ in phases]
    images = tuple(file for _, file in phases)
    return replace(known, images=images, is_dicom=False, fault=_numbering_fault(numbers))


def _numbering_fault(numbers: list[int]) -> SeriesError | None:
    """Return why these phases are no series: one of them twice, or one missing between them."""
    twice = sorted({n for n in numbers if numbers.count(n) > 1})
    if twice:
        return SeriesError(
            "IMG-06",
            "several files claim to be the same phase",
            found=f"{numbers.count(twice[0])} files named phase-{twice[0]}",
            expected="one file per phase",
            remedy="Take the copy that does not belong there out of the folder.",
        )
    if numbers != list(range(len(numbers))):
        return SeriesError(
            "IMG-03",
            "phases are missing between those that are there",
            found=f"phases {', '.join(map(str, numbers))}",
            expected="phase-0 (before contrast), phase-1, ... without a gap",
            remedy="Add the missing phase, or number the files from 0.",
        )
    return None


def refuse_images(root: str, step: str, patient: str, fault: SeriesError, before: Outcome | None) -> Outcome:
    """Quarantine a patient whose images are not even read; the step of a job instead of reading them."""
    return Outcome(step, patient, "failed", error=quarantine(Study(Path(root)), step, patient, fault))

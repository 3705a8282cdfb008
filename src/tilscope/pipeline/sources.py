"""What a hospital handed over: which file belongs to which patient, and what it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path

from tilscope.pipeline.executing import Executor, Job
from tilscope.pipeline.step import Outcome
from tilscope.reading import DicomScan, Examination, HeaderBatch, group_headers, read_headers
from tilscope.vocabulary import InputError, SeriesError, TableError

ARRAY_SUFFIXES = (".nii", ".nii.gz", ".nrrd")
TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".csv.gz", ".tsv.gz")
FILES_PER_BATCH = 250
PHASE_IMAGE = re.compile(r"(?:^|[_\-. ])phase[_\-]?(\d{1,2})$", re.IGNORECASE)
PHASE_TOKEN = re.compile(r"(?:^|[_\-. ])(pre|post[1-9]\d?|peak)(?=$|[_\-. ])", re.IGNORECASE)
READER_TOKEN = re.compile(r"(?:^|[_\-. ])reader[_\-]?([A-Za-z0-9]+)", re.IGNORECASE)
SESSION_TOKEN = re.compile(r"(?:^|[_\-. ])session[_\-]?([A-Za-z0-9]+)", re.IGNORECASE)


@dataclass(frozen=True)
class MaskFile:
    """One mask of one patient, as its name or its header tells."""

    file: Path
    phase: str | None = None
    reader: str = "A"
    session: str = "1"


@dataclass(frozen=True)
class PatientSource:
    """Everything found of one patient."""

    source_id: str
    images: tuple[Path, ...] = ()
    is_dicom: bool = True
    masks: tuple[MaskFile, ...] = ()
    private_words: tuple[str, ...] = ()
    examination: Examination | None = None


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

    Raises
    ------
    InputError
        IMG-00 when the folder does not exist.
    SeriesError
        IMG-24 when one patient has several examinations.
    """
    if not source.exists():
        raise InputError("IMG-00", "this source does not exist", file=source, remedy="Check the path.")
    files = _files(source)
    arrays = [f for f in files if f.name.lower().endswith(ARRAY_SUFFIXES)]
    others = [f for f in files if not f.name.lower().endswith((*ARRAY_SUFFIXES, *TABLE_SUFFIXES, ".gmt"))]
    scan = _scan(others, executor, on_progress)
    patients = _dicom_patients(scan, mask_pattern, key)
    set_aside = dict(scan.set_aside)
    ids = [*patients, *(i for i in known_ids if i not in patients)]
    strays = _add_arrays(patients, arrays, ids, source, mask_pattern)
    if strays:
        set_aside["image or mask of no known patient"] = strays
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


def _dicom_patients(
    scan: DicomScan, mask_pattern: str | None, key: Callable[[str], str]
) -> dict[str, PatientSource]:
    patients: dict[str, PatientSource] = {}
    for examination in scan.examinations:
        if examination.patient_id in patients:
            raise SeriesError(
                "IMG-24",
                "one patient has several examinations",
                patient=key(examination.patient_id),
                found="two StudyInstanceUIDs under one PatientID",
                expected="one examination each",
                remedy="Hand over only the baseline examination of each patient.",
            )
        masks = tuple(MaskFile(f) for f in examination.segmentations if _is_wanted(f, mask_pattern))
        private = (examination.patient_id, *re.split(r"[\^\s=,]+", examination.patient_name))
        patients[examination.patient_id] = PatientSource(
            examination.patient_id,
            tuple(examination.files),
            True,
            masks,
            tuple(w for w in private if len(w) > 2),
        )
    return patients


def _is_wanted(file: Path, pattern: str | None) -> bool:
    return pattern is None or fnmatch(file.name, pattern)


def _add_arrays(
    patients: dict[str, PatientSource], arrays: list[Path], ids: list[str], source: Path, pattern: str | None
) -> int:
    """Give every NIfTI or NRRD file to its patient; return how many belong to none."""
    strays = 0
    folder = source if source.is_dir() else source.parent
    for file in arrays:
        owner = _owner(file.relative_to(folder), ids)
        stem = _stem(file)
        is_phase = PHASE_IMAGE.search(stem) is not None
        if owner is None:
            strays += 1
        elif is_phase or _is_wanted(file, pattern):
            known = patients.get(owner, PatientSource(owner, is_dicom=False, private_words=(owner,)))
            patients[owner] = _with_phase(known, file) if is_phase else _with_mask(known, file, stem)
    return strays


def _stem(file: Path) -> str:
    name = file.name
    for suffix in (".seg.nrrd", *ARRAY_SUFFIXES):
        if name.lower().endswith(suffix):
            return name[: -len(suffix)]
    return file.stem


def _owner(relative: Path, ids: list[str]) -> str | None:
    """Return the patient whose id is a folder of the path or starts the file's name (the longest one wins)."""
    name = relative.name
    fitting = [
        i
        for i in ids
        if i in relative.parts[:-1] or (name.startswith(i) and not name[len(i) : len(i) + 1].isalnum())
    ]
    return max(fitting, key=len, default=None)


def _with_phase(known: PatientSource, file: Path) -> PatientSource:
    if known.is_dicom and known.images:
        return known  # DICOM is the original; a converted copy beside it adds nothing
    images = sorted((*known.images, file), key=_phase_number)
    return replace(known, images=tuple(images), is_dicom=False)


def _phase_number(file: Path) -> int:
    match = PHASE_IMAGE.search(_stem(file))
    return int(match.group(1)) if match else -1


def _with_mask(known: PatientSource, file: Path, stem: str) -> PatientSource:
    phase, reader, session = (p.search(stem) for p in (PHASE_TOKEN, READER_TOKEN, SESSION_TOKEN))
    mask = MaskFile(
        file,
        phase.group(1).lower() if phase else None,
        reader.group(1) if reader else "A",
        session.group(1) if session else "1",
    )
    return replace(known, masks=(*known.masks, mask))

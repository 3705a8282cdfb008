"""What there is to look at: one record per patient, read from the study's files."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from tilscope.review.ratings import Rating
from tilscope.review.safe_files import find_file
from tilscope.study import Study, load_json, sha256_of_file
from tilscope.vocabulary import StudyError

PATIENT_KEY = re.compile(r"sub-[A-Za-z0-9]{1,64}")


class Picture(BaseModel):
    """A picture of ``qc.json``: its file, what stands below it, its size in pixels.

    A picture with a ``phase`` holds frames below each other, to be seen in turn; one that ``is_extra`` is of less
    interest than its neighbours.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    file: str
    title: str = ""
    legend: str = ""
    size: tuple[int, int] | None = None
    phase: str = ""
    is_extra: bool = False


class PhaseMeasure(BaseModel):
    """How the registration of one phase went."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    phase: str
    displacement_mm: float | None = None
    jacobian: float | None = None
    similarity_before: float | None = None
    similarity_after: float | None = None


class Measures(BaseModel):
    """Content of ``qc.json``."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    roi_voxels: int | None = None
    roi_volume_ml: float | None = None
    roi_phase: str | None = None
    phases: tuple[str, ...] = ()
    times_s: tuple[float | None, ...] | None = None
    phase_key: str | None = None
    spacing_mm: tuple[float, ...] = ()
    shape: tuple[int, ...] = ()
    registration: tuple[PhaseMeasure, ...] = ()
    enhancement_percent: tuple[float | None, ...] = ()
    flags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()

    @property
    def curve(self) -> list[tuple[str, float | None, float | None]]:
        """Rows of the enhancement table: phase, seconds, percent; a missing entry is None."""
        times, percent = self.times_s or (), self.enhancement_percent
        return [
            (name, times[k] if k < len(times) else None, percent[k] if k < len(percent) else None)
            for k, name in enumerate(self.phases)
        ]


class Fault(BaseModel):
    """Why a patient was quarantined."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    rule: str
    message: str
    step: str | None = None
    file: str | None = None
    found: str | None = None
    expected: str | None = None
    remedy: str | None = None

    @property
    def details(self) -> dict[str, str]:
        """What is known of the fault, by word."""
        words = {"File": self.file, "Found": self.found, "Expected": self.expected}
        return {word: text for word, text in words.items() if text}


Content = TypeVar("Content", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Case:
    """One patient on the page.

    Attributes
    ----------
    key : str
        The participant's pseudonym.
    pictures : tuple of Picture
        The PNG files in the patient's QC folder, in the order of ``qc.json``; those that it does not name come last.
    measures : Measures or None
        None where the pictures are not made yet.
    qc_sha256 : str
        SHA-256 of ``qc.json``, or empty.
    fault : Fault or None
        Why the patient was quarantined, or that a file here is damaged.
    rating : Rating or None
        What was decided before.
    """

    key: str
    pictures: tuple[Picture, ...]
    measures: Measures | None
    qc_sha256: str
    fault: Fault | None
    rating: Rating | None

    @property
    def state(self) -> str:
        """``quarantined``, ``waiting``, ``unrated``, ``changed``, or the rating."""
        if self.fault is not None:
            return "quarantined"
        if self.measures is None:
            return "waiting"
        if self.rating is None:
            return "unrated"
        return self.rating.rating if self.rating.qc_sha256 in ("", self.qc_sha256) else "changed"

    @property
    def is_ratable(self) -> bool:
        """Tell whether there are pictures to rate."""
        return self.state not in ("quarantined", "waiting")

    @property
    def is_rated(self) -> bool:
        """Tell whether a rating of the present pictures exists."""
        return self.is_ratable and self.state not in ("unrated", "changed")


def known_keys(study: Study) -> list[str]:
    """Return the keys of all patients of the study, sorted."""
    qc_folders = {p.name for p in study.qc_folder("x").parent.glob("sub-*") if p.is_dir()}
    quarantined = {p.stem for p in study.quarantine_folder.glob("sub-*.json")}
    known = {*study.patients, *qc_folders, *quarantined}
    return sorted(key for key in known if PATIENT_KEY.fullmatch(key))


def read_cases(study: Study, ratings: Mapping[str, Rating]) -> dict[str, Case]:
    """Return every patient of the study by key, sorted."""
    return {key: read_case(study, key, ratings.get(key)) for key in known_keys(study)}


def read_case(study: Study, key: str, rating: Rating | None) -> Case:
    """Return one known patient; a damaged file becomes that patient's fault."""
    folder = study.qc_folder(key)
    files = sorted(p.name for p in folder.glob("*.png") if _served(study, p))
    qc_file, quarantine_file = folder / "qc.json", study.quarantine_folder / f"{key}.json"
    fault, measures, digest = None, None, ""
    try:
        if _served(study, qc_file):
            digest = sha256_of_file(qc_file)
            measures = _content(Measures, qc_file)
        if _served(study, quarantine_file):
            fault = _content(Fault, quarantine_file)
    except StudyError as error:
        fault = Fault.model_validate(error.as_record() | {"step": "review"})
    return Case(key, _pictures(files, measures), measures, digest, fault, rating)


def _served(study: Study, path: Path) -> bool:
    return find_file(study.root, path.relative_to(study.root).as_posix()) is not None


def _pictures(files: list[str], measures: Measures | None) -> tuple[Picture, ...]:
    """Return the pictures whose files are there, in the order in which they should be looked at."""
    told = [] if measures is None else [p for p in measures.pictures if p.file in files]
    named = {picture.file for picture in told}
    return (*told, *(Picture(file=file) for file in files if file not in named))


def _content(kind: type[Content], file: Path) -> Content:
    try:
        return kind.model_validate(load_json(file))
    except ValidationError as error:
        raise StudyError(
            "RUN-76",
            "this file of the study does not hold what it should",
            file=file.name,
            found=", ".join(".".join(map(str, e["loc"])) for e in error.errors()),
            remedy="Delete it and run again: it will be made anew.",
        ) from error

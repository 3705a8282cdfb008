"""Where everything lies in a study folder."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tilscope.study.settings import StudySettings, load_settings
from tilscope.vocabulary import StudyError


@dataclass(frozen=True)
class Study:
    """A study folder: paths in, paths out; reading and writing happen elsewhere."""

    root: Path

    @classmethod
    def open(cls, root: Path) -> Study:
        """Return the study at ``root``; refuse a folder that is not one (RUN-75)."""
        study = cls(root)
        if not study.settings_file.is_file():
            raise StudyError(
                "RUN-75",
                "this folder is not a study",
                file=root,
                expected="a study.toml in it",
                remedy=f"Make one with: tilscope init {root}",
            )
        return study

    @cached_property
    def settings(self) -> StudySettings:
        """The validated content of ``study.toml``."""
        return load_settings(self.settings_file)

    @property
    def settings_file(self) -> Path:
        """``study.toml``."""
        return self.root / "study.toml"

    @property
    def participants_file(self) -> Path:
        """``participants.tsv``: one row per participant, under pseudonyms."""
        return self.root / "participants.tsv"

    @property
    def expression_file(self) -> Path:
        """``expression.tsv.gz``: genes x samples, samples under pseudonyms."""
        return self.root / "expression.tsv.gz"

    @property
    def gene_set_folder(self) -> Path:
        """Folder of GMT files."""
        return self.root / "genesets"

    @property
    def gene_set_files(self) -> tuple[Path, ...]:
        """The GMT files, sorted by name."""
        return tuple(sorted(self.gene_set_folder.glob("*.gmt")))

    @property
    def signatures_file(self) -> Path:
        """``signatures.tsv``: gene signatures of the study's own; need not be there."""
        return self.root / "signatures.tsv"

    @property
    def source_folder(self) -> Path:
        """Folder of what must stay in the hospital: the linkage table and its key."""
        return self.root / "sourcedata"

    @property
    def lock_file(self) -> Path:
        """The study's lock."""
        return self.root / ".tilscope" / "lock"

    @property
    def derivatives(self) -> Path:
        """Folder of everything computed."""
        return self.root / "derivatives"

    @property
    def report_file(self) -> Path:
        """``report/index.html``."""
        return self.root / "report" / "index.html"

    @property
    def status_file(self) -> Path:
        """``derivatives/status.json``: how every patient and step ended."""
        return self.derivatives / "status.json"

    @property
    def provenance_file(self) -> Path:
        """``derivatives/provenance.json``: profile, settings, versions, steps."""
        return self.derivatives / "provenance.json"

    @property
    def quarantine_folder(self) -> Path:
        """One JSON file per quarantined patient."""
        return self.derivatives / "quarantine"

    @property
    def ratings_file(self) -> Path:
        """``derivatives/review/ratings.tsv``: what a human said of every patient's pictures."""
        return self.derivatives / "review" / "ratings.tsv"

    def image_folder(self, patient: str) -> Path:
        """``images/sub-x``: the phases as acquired."""
        return self.root / "images" / patient

    def roi_folder(self, patient: str) -> Path:
        """``rois/sub-x``: the masks as drawn."""
        return self.root / "rois" / patient

    def preprocessed_folder(self, patient: str) -> Path:
        """Normalised phases on the crop around the lesion."""
        return self.derivatives / "preprocessed" / patient

    def registered_folder(self, patient: str) -> Path:
        """Phases registered to post1, on the crop around the lesion."""
        return self.derivatives / "registered" / patient

    def qc_folder(self, patient: str) -> Path:
        """Pictures and measures for quality control."""
        return self.derivatives / "qc" / patient

    def feature_file(self, patient: str) -> Path:
        """One patient's features."""
        return self.derivatives / "features" / f"{patient}.json"

    @property
    def feature_table_file(self) -> Path:
        """The cohort's features, participants x features."""
        return self.derivatives / "features" / "features.parquet"

    @property
    def signature_folder(self) -> Path:
        """Split, scores, frozen signature, performance."""
        return self.derivatives / "signature"

    @property
    def biology_folder(self) -> Path:
        """Genes, gene sets, immune cells."""
        return self.derivatives / "biology"

    @property
    def patients(self) -> tuple[str, ...]:
        """Keys of every patient that has images, sorted."""
        folder = self.root / "images"
        return tuple(sorted(p.name for p in folder.glob("sub-*") if (p / "dce.json").is_file()))


def load_json(path: Path) -> dict[str, Any]:
    """Return the content of a JSON file that tilscope wrote; a damaged one is a StudyError (RUN-76)."""
    try:
        content: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise StudyError(
            "RUN-76",
            "this file of the study cannot be read",
            file=path.name,
            found=type(error).__name__,
            remedy="Delete it and run again: it will be made anew.",
        ) from error
    return content

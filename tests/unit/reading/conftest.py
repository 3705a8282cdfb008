"""A small DICOM writer of our own: one examination whose every fault is chosen by the test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

MR = "1.2.840.10008.5.1.4.1.1.4"
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
Edit = Callable[[Dataset, int, int], object]


@dataclass
class Examination:
    """Phases of small slices; tags that tell the phases apart are added by ``edit``."""

    folder: Path
    n_phases: int = 3
    n_slices: int = 6
    rows: int = 5
    columns: int = 7
    spacing: tuple[float, float, float] = (2.0, 0.75, 0.5)
    orientation: tuple[float, ...] = AXIAL
    origin: tuple[float, float, float] = (-10.0, 20.0, 30.0)
    patient_id: str = "HOSP-1"
    study_uid: str = field(default_factory=lambda: generate_uid(entropy_srcs=["study"]))
    frame_uid: str = field(default_factory=lambda: generate_uid(entropy_srcs=["frame"]))
    series_uid: str = field(default_factory=lambda: generate_uid(entropy_srcs=["series"]))
    prefix: str = "IM"

    @property
    def normal(self) -> np.ndarray:
        return np.cross(self.orientation[:3], self.orientation[3:])

    def truth(self) -> np.ndarray:
        """Values of shape (phase, slice, row, column); enhancing, all different."""
        shape = (self.n_phases, self.n_slices, self.rows, self.columns)
        return np.arange(np.prod(shape), dtype=np.uint16).reshape(shape) + np.uint16(10)

    def write(self, edit: Edit | None = None, *, shuffle: bool = True) -> list[Path]:
        """Write all slices, in an order that follows neither phase nor position; ``edit`` may return False."""
        places = [(p, i) for p in range(self.n_phases) for i in range(self.n_slices)]
        if shuffle:
            places = [places[k] for k in np.random.default_rng(3).permutation(len(places))]
        files = []
        for number, (phase, index) in enumerate(places):
            dataset = self._slice(phase, index)
            if edit is not None and edit(dataset, phase, index) is False:
                continue
            file = self.folder / f"{self.prefix}{number:04d}"
            file.parent.mkdir(parents=True, exist_ok=True)
            dataset.save_as(file, enforce_file_format=True)
            files.append(file)
        return files

    def _slice(self, phase: int, index: int) -> Dataset:
        d = Dataset()
        d.file_meta = FileMetaDataset()
        d.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        d.SOPClassUID, d.Modality = MR, "MR"
        d.SOPInstanceUID = generate_uid(entropy_srcs=[self.series_uid, str(phase), str(index)])
        d.ImageType = ["ORIGINAL", "PRIMARY", "M"]
        d.PatientID, d.PatientName = self.patient_id, "CANARY^ANNA"
        d.StudyInstanceUID, d.SeriesInstanceUID = self.study_uid, self.series_uid
        d.FrameOfReferenceUID = self.frame_uid
        d.StudyDate = d.SeriesDate = d.AcquisitionDate = d.ContentDate = "20200102"
        d.SeriesNumber = 5
        d.RepetitionTime, d.EchoTime, d.FlipAngle = "4.5", "1.7", "10"
        d.Rows, d.Columns, d.SamplesPerPixel = self.rows, self.columns, 1
        d.PhotometricInterpretation, d.PixelRepresentation = "MONOCHROME2", 0
        d.BitsAllocated, d.BitsStored, d.HighBit = 16, 16, 15
        d.PixelSpacing = list(self.spacing[1:])
        d.ImageOrientationPatient = list(self.orientation)
        position = np.array(self.origin) + index * self.spacing[0] * self.normal
        d.ImagePositionPatient = [f"{v:.10f}"[:16] for v in position]
        d.PixelData = self.truth()[phase, index].tobytes()
        return d


def by_time(dataset: Dataset, phase: int, index: int) -> None:
    """The usual way to tell phases: an acquisition time each, 90 s apart."""
    dataset.AcquisitionTime = f"10{phase * 90 // 60:02d}{phase * 90 % 60:02d}.5"


@pytest.fixture
def examination(tmp_path):
    """An examination to write into tmp_path/dicom."""
    return Examination(tmp_path / "dicom")


@pytest.fixture
def timed():
    """The edit that gives each phase its acquisition time."""
    return by_time


@pytest.fixture
def make_examination():
    """The class, for tests that need several."""
    return Examination

"""The MR series as a scanner and its archive would hand them over: shuffled, in several dialects."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tilscope.demo.plan import CANARY, PHASES, TIMES_S, TRUNCATED, PatientPlan
from tilscope.vocabulary import Grid

if TYPE_CHECKING:
    from pydicom import Dataset

_UID_PREFIX = "1.2.826.0.1.3680043.8.498."
_MR_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.4"
_EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
_FIRST_PHASE_AT_S = 9 * 3600 + 30 * 60
_NAMES = ("IM{0:06d}", "{1}.dcm", "MR_{0:04d}.dcm")


@dataclass(frozen=True, slots=True)
class _Slice:
    """One image file to be: its phase, its place, and its number in the shuffled series."""

    phase: int
    index: int
    instance: int


def uid(plan: PatientPlan, *what: object) -> str:
    """Return the UID of one thing of one patient: the same in every run with the same seed."""
    from pydicom.uid import generate_uid

    sources = [str(plan.seed), str(plan.number), plan.patient_id, *(str(w) for w in what)]
    return str(generate_uid(prefix=_UID_PREFIX, entropy_srcs=["/".join(sources)]))


def patient_header(plan: PatientPlan) -> Dataset:
    """Return the patient's and the study's attributes; every name carries the canary."""
    from pydicom import Dataset

    header = Dataset()
    header.SpecificCharacterSet = "ISO_IR 192"
    header.PatientName = f"{CANARY}-{plan.number}^DEMO^PATIENT"
    header.PatientID = plan.patient_id
    header.PatientBirthDate = f"19{50 + plan.number % 40:02d}0{1 + plan.number % 9}15"
    header.PatientSex = "F"
    header.PatientAddress = f"{CANARY} street {plan.number}"
    header.InstitutionName = f"{CANARY} hospital"
    header.ReferringPhysicianName = f"{CANARY}^REFERRER"
    header.AccessionNumber = f"{CANARY[:8]}{plan.number:04d}"
    header.StudyInstanceUID = uid(plan, "study")
    header.StudyID = str(plan.number + 1)
    header.StudyDate = f"2019{1 + plan.number % 12:02d}{1 + plan.number % 28:02d}"
    header.StudyTime = _clock(_FIRST_PHASE_AT_S - 600)
    header.StudyDescription = "MR BREAST WITH CONTRAST"
    header.FrameOfReferenceUID = uid(plan, "frame of reference")
    header.PositionReferenceIndicator = ""
    return header


def write_series(
    folder: Path, plan: PatientPlan, phases: Sequence[NDArray[np.uint16]], grid: Grid
) -> dict[int, list[Dataset]]:
    """Write every slice of every phase; return the headers by phase in slice order, for the mask.

    The instance numbers (and so the file names) are shuffled over slices, and over phases where one series
    holds them all.
    """
    common = _series_header(plan, grid)
    shared = _encode_elements(common)
    pattern = _NAMES[plan.number % len(_NAMES)]
    broken = (2, grid.shape[0] // 2) if plan.fault == TRUNCATED else None
    own: dict[int, dict[int, Dataset]] = {phase: {} for phase in range(len(phases))}
    for item in _slices(plan, len(phases), grid.shape[0]):
        header = _slice_header(plan, item, grid)
        target = folder / f"S{int(header.SeriesNumber):03d}"
        target.mkdir(parents=True, exist_ok=True)
        encoded = _encode(shared, header, phases[item.phase][item.index])
        if broken == (item.phase, item.index):
            encoded = encoded[: -phases[0][0].nbytes // 2]
        (target / pattern.format(item.instance, header.SOPInstanceUID)).write_bytes(encoded)
        own[item.phase][item.index] = header
    return {phase: [_joined(common, found[index]) for index in sorted(found)] for phase, found in own.items()}


def _slices(plan: PatientPlan, n_phases: int, n_slices: int) -> Iterator[_Slice]:
    """Yield the slices in file order, with shuffled instance numbers."""
    rng = np.random.default_rng(np.random.SeedSequence(plan.seed, spawn_key=(2, plan.number)))
    if plan.dialect == "per-phase":
        for phase in range(n_phases):
            for instance, index in enumerate(rng.permutation(n_slices).tolist()):
                yield _Slice(phase, index, instance + 1)
        return
    for instance, flat in enumerate(rng.permutation(n_phases * n_slices).tolist()):
        yield _Slice(flat // n_slices, flat % n_slices, instance + 1)


def _series_header(plan: PatientPlan, grid: Grid) -> Dataset:
    """Return the attributes that all images of the examination share."""
    header = patient_header(plan)
    header.SOPClassUID = _MR_IMAGE_STORAGE
    header.Modality = "MR"
    header.Manufacturer = "SYNTHETIC"
    header.ManufacturerModelName = "Demo 3T"
    header.MagneticFieldStrength = "3"
    header.BodyPartExamined = "BREAST"
    header.ImageType = ["ORIGINAL", "PRIMARY", "M"]
    header.ScanningSequence, header.SequenceVariant = "GR", "SP"
    header.ScanOptions, header.MRAcquisitionType = "FS", "3D"
    header.RepetitionTime, header.EchoTime, header.FlipAngle = "4.5", "1.7", "10"
    header.PatientPosition = "HFP"
    header.Laterality = ""
    header.SeriesDate = header.AcquisitionDate = header.ContentDate = header.StudyDate
    header.Rows, header.Columns = grid.shape[1:]
    header.PixelSpacing = [decimal(v) for v in grid.spacing_mm[1:]]
    header.SliceThickness = decimal(grid.spacing_mm[0])
    header.SpacingBetweenSlices = decimal(grid.spacing_mm[0])
    header.ImageOrientationPatient = [decimal(row[axis]) for axis in (0, 1) for row in grid.direction]
    header.SamplesPerPixel, header.PhotometricInterpretation = 1, "MONOCHROME2"
    header.BitsAllocated, header.BitsStored, header.HighBit = 16, 12, 11
    header.PixelRepresentation = 0
    return header


def _slice_header(plan: PatientPlan, item: _Slice, grid: Grid) -> Dataset:
    """Return the attributes of one image alone; the dialect says how it tells its phase."""
    from pydicom import Dataset

    header = Dataset()
    position = grid.index_to_lps() @ np.array([item.index, 0.0, 0.0, 1.0])
    header.ImagePositionPatient = [decimal(v) for v in position[:3]]
    header.SliceLocation = decimal(float(np.dot(position[:3], [row[2] for row in grid.direction])))
    header.InstanceNumber = item.instance
    header.SOPInstanceUID = uid(plan, "image", item.phase, item.index)
    if item.phase > 0:
        header.ContrastBolusAgent = "GADOLINIUM"
    header.ContentTime = _clock(_seconds(item.phase) + 20)
    _DIALECTS[plan.dialect](header, plan, item.phase)
    return header


def _by_acquisition(header: Dataset, plan: PatientPlan, phase: int) -> None:
    """One series; the phase is an acquisition with its own number and time."""
    _name_series(header, plan, 5, "DYN T1 FS 1+4")
    header.AcquisitionNumber = phase + 1
    header.AcquisitionTime = _clock(_seconds(phase))


def _by_temporal_position(header: Dataset, plan: PatientPlan, phase: int) -> None:
    """One series, one acquisition; the phase is a temporal position with a trigger time in ms."""
    _name_series(header, plan, 7, "Ax VIBRANT MULTIPHASE")
    header.AcquisitionNumber = 1
    header.AcquisitionTime = _clock(_seconds(0))
    header.TemporalPositionIdentifier = phase + 1
    header.NumberOfTemporalPositions = len(PHASES)
    header.TriggerTime = decimal((TIMES_S[phase] - TIMES_S[0]) * 1000.0)


def _by_series(header: Dataset, plan: PatientPlan, phase: int) -> None:
    """One series per phase."""
    _name_series(header, plan, 10 + phase, "T1 FS PRE" if phase == 0 else f"T1 FS POST {phase}")
    header.AcquisitionNumber = 1
    header.AcquisitionTime = _clock(_seconds(phase))


_DIALECTS = {
    "acquisition": _by_acquisition,
    "temporal": _by_temporal_position,
    "per-phase": _by_series,
}


def _name_series(header: Dataset, plan: PatientPlan, number: int, description: str) -> None:
    header.SeriesNumber = number
    header.SeriesDescription = description
    header.SeriesInstanceUID = uid(plan, "series", number)
    header.SeriesTime = _clock(_FIRST_PHASE_AT_S)


def write_localizer(folder: Path, plan: PatientPlan, phase: NDArray[np.uint16], grid: Grid) -> None:
    """Write a three-plane localizer: three coarse images of three orientations in a series of their own."""
    folder.mkdir(parents=True, exist_ok=True)
    axes = np.asarray(grid.direction).T * np.asarray(grid.spacing_mm)[::-1, None]
    middle = [n // 2 for n in phase.shape]
    for number, (across, down, along) in enumerate(((0, 1, 2), (0, 2, 1), (1, 2, 0))):
        pixels = np.ascontiguousarray(np.take(phase, middle[2 - along], axis=2 - along)[::2, ::2])
        header = _series_header(plan, grid)
        _name_series(header, plan, 1, "LOCALIZER")
        header.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER"]
        header.SOPInstanceUID = uid(plan, "localizer", number)
        header.InstanceNumber, header.AcquisitionNumber = number + 1, 1
        header.AcquisitionTime = header.ContentTime = _clock(_FIRST_PHASE_AT_S - 300)
        header.Rows, header.Columns = pixels.shape
        spacing = [2 * float(np.linalg.norm(axes[axis])) for axis in (down, across)]
        header.PixelSpacing = [decimal(v) for v in spacing]
        unit = [axes[axis] / np.linalg.norm(axes[axis]) for axis in (across, down)]
        header.ImageOrientationPatient = [decimal(float(v)) for v in np.concatenate(unit)]
        origin = np.asarray(grid.origin_mm) + middle[2 - along] * axes[along]
        header.ImagePositionPatient = [decimal(float(v)) for v in origin]
        (folder / f"LOC_{number + 1}").write_bytes(_encode(_encode_elements(header), header, pixels))


def _joined(common: Dataset, own: Dataset) -> Dataset:
    """Return the whole header of one image."""
    from pydicom import Dataset

    header = Dataset()
    header.update(common)
    header.update(own)
    return header


def _encode_elements(header: Dataset) -> dict[int, bytes]:
    """Return each element's bytes by tag: what a series shares is encoded once, not once per image."""
    from pydicom.filebase import DicomBytesIO
    from pydicom.filewriter import write_data_element

    encoded = {}
    for element in header:
        buffer = DicomBytesIO()
        buffer.is_little_endian, buffer.is_implicit_VR = True, False
        write_data_element(buffer, element, ["utf8"])
        encoded[int(element.tag)] = buffer.getvalue()
    return encoded


def _encode(shared: dict[int, bytes], own: Dataset, pixels: NDArray[np.uint16]) -> bytes:
    """Return the bytes of one DICOM file, explicit VR little endian: preamble, meta, elements by tag."""
    from pydicom.dataset import FileMetaDataset
    from pydicom.filebase import DicomBytesIO
    from pydicom.filewriter import write_file_meta_info

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = _MR_IMAGE_STORAGE
    meta.MediaStorageSOPInstanceUID = own.SOPInstanceUID
    meta.TransferSyntaxUID = _EXPLICIT_LITTLE
    meta.ImplementationClassUID = _UID_PREFIX + "1"
    buffer = DicomBytesIO()
    buffer.write(b"\0" * 128 + b"DICM")
    write_file_meta_info(buffer, meta)
    elements = shared | _encode_elements(own)
    raw = pixels.astype("<u2").tobytes()
    elements[0x7FE00010] = struct.pack("<HH2sHL", 0x7FE0, 0x0010, b"OW", 0, len(raw)) + raw
    return buffer.getvalue() + b"".join(elements[tag] for tag in sorted(elements))


def decimal(value: float) -> str:
    """Return a DICOM decimal string (at most 16 characters)."""
    return f"{value:.10f}"[:16]


def _seconds(phase: int) -> float:
    return _FIRST_PHASE_AT_S + TIMES_S[phase] - TIMES_S[0]


def _clock(seconds: float) -> str:
    whole = int(seconds)
    return f"{whole // 3600:02d}{whole // 60 % 60:02d}{whole % 60:02d}.{round((seconds - whole) * 1e6):06d}"

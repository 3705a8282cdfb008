"""A sound synthetic patient, written as real files; every fault starts from one.

The image is a formula of position and phase, so the right value of every voxel is known: a tilted ramp (no two
neighbours are equal, so that no flip or shuffle goes unnoticed) with a lesion that enhances.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import nibabel as nib
import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

MR = "1.2.840.10008.5.1.4.1.1.4"
AXIAL = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
RAMP = np.array([3.0, 5.1, 11.7])  # per mm along L, P, S
ENHANCEMENT = (20.0, 420.0, 380.0, 350.0, 330.0)  # of the lesion, by phase
SIGMA_MM = 3.5
LESION_MM = 4.5  # radius of the mask
TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
PHASE_S = 90.0
CANARY = "ZQCANARY"


@dataclass
class Patient:
    """One patient: headers and pixels to be edited before `write`, files to be damaged after it."""

    id: str
    folder: Path
    seed: int = 1
    n_phases: int = 3
    shape: tuple[int, int, int] = (8, 24, 22)  # z, y, x
    spacing_mm: tuple[float, float, float] = (2.0, 0.8, 0.7)  # z, y, x
    axes: tuple[tuple[float, ...], tuple[float, ...]] = AXIAL  # along a row, down a column
    origin_mm: tuple[float, float, float] = (-31.0, 12.5, 40.25)
    images: str = "dicom"  # or .nii.gz, .nii, .nrrd
    slices: dict[tuple[int, int], Dataset] = field(default_factory=dict)
    others: list[Dataset] = field(default_factory=list)  # further DICOM files of the examination
    mask: np.ndarray = field(init=False)
    truth: np.ndarray = field(init=False)  # (phase, z, y, x)
    write_mask: Callable[[Patient], None] | None = None

    def __post_init__(self):
        self.truth = np.array([np.rint(self.formula(k, self.positions())) for k in range(self.n_phases)])
        self.mask = np.linalg.norm(self.positions() - self.centre, axis=-1) <= LESION_MM
        if self.images == "dicom":
            for phase in range(self.n_phases):
                for index in range(self.shape[0]):
                    self.slices[phase, index] = self.header(phase, index)

    # geometry, worked out from row and column alone

    @property
    def normal(self):
        return np.cross(*self.axes)

    @property
    def affine(self):
        """Index (z, y, x) to LPS mm."""
        row, column = np.array(self.axes)
        steps = [s * v for s, v in zip(self.spacing_mm, (self.normal, column, row), strict=True)]
        affine = np.eye(4)
        affine[:3, :3], affine[:3, 3] = np.column_stack(steps), self.origin_mm
        return affine

    @property
    def centre(self):
        return (self.affine @ [*((np.array(self.shape) - 1) / 2), 1])[:3]

    def positions(self, shape=None, affine=None):
        """LPS positions of the voxels, shape (z, y, x, 3)."""
        index = np.moveaxis(np.indices(shape or self.shape), 0, -1)
        affine = self.affine if affine is None else affine
        return index @ affine[:3, :3].T + affine[:3, 3]

    def formula(self, phase, positions):
        """The image at LPS positions."""
        offset = positions - self.centre
        lesion = np.exp(-(offset**2).sum(axis=-1) / (2 * SIGMA_MM**2))
        return 600 + 7 * self.seed + offset @ RAMP + 5 * phase + ENHANCEMENT[phase] * lesion

    # DICOM

    def uid(self, *what):
        return generate_uid(entropy_srcs=[self.id, *map(str, what)])

    def header(self, phase, index):
        """One slice with its pixels; phases are told by time, number and temporal position alike."""
        d = Dataset()
        d.file_meta = FileMetaDataset()
        d.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        d.SOPClassUID, d.Modality = MR, "MR"
        d.SOPInstanceUID = self.uid("slice", phase, index)
        d.ImageType = ["ORIGINAL", "PRIMARY", "M"]
        d.PatientID, d.PatientName = self.id, f"{CANARY}^ANNA"
        d.StudyInstanceUID, d.SeriesInstanceUID = self.uid("study"), self.uid("series")
        d.FrameOfReferenceUID = self.uid("frame")
        d.StudyDate = d.SeriesDate = d.AcquisitionDate = d.ContentDate = "20200102"
        for keyword in ("PatientBirthDate", "PatientSex", "StudyTime", "StudyID", "AccessionNumber"):
            setattr(d, keyword, "")
        d.ReferringPhysicianName = d.PositionReferenceIndicator = ""
        d.SeriesNumber, d.InstanceNumber = 5, phase * self.shape[0] + index + 1
        d.RepetitionTime, d.EchoTime, d.FlipAngle = "4.5", "1.7", "10"
        d.ScanningSequence, d.SequenceVariant, d.MRAcquisitionType = "GR", "SP", "3D"
        d.TemporalPositionIdentifier = d.AcquisitionNumber = phase + 1
        d.AcquisitionTime = clock(phase * PHASE_S)
        d.ImageOrientationPatient = [decimal(v) for axis in self.axes for v in axis]
        d.ImagePositionPatient = [decimal(v) for v in (self.affine @ [index, 0, 0, 1])[:3]]
        d.PixelSpacing = [decimal(v) for v in self.spacing_mm[1:]]
        d.SliceThickness = decimal(self.spacing_mm[0])
        d.SamplesPerPixel, d.PhotometricInterpretation, d.PixelRepresentation = 1, "MONOCHROME2", 0
        d.BitsAllocated, d.BitsStored, d.HighBit = 16, 16, 15
        set_pixels(d, self.truth[phase, index])
        return d

    def each(self, phase=None):
        """Slices with their (phase, index); of one phase if named."""
        return [(p, i, d) for (p, i), d in self.slices.items() if phase in (None, p)]

    def phase_slices(self, phase):
        return [self.slices[phase, i] for i in range(self.shape[0])]

    def file(self, phase, index):
        """Where a slice is written; names follow neither phase nor position."""
        numbers = np.random.default_rng(7).permutation(self.n_phases * self.shape[0])
        return self.folder / f"IM{numbers[phase * self.shape[0] + index]:04d}"

    # writing

    def write(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        if self.images == "dicom":
            for phase, index, d in self.each():
                d.save_as(self.file(phase, index), enforce_file_format=True)
            for number, d in enumerate(self.others):
                d.save_as(self.folder / f"OT{number:04d}", enforce_file_format=True)
        else:
            for phase in range(self.n_phases):
                self.write_array(self.folder / f"phase-{phase}{self.images}", self.truth[phase].astype("<f4"))
        if self.write_mask is None:
            self.write_array(self.mask_file(), self.mask.astype(np.uint8))
        else:
            self.write_mask(self)

    def mask_file(self, ending="_lesion_post1.nii.gz"):
        return self.folder / f"{self.id}{ending}"

    def write_array(self, file, array, affine=None, **header):
        """Write a NIfTI or NRRD file; ``affine`` is from (z, y, x) to LPS."""
        affine = self.affine if affine is None else affine
        file.parent.mkdir(parents=True, exist_ok=True)
        if file.name.endswith(".nrrd"):
            write_nrrd(file, array, affine, **header)
        else:
            write_nifti(file, array, affine)


def clock(seconds):
    whole = int(seconds)
    return f"{10 + whole // 3600:02d}{whole // 60 % 60:02d}{whole % 60:02d}.5"


def decimal(value):
    """A DICOM decimal string: 16 characters at most."""
    return f"{value:.12f}"[:16]


def set_pixels(dataset, values):
    dataset.Rows, dataset.Columns = values.shape
    dataset.PixelData = np.asarray(values).astype("<u2").tobytes()


def write_nifti(file, array, affine):
    """Write with nibabel: (x, y, z) on disk, RAS."""
    ras = TO_RAS @ affine[:, [2, 1, 0, 3]]
    image = nib.Nifti1Image(np.asarray(array).T, ras)
    image.header.set_xyzt_units("mm", "sec")
    image.set_sform(ras, 1)
    image.set_qform(ras, 1)
    nib.save(image, file)


def write_nrrd(file, array, affine, encoding="gzip", space="left-posterior-superior", **header):
    """Write with pynrrd; a fourth axis of the array is one of layers."""
    import nrrd

    flip = np.diag([-1.0, -1.0, 1.0]) if space == "right-anterior-superior" else np.eye(3)
    directions = (flip @ affine[:3, [2, 1, 0]]).T
    if array.ndim == 4:
        directions = np.vstack([np.full(3, np.nan), directions])
        array = np.moveaxis(array, -1, 0).transpose(0, 3, 2, 1)
    else:
        array = array.T
    known = {
        "space": space,
        "space directions": directions,
        "space origin": flip @ affine[:3, 3],
        "encoding": encoding,
        "kinds": [*(["list"] if array.ndim == 4 else []), "domain", "domain", "domain"],
    }
    nrrd.write(str(file), np.asfortranarray(array), known | header, index_order="F")


def reread(file, edit):
    """Change the header of a DICOM file on disk."""
    dataset = pydicom.dcmread(file)
    edit(dataset)
    dataset.save_as(file)

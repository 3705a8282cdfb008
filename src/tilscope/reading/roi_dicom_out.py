"""A mask as DICOM SEG: under the participant's key, or on a hospital's own images for its PACS.

Bytes are deterministic: every UID is a hash of the participant's key and of the content, and dates are fixed.
"""

from __future__ import annotations

import hashlib
import io
import uuid
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from tilscope.reading.dicom_headers import MR_IMAGE
from tilscope.vocabulary import Grid, Roi

Method = Literal["MANUAL", "SEMIAUTOMATIC", "AUTOMATIC"]

NO_DATE, NO_TIME = "19700101", "000000"  # type 1 in the standard, so not empty; the true ones may identify
LABEL_LENGTH = 64  # VR LO
SERIES_NUMBER = 900
MAY_BE_EMPTY = (
    "PatientID",
    "PatientName",
    "PatientBirthDate",
    "PatientSex",
    "StudyDate",
    "StudyTime",
    "StudyID",
    "AccessionNumber",
    "ReferringPhysicianName",
    "PositionReferenceIndicator",
)
REFERENCES = (
    "SourceImageSequence",
    "ReferencedSeriesSequence",
    "StudiesContainingOtherReferencedInstancesSequence",
)


@dataclass(frozen=True, slots=True)
class Drawing:
    """How a mask came to be, as its DICOM SEG tells.

    Attributes
    ----------
    method : str
        ``MANUAL``, ``SEMIAUTOMATIC`` or ``AUTOMATIC``.
    algorithm : str
        Name of the algorithm; needed unless the method is manual.
    description : str
        One sentence on the segment.
    """

    method: Method = "MANUAL"
    algorithm: str = ""
    description: str = ""


def encode_dicom_seg(
    roi: Roi, *, patient: str, method: Method = "MANUAL", algorithm: str = "", description: str = ""
) -> bytes:
    """Return a mask as the bytes of a binary DICOM SEG on the mask's own grid.

    It names no image, because the study keeps none as DICOM; 3D Slicer opens it at its place in LPS mm.

    Parameters
    ----------
    roi : Roi
        At least one voxel inside; an empty phase is one that nobody told.
    patient : str
        The participant's key; it becomes PatientID and PatientName.
    method : str
        ``MANUAL``, ``SEMIAUTOMATIC`` or ``AUTOMATIC``.
    algorithm : str
        Name of the algorithm, with its parameters if they are short; needed unless the method is manual.
    description : str
        One sentence on the segment.

    Returns
    -------
    bytes
        A DICOM file; `read_roi` gives the mask back bit-equal. Equal arguments give equal bytes.

    References
    ----------
    DICOM PS3.3 A.51 (Segmentation IOD), PS3.5 B.2 (UIDs under 2.25).
    """
    drawing = Drawing(method, algorithm, description)
    content = _digest(roi)
    dataset = _segmentation(_stand_ins(roi, patient), roi, drawing, uid(patient, content, str(drawing)))
    for keyword in REFERENCES:
        if keyword in dataset:
            del dataset[keyword]
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        if "DerivationImageSequence" in frame:
            del frame.DerivationImageSequence
    return _encoded(dataset)


def encode_dicom_seg_on(
    roi: Roi, images: Sequence[Any], *, method: Method = "MANUAL", algorithm: str = "", description: str = ""
) -> bytes:
    """Return a mask as a DICOM SEG that refers to the hospital's own images, for its PACS.

    Patient, study and frame of reference are those of the images: the result identifies the patient.

    Parameters
    ----------
    roi : Roi
    images : sequence of pydicom datasets
        One per slice of the mask's grid, in its order; what the standard demands of them and old exports
        leave out is taken as empty.
    method, algorithm, description : str
        As in `encode_dicom_seg`.
    """
    drawing = Drawing(method, algorithm, description)
    for number, image in enumerate(images, start=1):
        absent = dict.fromkeys(MAY_BE_EMPTY, "") | {
            "InstanceNumber": number,
            "SliceThickness": float(roi.grid.spacing_mm[0]),
        }
        for keyword, value in absent.items():
            if keyword not in image:
                setattr(image, keyword, value)
    series = uid(str(images[0].SeriesInstanceUID), _digest(roi), str(drawing))
    return _encoded(_segmentation(images, roi, drawing, series))


def uid(*parts: str) -> str:
    """Return a UID under 2.25 that is a hash of some texts."""
    digest = hashlib.sha256("\0".join(parts).encode()).digest()
    return f"2.25.{uuid.UUID(bytes=digest[:16], version=5).int}"


def _digest(roi: Roi) -> str:
    """Return a hash of all that a mask is."""
    grid = roi.grid
    words = (grid.shape, grid.spacing_mm, grid.origin_mm, grid.direction)
    names = (roi.phase, roi.reader, roi.session, roi.label)
    return hashlib.sha256(repr((words, names)).encode() + np.packbits(roi.mask).tobytes()).hexdigest()


def _segmentation(images: Sequence[Any], roi: Roi, drawing: Drawing, series_uid: str) -> Any:
    from highdicom.seg import Segmentation, SegmentationTypeValues

    from tilscope import __version__

    with warnings.catch_warnings():
        # hospital's odd values of the patient module are copied, not judged
        warnings.simplefilter("ignore")
        dataset = Segmentation(
            source_images=list(images),
            pixel_array=roi.mask.astype(np.uint8),
            segmentation_type=SegmentationTypeValues.BINARY,
            segment_descriptions=[_described(roi, drawing)],
            series_instance_uid=series_uid,
            series_number=SERIES_NUMBER,
            sop_instance_uid=uid(series_uid, "instance"),
            instance_number=1,
            manufacturer="tilscope",
            manufacturer_model_name="tilscope",
            software_versions=__version__,
            device_serial_number="0",
            series_description=_series_name(roi),
            content_label="LESION",
        )
    dataset.SpecificCharacterSet = "ISO_IR 192"
    _fix(dataset, series_uid)
    return dataset


def _series_name(roi: Roi) -> str:
    where = f", drawn on {roi.phase}" if roi.phase else ""
    return f"Lesion, reader {roi.reader}, session {roi.session}{where}"[:LABEL_LENGTH]


def _described(roi: Roi, drawing: Drawing) -> Any:
    """Return the description of the one segment."""
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.seg import SegmentAlgorithmTypeValues, SegmentDescription
    from pydicom.sr.codedict import codes

    from tilscope import __version__

    algorithm = None
    if drawing.method != "MANUAL":
        name = (drawing.algorithm or "unnamed")[:LABEL_LENGTH]
        # the one algorithm of the house clusters enhancement (Chen and Giger 2006)
        family = codes.cid7162.ClusterAnalysis
        algorithm = AlgorithmIdentificationSequence(name=name, family=family, version=__version__)
    description = SegmentDescription(
        segment_number=1,
        segment_label=roi.label[:LABEL_LENGTH] or "lesion",
        segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
        segmented_property_type=codes.SCT.Lesion,
        algorithm_type=SegmentAlgorithmTypeValues[drawing.method],
        algorithm_identification=algorithm,
    )
    if drawing.description:
        description.SegmentDescription = drawing.description
    return description


def _stand_ins(roi: Roi, patient: str) -> list[Any]:
    """Return headers without pixels, one per slice, that carry the participant's key and the mask's grid."""
    return [_stand_in(roi.grid, patient, index) for index in range(roi.grid.shape[0])]


def _stand_in(grid: Grid, patient: str, index: int) -> Any:
    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.uid import ExplicitVRLittleEndian
    from pydicom.valuerep import format_number_as_ds

    direction = np.asarray(grid.direction)
    position = (grid.index_to_lps() @ (index, 0, 0, 1))[:3]
    slice_ = Dataset()
    slice_.file_meta = FileMetaDataset()
    slice_.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    slice_.SOPClassUID, slice_.Modality = MR_IMAGE, "MR"
    slice_.SOPInstanceUID = uid(patient, "slice", str(index))
    slice_.StudyInstanceUID = uid(patient, "study")
    slice_.SeriesInstanceUID = uid(patient, "images")
    slice_.FrameOfReferenceUID = uid(patient, "frame of reference")
    for keyword in MAY_BE_EMPTY:
        setattr(slice_, keyword, "")
    slice_.PatientID = slice_.PatientName = patient
    slice_.InstanceNumber = index + 1
    slice_.Rows, slice_.Columns = grid.shape[1:]
    slice_.SamplesPerPixel, slice_.PhotometricInterpretation = 1, "MONOCHROME2"
    slice_.PixelSpacing = [format_number_as_ds(float(v)) for v in grid.spacing_mm[1:]]
    slice_.SliceThickness = format_number_as_ds(float(grid.spacing_mm[0]))
    slice_.ImageOrientationPatient = [format_number_as_ds(float(v)) for v in direction[:, :2].T.ravel()]
    slice_.ImagePositionPatient = [format_number_as_ds(float(v)) for v in position]
    return slice_


def _fix(dataset: Any, series_uid: str) -> None:
    """Put fixed dates and hashed UIDs where highdicom wrote the clock's and random ones."""
    organisation = uid(series_uid, "dimensions")

    def settle(_: Any, element: Any) -> None:
        if element.keyword == "DimensionOrganizationUID":
            element.value = organisation
        elif element.keyword.startswith(("Content", "InstanceCreation", "Series", "Contribution")):
            fixed = {"DA": NO_DATE, "TM": NO_TIME, "DT": NO_DATE + NO_TIME}
            element.value = fixed.get(element.VR, element.value)

    dataset.walk(settle)


def _encoded(dataset: Any) -> bytes:
    stream = io.BytesIO()
    dataset.save_as(stream, enforce_file_format=True)
    return stream.getvalue()

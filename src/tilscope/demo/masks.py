"""The lesion masks as readers hand them over: DICOM SEG, Slicer's .seg.nrrd, NRRD and NIfTI."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from tilscope.demo.dicom import uid
from tilscope.demo.plan import WRONG_GRID, PatientPlan
from tilscope.vocabulary import Grid, Roi

if TYPE_CHECKING:
    from pydicom import Dataset

#: LPS to RAS, the axes of NIfTI.
_LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])


def write_mask(
    folder: Path, plan: PatientPlan, roi: Roi, headers: Sequence[Dataset], reading: str = ""
) -> Path:
    """Write one patient's mask in the planned format; return the file.

    The file's name states patient and phase (``H-1047_post2.nrrd``), and who read it where that was not the
    first reading (``H-1047_post2_reader-B.nrrd``); a DICOM SEG references the images of the phase that it was
    drawn on. The patient with the planted wrong grid gets an identity affine.
    """
    folder.mkdir(parents=True, exist_ok=True)
    suffix = "dcm" if plan.mask_format == "seg" else plan.mask_format
    name = "_".join(word for word in (plan.patient_id, roi.phase, reading) if word)
    target = folder / f"{name}.{suffix}"
    target.write_bytes(_ENCODERS[plan.mask_format](plan, roi, headers))
    return target


def _nifti(plan: PatientPlan, roi: Roi, headers: Sequence[Dataset]) -> bytes:
    import nibabel

    columns = roi.grid.index_to_lps()[:, [2, 1, 0, 3]]
    affine = np.eye(4) if plan.fault == WRONG_GRID else _LPS_TO_RAS @ columns
    image = nibabel.Nifti1Image(roi.mask.transpose(2, 1, 0).astype(np.uint8), affine)
    image.set_sform(affine, code=1)
    image.set_qform(affine, code=1)
    return gzip.compress(image.to_bytes(), mtime=0)


def _nrrd(plan: PatientPlan, roi: Roi, headers: Sequence[Dataset]) -> bytes:
    return _encode_nrrd(roi.mask, roi.grid, {})


def _slicer_nrrd(plan: PatientPlan, roi: Roi, headers: Sequence[Dataset]) -> bytes:
    """Return what 3D Slicer saves: the mask's own extent, and the segment in the header."""
    start, stop = roi.box(margin_mm=4.0)
    mask = roi.mask[tuple(slice(a, b) for a, b in zip(start, stop, strict=True))]
    extent = " ".join(f"0 {n - 1}" for n in mask.shape[::-1])
    segment = {
        "Segment0_ID": "Segment_1",
        "Segment0_Name": "tumour",
        "Segment0_LabelValue": "1",
        "Segment0_Layer": "0",
        "Segment0_Extent": extent,
        "Segmentation_ReferenceImageExtentOffset": " ".join(str(a) for a in start[::-1]),
    }
    return _encode_nrrd(mask, roi.grid.cropped(start, stop), segment)


def _encode_nrrd(mask: NDArray[np.bool_], grid: Grid, fields: dict[str, str]) -> bytes:
    import nrrd

    columns = grid.index_to_lps()
    header = {
        "space": "left-posterior-superior",
        "space directions": columns[:3, [2, 1, 0]].T,
        "space origin": columns[:3, 3],
        "kinds": ["domain"] * 3,
        "encoding": "gzip",
        **fields,
    }
    buffer = BytesIO()
    nrrd.write(buffer, mask.transpose(2, 1, 0).astype(np.uint8), header, index_order="F")
    head, body = buffer.getvalue().split(b"\n\n", 1)
    without_date = b"\n".join(line for line in head.split(b"\n") if not line.startswith(b"#"))
    return without_date + b"\n\n" + body


def _dicom_seg(plan: PatientPlan, roi: Roi, headers: Sequence[Dataset]) -> bytes:
    """Return a binary DICOM SEG of one segment, with fixed UIDs and dates."""
    from highdicom.seg import (
        SegmentAlgorithmTypeValues,
        Segmentation,
        SegmentationTypeValues,
        SegmentDescription,
    )
    from pydicom import dcmwrite
    from pydicom.sr.codedict import codes

    segment = SegmentDescription(
        segment_number=1,
        segment_label="tumour",
        segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
        segmented_property_type=codes.SCT.Neoplasm,
        algorithm_type=SegmentAlgorithmTypeValues.MANUAL,
    )
    dataset = Segmentation(
        source_images=headers,
        pixel_array=roi.mask.astype(np.uint8),
        segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=[segment],
        series_instance_uid=uid(plan, "segmentation series"),
        series_number=100,
        sop_instance_uid=uid(plan, "segmentation"),
        instance_number=1,
        manufacturer="SYNTHETIC",
        manufacturer_model_name="Demo reader",
        software_versions="1",
        device_serial_number="1",
        content_label="LESION",
    )
    _fix_identity(dataset, plan)
    buffer = BytesIO()
    dcmwrite(buffer, dataset, enforce_file_format=True)
    return buffer.getvalue()


def _fix_identity(dataset: Dataset, plan: PatientPlan) -> None:
    """Replace what the writer takes from the clock or from chance."""
    for tag in ("ContentDate", "SeriesDate", "InstanceCreationDate"):
        if tag in dataset:
            setattr(dataset, tag, dataset.StudyDate)
    for tag in ("ContentTime", "SeriesTime", "InstanceCreationTime"):
        if tag in dataset:
            setattr(dataset, tag, "120000")
    for item in dataset.get("ContributingEquipmentSequence", ()):
        item.ContributionDateTime = f"{dataset.StudyDate}120000"
    organisation = uid(plan, "dimension organisation")
    dataset.DimensionOrganizationSequence[0].DimensionOrganizationUID = organisation
    for item in dataset.DimensionIndexSequence:
        item.DimensionOrganizationUID = organisation


_ENCODERS: dict[str, Callable[[PatientPlan, Roi, Sequence[Dataset]], bytes]] = {
    "seg": _dicom_seg,
    "seg.nrrd": _slicer_nrrd,
    "nrrd": _nrrd,
    "nii.gz": _nifti,
}

"""Masks as DICOM SEG (by highdicom), as RTSTRUCT (contours around the voxels), and Slicer's header."""

from __future__ import annotations

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

RTSTRUCT = "1.2.840.10008.5.1.4.1.1.481.3"
SLICER = {
    "Segment0_ID": "Segment_1",
    "Segment0_Name": "Tumour",
    "Segment0_LabelValue": "1",
    "Segment0_Layer": "0",
    "Segmentation_MasterRepresentation": "Binary labelmap",
}


def write_seg(file, patient, masks, labels, kind="BINARY", phase=1, **options):
    """Write one segment per mask, drawn on a phase."""
    from highdicom.seg import (
        SegmentAlgorithmTypeValues,
        Segmentation,
        SegmentationTypeValues,
        SegmentDescription,
    )
    from pydicom.sr.codedict import codes

    segments = [
        SegmentDescription(
            segment_number=number,
            segment_label=label,
            segmented_property_category=codes.SCT.MorphologicallyAbnormalStructure,
            segmented_property_type=codes.SCT.Neoplasm,
            algorithm_type=SegmentAlgorithmTypeValues.MANUAL,
        )
        for number, label in enumerate(labels, start=1)
    ]
    values = np.stack(masks, axis=-1)
    seg = Segmentation(
        source_images=patient.phase_slices(phase),
        pixel_array=values.astype(np.float32 if kind == "FRACTIONAL" else np.uint8),
        segmentation_type=SegmentationTypeValues[kind],
        segment_descriptions=segments,
        series_instance_uid=patient.uid("seg series"),
        series_number=50,
        sop_instance_uid=patient.uid("seg"),
        instance_number=1,
        manufacturer="test",
        manufacturer_model_name="test",
        software_versions="1",
        device_serial_number="1",
        **options,
    )
    seg.save_as(file)


def box(mask):
    """A mask whose slices are rectangles of the same extent, smaller on the first slice."""
    made = np.zeros_like(mask)
    where = np.argwhere(mask)
    low, high = where.min(axis=0), where.max(axis=0) + 1
    made[low[0] : high[0], low[1] : high[1], low[2] : high[2]] = True
    made[low[0], low[1] : low[1] + 2] = False
    return made


def write_contours(file, patient, masks, kind="CLOSED_PLANAR", phase=1, n_points=None, frame_of=None):
    """Write an RTSTRUCT of rectangles along the voxels' edges, so that rasterising gives the masks back."""
    frame = (frame_of or patient).uid("frame")
    d = Dataset()
    d.file_meta = FileMetaDataset()
    d.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    d.SOPClassUID, d.SOPInstanceUID, d.Modality = RTSTRUCT, patient.uid("rtstruct"), "RTSTRUCT"
    d.PatientID, d.PatientName = patient.id, patient.phase_slices(0)[0].PatientName
    d.StudyInstanceUID, d.SeriesInstanceUID = patient.uid("study"), patient.uid("rtstruct series")
    d.StructureSetLabel, d.StructureSetDate, d.StructureSetTime = "test", "20200102", "120000"
    d.ReferencedFrameOfReferenceSequence = [dataset(FrameOfReferenceUID=frame)]
    d.StructureSetROISequence, d.ROIContourSequence, d.RTROIObservationsSequence = [], [], []
    for number, mask in enumerate(masks, start=1):
        d.StructureSetROISequence.append(
            dataset(
                ROINumber=number,
                ReferencedFrameOfReferenceUID=frame,
                ROIName=f"Lesion {number}",
                ROIGenerationAlgorithm="MANUAL",
            )
        )
        drawn = [
            _contour(patient, mask, index, kind, phase, n_points)
            for index in range(len(mask))
            if mask[index].any()
        ]
        d.ROIContourSequence.append(
            dataset(ReferencedROINumber=number, ROIDisplayColor=[255, 0, 0], ContourSequence=drawn)
        )
        d.RTROIObservationsSequence.append(
            dataset(ObservationNumber=number, ReferencedROINumber=number, RTROIInterpretedType="GTV")
        )
    d.save_as(file, enforce_file_format=True)


def _contour(patient, mask, index, kind, phase, n_points):
    y, x = np.nonzero(mask[index])
    top, bottom, left, right = y.min() - 0.5, y.max() + 0.5, x.min() - 0.5, x.max() + 0.5
    corners = [(top, left), (top, right), (bottom, right), (bottom, left)][:n_points]
    points = [(patient.affine @ [index, *corner, 1])[:3] for corner in corners]
    image = patient.slices[phase, index]
    return dataset(
        ContourGeometricType=kind,
        NumberOfContourPoints=len(points),
        ContourData=[f"{v:.9f}"[:16] for point in points for v in point],
        ContourImageSequence=[
            dataset(ReferencedSOPClassUID=image.SOPClassUID, ReferencedSOPInstanceUID=image.SOPInstanceUID)
        ],
    )


def dataset(**values):
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made

"""What the header of one DICOM slice says, as a plain record: a file of its own, or a frame of a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tilscope.reading.dicom_values import (
    Values,
    acquisition_seconds,
    factor_of,
    number_of,
    numbers_of,
    seconds_of,
    text_of,
    texts_of,
)

MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
ENHANCED_MR = ("1.2.840.10008.5.1.4.1.1.4.1", "1.2.840.10008.5.1.4.1.1.4.4")  # enhanced; legacy converted
SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
LABEL_MAP_SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.7"
RT_STRUCTURE_SET = "1.2.840.10008.5.1.4.1.1.481.3"
DIRECTORY = "1.2.840.10008.1.3.10"

TAGS = (
    "SOPClassUID",
    "SOPInstanceUID",
    "Modality",
    "PatientID",
    "PatientName",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SeriesNumber",
    "SeriesDescription",
    "FrameOfReferenceUID",
    "ImageType",
    "Rows",
    "Columns",
    "NumberOfFrames",
    "PixelSpacing",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "TemporalPositionIdentifier",
    "AcquisitionNumber",
    "InstanceNumber",
    "AcquisitionDateTime",
    "AcquisitionDate",
    "AcquisitionTime",
    "TriggerTime",
    "ContentDate",
    "ContentTime",
    "SeriesDate",
    "SeriesTime",
    "StudyDate",
    "ContrastBolusStartTime",
    "ScanningSequence",
    "RepetitionTime",
    "EchoTime",
    "FlipAngle",
    "SliceThickness",
    "SamplesPerPixel",
    "RescaleSlope",
    "RescaleIntercept",
    "LossyImageCompression",
    "Manufacturer",
    "ManufacturerModelName",
    "MagneticFieldStrength",
)

# transfer syntaxes that always lose something; JPEG 2000 (.4.91) may be lossless and says so in the header
LOSSY_SYNTAXES = (
    "1.2.840.10008.1.2.4.50",
    "1.2.840.10008.1.2.4.51",
    "1.2.840.10008.1.2.4.81",
)


@dataclass(frozen=True, slots=True)
class SliceHeader:
    """What the header of one slice says; None where it says nothing usable.

    Times are in seconds from an arbitrary day (date and time of day together where a date is given);
    ``contrast_s``, the start of the injection, has a time of day only.

    Attributes
    ----------
    frame : int, or None
        Which frame of the file this is, from 0; None for a file of one slice.
    rescale : tuple of float
        Slope and intercept; NaN where they cannot be read.
    manufacturer, model, field_strength : str, str, float or None
        Of the scanner, as written.
    unread : str
        Why the frames of a multi-frame file cannot be told apart; the record then stands for the file.
    """

    file: Path
    frame: int | None
    sop_class: str
    sop_uid: str
    modality: str
    patient_id: str
    patient_name: str
    study_uid: str
    series_uid: str
    series_number: float | None
    series_description: str
    frame_of_reference: str
    image_type: tuple[str, ...]
    rows: int
    columns: int
    n_frames: int
    samples_per_pixel: int
    pixel_spacing: tuple[float, ...] | None
    position: tuple[float, ...] | None
    orientation: tuple[float, ...] | None
    temporal_position: float | None
    acquisition_number: float | None
    instance_number: float | None
    acquisition_s: float | None
    trigger_s: float | None
    content_s: float | None
    content_is_same_day: bool
    series_s: float | None
    contrast_s: float | None
    sequence: tuple[str, ...]
    protocol: tuple[float | None, float | None, float | None]
    slice_thickness: float | None
    rescale: tuple[float, float]
    is_lossy: bool
    manufacturer: str
    model: str
    field_strength: float | None
    unread: str = ""

    @property
    def uid(self) -> str:
        """SOP instance UID; for a frame with its number as DICOM counts it, from 1 (``1.2.3#12``)."""
        return self.sop_uid if self.frame is None else f"{self.sop_uid}#{self.frame + 1}"


def slice_header(
    file: Path, values: Values, meta: Mapping[str, Any], *, frame: int | None = None, unread: str = ""
) -> SliceHeader:
    """Return the record of one slice.

    Parameters
    ----------
    file : Path
    values : Values
        The attributes of `TAGS`, by keyword.
    meta : mapping
        The file's meta information.
    frame : int, optional
        Number of the frame, from 0.
    unread : str
        Why the file's frames cannot be told apart.
    """
    content_date = text_of(values, "ContentDate")
    own_dates = {text_of(values, key) for key in ("AcquisitionDate", "SeriesDate", "StudyDate")} - {""}
    trigger_ms = number_of(values, "TriggerTime")
    return SliceHeader(
        file=file,
        frame=frame,
        sop_class=text_of(values, "SOPClassUID") or text_of(meta, "MediaStorageSOPClassUID"),
        sop_uid=text_of(values, "SOPInstanceUID"),
        modality=text_of(values, "Modality"),
        patient_id=text_of(values, "PatientID"),
        patient_name=text_of(values, "PatientName"),
        study_uid=text_of(values, "StudyInstanceUID"),
        series_uid=text_of(values, "SeriesInstanceUID"),
        series_number=number_of(values, "SeriesNumber"),
        series_description=text_of(values, "SeriesDescription"),
        frame_of_reference=text_of(values, "FrameOfReferenceUID"),
        image_type=texts_of(values, "ImageType"),
        rows=int(number_of(values, "Rows") or 0),
        columns=int(number_of(values, "Columns") or 0),
        n_frames=int(number_of(values, "NumberOfFrames") or 1),
        samples_per_pixel=int(number_of(values, "SamplesPerPixel") or 1),
        pixel_spacing=numbers_of(values, "PixelSpacing", 2),
        position=numbers_of(values, "ImagePositionPatient", 3),
        orientation=numbers_of(values, "ImageOrientationPatient", 6),
        temporal_position=number_of(values, "TemporalPositionIdentifier"),
        acquisition_number=number_of(values, "AcquisitionNumber"),
        instance_number=number_of(values, "InstanceNumber"),
        acquisition_s=acquisition_seconds(values),
        trigger_s=None if trigger_ms is None else trigger_ms * 1e-3,
        content_s=seconds_of(content_date, text_of(values, "ContentTime")),
        content_is_same_day=content_date in own_dates or not content_date,
        series_s=seconds_of(text_of(values, "SeriesDate"), text_of(values, "SeriesTime")),
        contrast_s=seconds_of("", text_of(values, "ContrastBolusStartTime")),
        sequence=texts_of(values, "ScanningSequence"),
        protocol=(
            number_of(values, "RepetitionTime"),
            number_of(values, "EchoTime"),
            number_of(values, "FlipAngle"),
        ),
        slice_thickness=number_of(values, "SliceThickness"),
        rescale=(factor_of(values, "RescaleSlope", 1.0), factor_of(values, "RescaleIntercept", 0.0)),
        is_lossy=text_of(values, "LossyImageCompression") == "01"
        or text_of(meta, "TransferSyntaxUID") in LOSSY_SYNTAXES,
        manufacturer=text_of(values, "Manufacturer"),
        model=text_of(values, "ManufacturerModelName"),
        field_strength=number_of(values, "MagneticFieldStrength"),
        unread=unread,
    )

"""One DICOM file's header as a plain record; pydicom is known only here and where pixels are decoded."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from tilscope.vocabulary import SeriesError

MR_IMAGE = "1.2.840.10008.5.1.4.1.1.4"
ENHANCED_MR = ("1.2.840.10008.5.1.4.1.1.4.1", "1.2.840.10008.5.1.4.1.1.4.4")
SEGMENTATION = "1.2.840.10008.5.1.4.1.1.66.4"
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
    "ScanningSequence",
    "RepetitionTime",
    "EchoTime",
    "FlipAngle",
    "SliceThickness",
    "SamplesPerPixel",
)


class DamagedFileError(Exception):
    """A file that starts as DICOM and cannot be read to the end of its header."""


@dataclass(frozen=True, slots=True)
class SliceHeader:
    """What the header of one DICOM file says; None where it says nothing usable.

    Times are in seconds from an arbitrary day (date and time of day together where a date is given).
    """

    file: Path
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
    sequence: tuple[str, ...]
    protocol: tuple[float | None, float | None, float | None]
    slice_thickness: float | None


def read_header(file: Path) -> SliceHeader | None:
    """Read one header, without pixels.

    Returns
    -------
    SliceHeader, or None when the file is not DICOM at all.

    Raises
    ------
    DamagedFileError
        When the file begins as DICOM and cannot be parsed.
    """
    if not _looks_like_dicom(file):
        return None
    import pydicom

    try:
        with warnings.catch_warnings():
            # odd values of hospital exports are judged below, value by value
            warnings.simplefilter("ignore")
            with file.open("rb") as stream:
                dataset = pydicom.dcmread(
                    stream, stop_before_pixels=True, specific_tags=list(TAGS), force=True
                )
                is_at_end = not stream.read(1)
            header = _record(file, dataset)
    except Exception as fault:
        raise DamagedFileError(str(file)) from fault
    if is_at_end and _should_have_pixels(header, dataset):
        raise DamagedFileError(str(file))
    return header


def read_headers(files: Sequence[Path]) -> list[SliceHeader]:
    """Read the headers of files that must all be DICOM.

    Raises
    ------
    SeriesError
        IMG-00 for a missing file, IMG-21 for a damaged one, IMG-32 for one that is not DICOM.
    """
    headers = []
    for file in files:
        if not Path(file).is_file():
            raise SeriesError("IMG-00", "there is no such file", file=file, remedy="Check the path.")
        try:
            header = read_header(Path(file))
        except DamagedFileError as fault:
            raise damaged(file) from fault
        if header is None:
            raise SeriesError(
                "IMG-32",
                "this is not a DICOM file",
                file=file,
                remedy="Name only the image files, or their folder.",
            )
        headers.append(header)
    return headers


def damaged(file: Path) -> SeriesError:
    """Return the error for a DICOM file whose header cannot be read."""
    return SeriesError(
        "IMG-21",
        "the DICOM header is cut or damaged",
        file=file,
        expected="a whole file",
        remedy="Export the examination again; a slice is never left out silently.",
    )


def _looks_like_dicom(file: Path) -> bool:
    with file.open("rb") as stream:
        start = stream.read(132)
    if start[128:] == b"DICM":
        return True
    # files written before 1996 have no preamble and begin with group 0002 or 0008, little endian
    return start[:2] in (b"\x02\x00", b"\x08\x00") and start[4:6] in (
        b"UI",
        b"UL",
        b"CS",
        b"OB",
        b"SH",
        b"DA",
    )


def _should_have_pixels(header: SliceHeader, dataset: Any) -> bool:
    """Tell whether a header that is the end of its file was cut: pydicom itself does not complain."""
    is_deflated = getattr(dataset.file_meta.get("TransferSyntaxUID"), "is_deflated", False)
    is_cut_in_preface = "SOPClassUID" not in dataset and header.sop_class != DIRECTORY
    return not is_deflated and (is_cut_in_preface or header.sop_class in (MR_IMAGE, *ENHANCED_MR))


def _record(file: Path, dataset: Any) -> SliceHeader:
    content_date = _text(dataset, "ContentDate")
    own_dates = {_text(dataset, key) for key in ("AcquisitionDate", "SeriesDate", "StudyDate")} - {""}
    sop_class = _text(dataset, "SOPClassUID") or _text(dataset.file_meta, "MediaStorageSOPClassUID")
    return SliceHeader(
        file=file,
        sop_class=sop_class,
        sop_uid=_text(dataset, "SOPInstanceUID"),
        modality=_text(dataset, "Modality"),
        patient_id=_text(dataset, "PatientID"),
        patient_name=_text(dataset, "PatientName"),
        study_uid=_text(dataset, "StudyInstanceUID"),
        series_uid=_text(dataset, "SeriesInstanceUID"),
        series_number=_number(dataset, "SeriesNumber"),
        series_description=_text(dataset, "SeriesDescription"),
        frame_of_reference=_text(dataset, "FrameOfReferenceUID"),
        image_type=_texts(dataset, "ImageType"),
        rows=int(_number(dataset, "Rows") or 0),
        columns=int(_number(dataset, "Columns") or 0),
        n_frames=int(_number(dataset, "NumberOfFrames") or 1),
        samples_per_pixel=int(_number(dataset, "SamplesPerPixel") or 1),
        pixel_spacing=_numbers(dataset, "PixelSpacing", 2),
        position=_numbers(dataset, "ImagePositionPatient", 3),
        orientation=_numbers(dataset, "ImageOrientationPatient", 6),
        temporal_position=_number(dataset, "TemporalPositionIdentifier"),
        acquisition_number=_number(dataset, "AcquisitionNumber"),
        instance_number=_number(dataset, "InstanceNumber"),
        acquisition_s=_acquisition_seconds(dataset),
        trigger_s=_scaled(_number(dataset, "TriggerTime"), 1e-3),
        content_s=_seconds(content_date, _text(dataset, "ContentTime")),
        content_is_same_day=content_date in own_dates or not content_date,
        series_s=_seconds(_text(dataset, "SeriesDate"), _text(dataset, "SeriesTime")),
        sequence=_texts(dataset, "ScanningSequence"),
        protocol=(
            _number(dataset, "RepetitionTime"),
            _number(dataset, "EchoTime"),
            _number(dataset, "FlipAngle"),
        ),
        slice_thickness=_number(dataset, "SliceThickness"),
    )


def _text(dataset: Any, key: str) -> str:
    value = dataset.get(key)
    return "" if value is None else str(value).strip(" \0")


def _texts(dataset: Any, key: str) -> tuple[str, ...]:
    value = dataset.get(key)
    if value is None or value == "":
        return ()
    parts = [value] if isinstance(value, str) else list(value)
    return tuple(str(part).strip() for part in parts)


def _numbers(dataset: Any, key: str, count: int) -> tuple[float, ...] | None:
    try:
        values = tuple(float(part) for part in dataset.get(key) or ())
    except (TypeError, ValueError):
        return None
    is_usable = len(values) == count and all(abs(value) < float("inf") for value in values)
    return values if is_usable else None


def _number(dataset: Any, key: str) -> float | None:
    value = dataset.get(key)
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if abs(number) < float("inf") else None


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _acquisition_seconds(dataset: Any) -> float | None:
    moment = _text(dataset, "AcquisitionDateTime")
    if len(moment) >= 14:
        return _seconds(moment[:8], re.split(r"[+-]", moment[8:])[0])
    return _seconds(_text(dataset, "AcquisitionDate"), _text(dataset, "AcquisitionTime"))


def _seconds(day: str, time: str) -> float | None:
    """Return seconds for DICOM DA and TM texts (``HHMMSS.ffffff``; old files write ``HH:MM:SS``)."""
    digits = time.replace(":", "")
    if not re.fullmatch(r"\d{6}(\.\d*)?", digits):
        return None
    seconds = int(digits[:2]) * 3600 + int(digits[2:4]) * 60 + float(digits[4:])
    if re.fullmatch(r"\d{8}", day):
        try:
            seconds += date(int(day[:4]), int(day[4:6]), int(day[6:])).toordinal() * 86400.0
        except ValueError:
            return None
    return seconds

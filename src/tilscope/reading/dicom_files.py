"""DICOM files on disk: told from other files, and their headers read without pixels."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tilscope.reading.dicom_frames import FRAME_TAGS, frame_headers
from tilscope.reading.dicom_headers import DIRECTORY, ENHANCED_MR, MR_IMAGE, TAGS, SliceHeader, slice_header
from tilscope.vocabulary import SeriesError

DEFLATED = "1.2.840.10008.1.2.1.99"


class DamagedFileError(Exception):
    """A file that starts as DICOM and cannot be read to the end of its header."""


def read_file_headers(file: Path) -> tuple[SliceHeader, ...]:
    """Read what a file says about its slices, without pixels.

    Returns
    -------
    tuple of SliceHeader
        One record, or one for each frame of a multi-frame MR; nothing when the file is not DICOM at all.

    Raises
    ------
    DamagedFileError
        When the file begins as DICOM and cannot be parsed.
    """
    if not _looks_like_dicom(file):
        return ()
    try:
        dataset, is_at_end = _header(file, TAGS)
        header = slice_header(file, dataset, dataset.file_meta)
        if header.sop_class in ENHANCED_MR:
            headers = frame_headers(file, _header(file, FRAME_TAGS)[0])
        elif header.sop_class == MR_IMAGE and header.n_frames > 1:
            why = f"{header.n_frames} frames in a file of classic MR, which has no place for their positions"
            headers = (slice_header(file, dataset, dataset.file_meta, unread=why),)
        else:
            headers = (header,)
    except Exception as fault:
        raise DamagedFileError(str(file)) from fault
    if is_at_end and _should_have_pixels(header, dataset):
        raise DamagedFileError(str(file))
    return headers


def read_image_headers(files: Sequence[Path]) -> list[SliceHeader]:
    """Read the headers of files that must all be DICOM.

    Raises
    ------
    SeriesError
        IMG-00 for a missing file, IMG-21 for a damaged one, IMG-32 for one that is not DICOM.
    """
    headers: list[SliceHeader] = []
    for file in files:
        if not Path(file).is_file():
            raise SeriesError("IMG-00", "there is no such file", file=file, remedy="Check the path.")
        try:
            found = read_file_headers(Path(file))
        except DamagedFileError as fault:
            raise damaged(file) from fault
        if not found:
            raise SeriesError(
                "IMG-32",
                "this is not a DICOM file",
                file=file,
                remedy="Name only the image files, or their folder.",
            )
        headers.extend(found)
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


def _header(file: Path, tags: Sequence[str]) -> tuple[Any, bool]:
    """Return a dataset without pixels, and whether the file ends there."""
    import pydicom

    with warnings.catch_warnings(), file.open("rb") as stream:
        # odd values of hospital exports are judged elsewhere, value by value
        warnings.simplefilter("ignore")
        dataset = pydicom.dcmread(stream, stop_before_pixels=True, specific_tags=list(tags), force=True)
        return dataset, not stream.read(1)


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
    is_deflated = dataset.file_meta.get("TransferSyntaxUID") == DEFLATED
    is_cut_in_preface = "SOPClassUID" not in dataset and header.sop_class != DIRECTORY
    return not is_deflated and (is_cut_in_preface or header.sop_class in (MR_IMAGE, *ENHANCED_MR))

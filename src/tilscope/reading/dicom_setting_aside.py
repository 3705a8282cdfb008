"""Which DICOM files are images that a DCE phase can be made of, and why the others are not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from tilscope.reading.dicom_headers import (
    DIRECTORY,
    ENHANCED_MR,
    LABEL_MAP_SEGMENTATION,
    MR_IMAGE,
    RT_STRUCTURE_SET,
    SEGMENTATION,
    SliceHeader,
)

# words of ImageType that name something computed from the phases, by every vendor that we met
MAP_WORDS = re.compile(
    r"SUB(TRACT\w*)?|M(AX)?IP|MINIP|MPR|CPR|PROJECTION IMAGE|REFORMATTED|PE\d*|SER|ADC|TTP|WASH.?(IN|OUT)|"
    r"T[12]_?MAP|T2_STAR_?MAP|PD_MAP|RELCBV|R?CBV|R?CBF|MTT|PEI|MOSAIC|COMPUTED|STD_?DEV\w*|DIFFERENCE|"
    r"MAXIMUM|MINIMUM|MEAN|DIVISION|MULTIPLICATION|MASKED"
)
DERIVED_WORDS = {
    "PERFUSION"
}  # a map where the image is derived, and the name of the sequence where it is original
NO_MAGNITUDE = {
    "PHASE",
    "PHASE MAP",
    "REAL",
    "IMAGINARY",
    "P",
    "MIXED",
}  # in ImageType from its third word on
SEGMENTATION_CLASSES = (SEGMENTATION, LABEL_MAP_SEGMENTATION, RT_STRUCTURE_SET)


def is_segmentation(header: SliceHeader) -> bool:
    """Tell whether the file is a DICOM SEG or an RTSTRUCT."""
    return header.sop_class in SEGMENTATION_CLASSES


def _is_directory(header: SliceHeader) -> bool:
    return header.sop_class == DIRECTORY


def _is_not_mr(header: SliceHeader) -> bool:
    is_mr_class = header.sop_class == MR_IMAGE or header.sop_class in ENHANCED_MR
    return not is_mr_class or header.modality not in ("MR", "") or header.samples_per_pixel != 1


def _is_localiser(header: SliceHeader) -> bool:
    return any(word.upper() in ("LOCALIZER", "LOCALISER", "SCOUT") for word in header.image_type)


def _is_computed(header: SliceHeader) -> bool:
    words = [word.upper() for word in header.image_type]
    if is_derived(header) and DERIVED_WORDS.intersection(words):
        return True
    return words[1:2] == ["SECONDARY"] or any(MAP_WORDS.fullmatch(word) for word in words)


def _is_no_magnitude(header: SliceHeader) -> bool:
    return bool(NO_MAGNITUDE.intersection(word.upper() for word in header.image_type[2:]))


def is_derived(header: SliceHeader) -> bool:
    """Tell whether the pixels are declared to be derived from others."""
    return header.image_type[:1] == ("DERIVED",)


REASONS: tuple[tuple[str, Callable[[SliceHeader], bool]], ...] = (
    ("DICOMDIR", _is_directory),
    ("segmentation", is_segmentation),
    ("not an MR image", _is_not_mr),
    ("localiser", _is_localiser),
    ("derived (subtraction, projection, reformat, map)", _is_computed),
    ("phase, real or imaginary part", _is_no_magnitude),
)


def reason_to_set_aside(header: SliceHeader) -> str | None:
    """Return why a file is no candidate for a phase; None when it is one."""
    return next((reason for reason, holds in REASONS if holds(header)), None)


def originals(headers: Iterable[SliceHeader]) -> tuple[list[SliceHeader], list[SliceHeader]]:
    """Split images into those to use and the derived ones to leave out.

    Derived images are used only where an examination has no original one, as after anonymisation by
    software that rewrites the image type.
    """
    images = list(headers)
    derived = [header for header in images if is_derived(header)]
    if len(derived) == len(images):
        return images, []
    return [header for header in images if not is_derived(header)], derived

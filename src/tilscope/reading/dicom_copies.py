"""Files that came twice: exact copies are left out, contradictions are refused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from tilscope.reading.dicom_headers import SliceHeader
from tilscope.reading.dicom_pixels import pixel_digest
from tilscope.vocabulary import SeriesError


def without_exact_copies(images: Sequence[SliceHeader]) -> tuple[list[SliceHeader], tuple[str, ...]]:
    """Return the images without exact copies, and a note that counts these.

    Raises
    ------
    SeriesError
        IMG-06 when files of one SOP instance UID differ in place, time, scaling or pixels.
    """
    by_uid: dict[str, list[SliceHeader]] = defaultdict(list)
    for number, image in enumerate(images):
        by_uid[image.uid if image.sop_uid else f"without-uid-{number}"].append(image)
    copies = [group for group in by_uid.values() if len(group) > 1]
    digests: dict[object, str] = {}
    for group in copies:
        for image in group:
            if image.file not in digests:
                digests[image.file] = pixel_digest(image.file)
        if len({(*_facts(image), digests[image.file]) for image in group}) > 1:
            raise SeriesError(
                "IMG-06",
                "files of one SOPInstanceUID have different contents",
                file=group[1].file,
                found=f"{len(group)} files",
                expected="one file, or exact copies",
                remedy="Export the examination again.",
            )
    dropped = {image.file for group in copies for image in group[1:]}
    notes = (f"IMG-05 {len(dropped)} exact copies of files were left out",) if dropped else ()
    return [group[0] for group in by_uid.values()], notes


def _facts(image: SliceHeader) -> tuple[object, ...]:
    return (
        image.position,
        image.orientation,
        image.pixel_spacing,
        image.rescale,
        image.acquisition_s,
        image.trigger_s,
        image.temporal_position,
    )

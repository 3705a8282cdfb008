"""Label values and segments: which voxels of a mask file are meant."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tilscope.vocabulary import RoiError

BINARY_TOLERANCE = 1e-3  # resampled binary masks are this near to 0 and 1; more is a probability map
FULL_BYTE = 255
LESION_WORDS = re.compile(
    r"lesion|tumou?r|neoplas|malign|cancer|carcinom|sarcom|metasta|nodul|\bmass\b|_mass|[gc]tv\b|[gc]tv_|"
    r"\bfindings?\b|morphologically abnormal",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Segment:
    """One named region of a mask file.

    Attributes
    ----------
    name, key : str
        What people call it, and the file's own id.
    label : int
        Value of its voxels.
    layer : int
        Which layer of the file holds it.
    detail : str
        What else the file says of it: description, type, how it was made.
    """

    name: str
    key: str
    label: int
    layer: int = 0
    detail: str = ""


def whole_labels(values: NDArray[Any], file: object) -> NDArray[Any]:
    """Return label values as whole numbers.

    Raises
    ------
    RoiError
        ROI-39 for values that are neither labels nor nearly 0 and 1.
    """
    if values.dtype.kind == "f":
        whole = np.round(values)
        if not np.isfinite(values).all() or np.abs(values - whole).max() > BINARY_TOLERANCE:
            raise _not_labels(values, file)
        values = whole.astype(np.int64)
    if values.size and values.min() < 0:
        raise _not_labels(values, file)
    return values


def _not_labels(values: NDArray[Any], file: object) -> RoiError:
    return RoiError(
        "ROI-39",
        "the mask's values are not labels",
        file=file,
        found=f"values from {np.nanmin(values):g} to {np.nanmax(values):g}",
        expected="0 outside and 1 inside, or one whole number per segment",
        remedy="Threshold the probability map where it was made (0.5), and save the mask.",
    )


def choose_segment(
    segments: Sequence[Segment], filled: Sequence[bool], wanted: str | None, file: object
) -> Segment:
    """Return the segment to read.

    Parameters
    ----------
    segments : sequence of Segment
        All of the file; at least one.
    filled : sequence of bool
        Which of them have voxels.
    wanted : str or None
        Name, id or label value; None means that there must be one only.

    Raises
    ------
    RoiError
        ROI-37, listing the names, when the choice is not clear.
    """
    if wanted is not None:
        return _named(segments, wanted, file)
    drawn = [segment for segment, has_voxels in zip(segments, filled, strict=True) if has_voxels]
    if len(drawn) > 1:
        raise _unclear("several segments, and none is chosen", drawn, file)
    return drawn[0] if drawn else segments[0]


def _named(segments: Sequence[Segment], wanted: str, file: object) -> Segment:
    readings = (
        lambda s: s.name == wanted,
        lambda s: s.key == wanted,
        lambda s: s.name.strip().casefold() == wanted.strip().casefold(),
        lambda s: str(s.label) == wanted.strip(),
    )
    for holds in readings:
        fitting = [segment for segment in segments if holds(segment)]
        if len(fitting) == 1:
            return fitting[0]
        if fitting:
            raise _unclear(f"several segments are called {wanted!r}", segments, file)
    if len(segments) == 1 and not segments[0].key:
        # a plain mask has no names to compare with, and only one region
        return segments[0]
    raise _unclear(f"no segment is called {wanted!r}", segments, file)


def _unclear(message: str, segments: Sequence[Segment], file: object) -> RoiError:
    names = ", ".join(f"{s.name!r} (label {s.label}{s.detail and '; ' + s.detail})" for s in segments)
    return RoiError(
        "ROI-37",
        f"the mask file has {message}" if message.startswith("several segments, and") else message,
        file=file,
        found=names,
        expected="one lesion",
        remedy="Name the segment to use (`segment=` or the study's settings), or save the lesion alone.",
    )


def name_notes(segments: Sequence[Segment]) -> tuple[str, ...]:
    """Return notes on segments that do not call themselves a lesion, such as a tissue's volume (ROI-37)."""
    return tuple(
        f"ROI-37 the segment {s.name!r} ({s.detail}) does not call itself a lesion; look whether it is one"
        for s in segments
        if s.detail and not LESION_WORDS.search(f"{s.name} {s.detail}")
    )


def value_notes(labels: Sequence[int]) -> tuple[str, ...]:
    """Return notes on unusual label values of a mask with one region (ROI-38)."""
    if list(labels) == [FULL_BYTE]:
        return ("ROI-38 the mask has the value 255 inside; it is read as 1",)
    return ()

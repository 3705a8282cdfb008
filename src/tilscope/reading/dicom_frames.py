"""Multi-frame MR (enhanced, or converted from classic files): each frame as if it were a file of one slice.

What a classic file says at its top, a multi-frame file says in functional groups, each frame's own or shared by
all. Put back under the classic names, the frames go the same way as files: one cascade, the same checks.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tilscope.reading.dicom_headers import TAGS, SliceHeader, slice_header
from tilscope.reading.dicom_values import text_of

Classic = dict[str, Any]  # attribute values by their keyword in a file of one slice


@dataclass(frozen=True, slots=True)
class GroupValue:
    """One attribute of a functional group, and where a file of one slice keeps it.

    Attributes
    ----------
    group, attribute : str
        Keywords of the functional group's sequence and of the attribute in it.
    classic : str
        Keyword in a file of one slice.
    scale : float
        What a number is multiplied with to be in the classic unit.
    """

    group: str
    attribute: str
    classic: str
    scale: float | None = None


FRAME_MOMENT, REFERENCE_MOMENT = "FrameAcquisitionDateTime", "FrameReferenceDateTime"

# Files that were converted from classic ones keep what has no place elsewhere in these.
UNASSIGNED = (
    "UnassignedSharedConvertedAttributesSequence",
    "UnassignedPerFrameConvertedAttributesSequence",
)
UNASSIGNED_TAGS = (
    "TemporalPositionIdentifier",
    "AcquisitionDate",
    "AcquisitionTime",
    "TriggerTime",
    "ContentDate",
    "ContentTime",
    "ContrastBolusStartTime",
    "ScanningSequence",
    "RepetitionTime",
    "EchoTime",
    "FlipAngle",
    "RescaleSlope",
    "RescaleIntercept",
)

# Later lines win: a time offset between phases is worth more than a trigger delay.
GROUP_VALUES = (
    *(GroupValue(group, tag, tag) for group in UNASSIGNED for tag in UNASSIGNED_TAGS),
    GroupValue("MRImageFrameTypeSequence", "FrameType", "ImageType"),
    GroupValue("MRImageFrameTypeSequence", "ComplexImageComponent", "ComplexImageComponent"),
    GroupValue("PlanePositionSequence", "ImagePositionPatient", "ImagePositionPatient"),
    GroupValue("PlaneOrientationSequence", "ImageOrientationPatient", "ImageOrientationPatient"),
    GroupValue("PixelMeasuresSequence", "PixelSpacing", "PixelSpacing"),
    GroupValue("PixelMeasuresSequence", "SliceThickness", "SliceThickness"),
    GroupValue("PixelValueTransformationSequence", "RescaleSlope", "RescaleSlope"),
    GroupValue("PixelValueTransformationSequence", "RescaleIntercept", "RescaleIntercept"),
    GroupValue("FrameContentSequence", FRAME_MOMENT, FRAME_MOMENT),
    GroupValue("FrameContentSequence", REFERENCE_MOMENT, REFERENCE_MOMENT),
    GroupValue("FrameContentSequence", "FrameAcquisitionNumber", "AcquisitionNumber"),
    GroupValue("FrameContentSequence", "TemporalPositionIndex", "TemporalPositionIdentifier"),
    GroupValue("CardiacSynchronizationSequence", "NominalCardiacTriggerDelayTime", "TriggerTime"),
    GroupValue("TemporalPositionSequence", "TemporalPositionTimeOffset", "TriggerTime", 1000.0),
    GroupValue("MRTimingAndRelatedParametersSequence", "RepetitionTime", "RepetitionTime"),
    GroupValue("MRTimingAndRelatedParametersSequence", "FlipAngle", "FlipAngle"),
    GroupValue("MREchoSequence", "EffectiveEchoTime", "EchoTime"),
)
PER_FRAME, SHARED = "PerFrameFunctionalGroupsSequence", "SharedFunctionalGroupsSequence"
AGENT = "ContrastBolusAgentSequence"
FRAME_TAGS = (*TAGS, PER_FRAME, SHARED, AGENT, "EchoPulseSequence", "EchoPlanarPulseSequence")

# Said once for the whole file; where the file holds several phases, these are no phase's own.
FILE_TIMES = (
    "AcquisitionDateTime",
    "AcquisitionDate",
    "AcquisitionTime",
    "TriggerTime",
    "TemporalPositionIdentifier",
)
MANY_FRAMES = 1_000_000  # more than a file holds, so that frames of several files keep their files' order


def frame_headers(file: Path, dataset: Any) -> tuple[SliceHeader, ...]:
    """Return a record for each frame of a multi-frame MR.

    Parameters
    ----------
    file : Path
    dataset : pydicom.Dataset
        With the attributes of `FRAME_TAGS`.

    Returns
    -------
    tuple of SliceHeader
        In the order of the frames; a single record with ``unread`` where they cannot be told apart.
    """
    top = _top(dataset)
    meta = dataset.file_meta
    why = _unread(dataset)
    if why:
        return (slice_header(file, top, meta, unread=why),)
    shared = _group_values(dataset.get(SHARED) or ())
    own = [_group_values([item]) for item in dataset.get(PER_FRAME)]
    frames = [shared | values for values in own]
    places = {str(values.get("ImagePositionPatient")) for values in frames}
    if len(places) < len(frames):
        top = {key: value for key, value in top.items() if key not in FILE_TIMES}
    moment = _moment(frames, holds_phases=len(places) < len(frames))
    first = int(dataset.get("InstanceNumber") or 0) * MANY_FRAMES
    return tuple(
        slice_header(file, _classic(top | values, moment, first + number + 1), meta, frame=number)
        for number, values in enumerate(frames)
    )


def _top(dataset: Any) -> Classic:
    """Return the attributes said once for the file; the pulse sequence in the classic words."""
    top = {tag: value for tag in TAGS if (value := dataset.get(tag)) is not None}
    words = {"GRADIENT": ["GR"], "SPIN": ["SE"], "BOTH": ["SE", "GR"]}.get(
        text_of(dataset, "EchoPulseSequence"), []
    )
    if text_of(dataset, "EchoPlanarPulseSequence") == "YES":
        words = [*words, "EP"]
    if words:
        top.setdefault("ScanningSequence", words)
    for agent in dataset.get(AGENT) or ():
        for profile in agent.get("ContrastAdministrationProfileSequence") or ():
            top.setdefault("ContrastBolusStartTime", profile.get("ContrastBolusStartTime"))
    return top


def _unread(dataset: Any) -> str:
    """Return why the frames cannot be told apart; empty when they can."""
    n_frames = int(dataset.get("NumberOfFrames") or 1)
    groups = dataset.get(PER_FRAME)
    if not groups:
        return f"{n_frames} frames without functional groups, which say where and when each was taken"
    if len(groups) != n_frames:
        return f"{n_frames} frames, but functional groups of {len(groups)}"
    return ""


def _group_values(items: Iterable[Any]) -> Classic:
    """Return what functional groups say, under the classic names."""
    found: Classic = {}
    for item in items:
        for wanted in GROUP_VALUES:
            group = item.get(wanted.group)
            value = group[0].get(wanted.attribute) if group else None
            if value is not None and value != "":
                found[wanted.classic] = value if wanted.scale is None else float(value) * wanted.scale
    return found


def _moment(frames: list[Classic], *, holds_phases: bool) -> str:
    """Return which of a frame's two times is its phase's: the start, unless only the other tells phases apart."""
    starts = {str(values.get(FRAME_MOMENT, "")) for values in frames}
    references = {str(values.get(REFERENCE_MOMENT, "")) for values in frames}
    is_only_the_file_s = holds_phases and len(starts) == 1 < len(references)
    return REFERENCE_MOMENT if "" in starts or is_only_the_file_s else FRAME_MOMENT


def _classic(values: Classic, moment: str, instance_number: int) -> Classic:
    found = values | {"InstanceNumber": instance_number}
    if values.get(moment):
        found["AcquisitionDateTime"] = values[moment]
    component = str(values.get("ComplexImageComponent", "MAGNITUDE"))
    if component != "MAGNITUDE":
        found["ImageType"] = [*(values.get("ImageType") or ()), component]
    return found

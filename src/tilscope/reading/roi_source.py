"""What a mask file says about itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tilscope.vocabulary import RoiError

if TYPE_CHECKING:
    from tilscope.reading.dicom_scan import Examination


@dataclass(frozen=True, slots=True)
class RoiSource:
    """A mask file: kind, segments, and the examination that it names.

    Attributes
    ----------
    kind : str
        ``DICOM SEG``, ``RTSTRUCT``, ``Slicer segmentation``, ``NRRD`` or ``NIfTI``.
    segments : tuple of str
        Names; label values where the file has none.
    patient_id, study_uid, frame_of_reference_uid : str or None
        As in DICOM files: a hospital's own words, for the linkage table only.
    referenced_sop_uids : frozenset of str
        Images that the mask was drawn on; frames of multi-frame files as ``1.2.3#12``, counted from 1.
    notes : tuple of str
        Rule id first.
    details : tuple of str
        What the file says of each segment besides its name; empty where it says nothing.
    """

    kind: str
    segments: tuple[str, ...]
    patient_id: str | None = None
    study_uid: str | None = None
    frame_of_reference_uid: str | None = None
    referenced_sop_uids: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()
    details: tuple[str, ...] = ()


def check_roi_belongs(source: RoiSource, examination: Examination, file: object = None) -> None:
    """Refuse a mask that names another study or frame of reference than the examination.

    Raises
    ------
    RoiError
        ROI-46; ids are not repeated in the message.
    """
    frames = examination.frame_of_reference_uids - {""}
    another_study = bool(source.study_uid) and source.study_uid != examination.study_uid
    another_frame = bool(source.frame_of_reference_uid) and source.frame_of_reference_uid not in frames
    if another_study or (frames and another_frame):
        raise RoiError(
            "ROI-46",
            "the mask belongs to another examination",
            file=file,
            found="another StudyInstanceUID" if another_study else "another FrameOfReferenceUID",
            expected="the examination that it is imported for",
            remedy="Check which patient and date the mask was drawn on.",
        )

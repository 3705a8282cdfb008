"""The pictures of patients on the page: copied from the quality control as they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tilscope.report.content import Content


@dataclass(frozen=True, slots=True)
class PatientPicture:
    """A picture of one patient on the page.

    Attributes
    ----------
    image : str
        Relative address.
    title, legend : str
        What is seen, and what good looks like.
    width, height : int
        In pixels.
    phase : str
        The phase that its frames show in turn; empty for a picture without frames.
    is_extra : bool
        Whether it is of less interest than its neighbours of the same kind.
    """

    image: str
    title: str
    legend: str
    width: int
    height: int
    phase: str = ""
    is_extra: bool = False


def patient_picture(image: str, record: dict[str, Any]) -> PatientPicture:
    """Return a picture as qc.json tells it."""
    width, height = record["size"]
    return PatientPicture(
        image, record["title"], record["legend"], width, height, record["phase"], record["is_extra"]
    )


def copy_patient_pictures(
    content: Content, write: Callable[[str, bytes], None]
) -> dict[str, tuple[PatientPicture, ...]]:
    """Copy the patients' pictures into the report, and return them by patient, in the order of looking."""
    copied: dict[str, tuple[PatientPicture, ...]] = {}
    for patient, found in content.qc_pictures.items():
        told = content.qc.get(patient, {}).get("pictures", ())
        pictures = []
        for record in told:
            if record["file"] in found:
                target = f"assets/patients/{patient}-{record['file']}"
                write(target, found[record["file"]].read_bytes())
                pictures.append(patient_picture(target, record))
        if pictures:
            copied[patient] = tuple(pictures)
    return copied

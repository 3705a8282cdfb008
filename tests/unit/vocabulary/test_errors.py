"""Errors: one line that says everything, and survives a trip between processes."""

from __future__ import annotations

import copy

from tilscope.vocabulary import GeometryError, InputError


def test_message_names_everything() -> None:
    error = GeometryError(
        "ROI-42",
        "the mask lies off the grid",
        patient="sub-017",
        file="reader-A.nii.gz",
        found="3.2 mm",
        expected="0 mm",
        remedy="Draw it on post1.",
    )
    assert str(error) == (
        "ROI-42 sub-017: reader-A.nii.gz: the mask lies off the grid, found 3.2 mm, expected 0 mm. Draw it on post1."
    )


def test_patient_is_filled_in_later_and_the_type_stays() -> None:
    error = GeometryError("IMG-15", "grids differ", found=1).for_patient("sub-1")
    assert isinstance(error, GeometryError)
    assert error.as_record()["patient"] == "sub-1"


def test_copies_are_equal() -> None:
    error = InputError("IMG-22", "truncated", file="a.nii", remedy="Export again.")
    twin = copy.copy(error)  # the same protocol that carries it between processes
    assert str(twin) == str(error)
    assert twin.as_record() == error.as_record()

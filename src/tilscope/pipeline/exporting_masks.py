"""Masks back to the hospital: DICOM SEG on its own images, for its PACS. The result identifies patients."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tilscope.pipeline.importing_patient import uid_hash
from tilscope.pipeline.loading import image_files, load_grid
from tilscope.reading import Examination, encode_dicom_seg_on, read_roi, scan_dicom
from tilscope.study import Linkage, Study, commit, load_json
from tilscope.vocabulary import GeometryError, Grid, InputError, Roi, RoiError, SeriesError, StudyError

SEMI_AUTOMATIC: dict[str, Any] = {"method": "SEMIAUTOMATIC", "algorithm": "tilscope fuzzy c-means"}
PLACE_MM = 0.01  # headers round positions; the mask must lie on these very slices


@dataclass(frozen=True)
class Export:
    """What was written, and whom it was not possible for.

    Attributes
    ----------
    files : tuple of Path
    faults : dict
        Error record by participant key.
    n_absent : int
        Patients of the study with masks whose DICOM images are not in the folder.
    """

    files: tuple[Path, ...]
    faults: dict[str, dict[str, str | None]]
    n_absent: int


def export_masks(study: Study, dicom: Path, folder: Path, reader: str | None = None) -> Export:
    """Write the masks of a study as DICOM SEG that refer to the hospital's own images.

    Parameters
    ----------
    study : Study
    dicom : Path
        Folder with the original images; patients are found by PatientID through the study's linkage table.
    folder : Path
        Where to write ``sub-x_reader-A.dcm``; not inside the study, since headers name the patient.
    reader : str, optional
        Only this reader's masks.

    Raises
    ------
    StudyError
        RUN-75 when the folder lies inside the study.
    SeriesError
        IMG-00 when there is no DICOM folder, or none of its patients is in the study.
    """
    if folder.resolve().is_relative_to(study.root.resolve()):
        raise StudyError(
            "RUN-75",
            "files that name patients must not lie in the study",
            file=folder,
            expected="a folder outside the study",
            remedy="Choose another folder.",
        )
    linkage = Linkage.load(study.source_folder)
    examinations = {linkage.keys.get(e.patient_id): e for e in scan_dicom(dicom).examinations}
    drawn = {p.name for p in (study.root / "rois").glob("sub-*") if list(p.glob("reader-*.nii.gz"))}
    known = sorted(key for key in examinations if key in drawn)
    if not known:
        raise SeriesError(
            "IMG-00",
            "no patient of this folder has a mask in the study",
            file=dicom,
            expected="the DICOM images that were imported",
            remedy="Name the hospital's folder that the study was imported from.",
        )
    files: list[Path] = []
    faults: dict[str, dict[str, str | None]] = {}
    for key in known:
        try:
            files += _export_patient(study, key, examinations[key], folder, reader)
        except InputError as fault:
            faults[key] = fault.as_record() | {"patient": key, "file": None}
    return Export(tuple(files), faults, len(drawn) - len(known))


def _export_patient(
    study: Study, patient: str, examination: Examination, folder: Path, reader: str | None
) -> list[Path]:
    written = []
    for file in sorted(study.roi_folder(patient).glob(f"reader-{reader or '*'}.nii.gz")):
        record = load_json(file.with_name(file.name.replace(".nii.gz", ".json")))
        acquired = load_json(study.image_folder(patient) / "dce.json")
        names = acquired["phase_names"]
        index = names.index(record["phase"]) if record["phase"] in names else acquired["n_pre"]
        grid = load_grid(image_files(study, patient)[index])
        images = _slices(examination, acquired["slice_hashes"], index, grid)
        roi = Roi(
            read_roi(file, grid), grid, names[index], record["reader"], record["session"], record["label"]
        )
        target = folder / f"{patient}_{file.name.removesuffix('.nii.gz')}.dcm"
        how = SEMI_AUTOMATIC if record.get("origin") == "semi-automatic" else {}
        commit(target, encode_dicom_seg_on(roi, images, **how))
        written.append(target)
    if not written and reader is not None:
        raise RoiError(
            "ROI-33",
            "this patient has no mask of the chosen reader",
            expected=f"reader-{reader}",
            remedy="Name another reader, or none for all of them.",
        )
    return written


def _slices(examination: Examination, hashes: Sequence[Sequence[str]], index: int, grid: Grid) -> list[Any]:
    """Return the headers of a phase's images in the order of the grid's slices.

    Raises
    ------
    SeriesError
        IMG-03 when they are not all there, or not one file per slice.
    GeometryError
        ROI-46 when they do not lie where the study's image lies.
    """
    import pydicom

    wanted = list(hashes[index]) if index < len(hashes) else []
    headers = {}
    for file in examination.files:
        header = pydicom.dcmread(file, stop_before_pixels=True)
        headers[uid_hash(str(header.SOPInstanceUID))] = header
    found = [headers[name] for name in wanted if name in headers]
    if len(found) != grid.shape[0] or len(set(wanted)) != len(wanted):
        raise SeriesError(
            "IMG-03",
            "the images that the mask was drawn on are not all here",
            found=f"{len(found)} of {grid.shape[0]} slices with a file each",
            expected="the classic MR images that were imported",
            remedy="Name the folder that the study was imported from.",
        )
    off_mm = max(_off_mm(header, grid, k) for k, header in enumerate(found))
    if off_mm > PLACE_MM:
        raise GeometryError(
            "ROI-46",
            "these images lie elsewhere than the study's",
            found=f"up to {off_mm:.3f} mm apart",
            expected="the images that were imported",
            remedy="Name the folder that the study was imported from.",
        )
    return found


def _off_mm(header: Any, grid: Grid, index: int) -> float:
    """Return how far the last voxel and the first one of a slice are from their places on the grid."""
    row, column = (np.array(header.ImageOrientationPatient[k : k + 3], dtype=float) for k in (0, 3))
    step_y, step_x = (float(value) for value in header.PixelSpacing)
    first = np.array(header.ImagePositionPatient, dtype=float)
    y, x = header.Rows - 1, header.Columns - 1
    places = np.array([first, first + x * step_x * row + y * step_y * column])
    if (header.Rows, header.Columns) != grid.shape[1:]:
        return float("inf")
    corners = np.array([(index, 0, 0, 1), (index, y, x, 1)], dtype=float)
    return float(np.linalg.norm(places - (corners @ grid.index_to_lps().T)[:, :3], axis=1).max())

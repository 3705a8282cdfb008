"""`tilscope segment`: a box or a seed in, a semi-automatic mask with its description and a picture out."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tilscope.pipeline.executing import Executor, Job
from tilscope.pipeline.loading import image_files, load_series
from tilscope.pipeline.outcome import Outcome, unexpected
from tilscope.pipeline.places import Place
from tilscope.pipeline.step import lift_quarantine
from tilscope.reading import encode_dicom_seg, encode_nifti_mask, roi_notes
from tilscope.study import (
    Request,
    Study,
    commit_outputs,
    encode_json,
    is_done,
    load_json,
    provenance_of,
    read_provenance,
    sha256_of_file,
    within,
)
from tilscope.vocabulary import DceSeries, Roi, RoiError, TilscopeError

if TYPE_CHECKING:
    from tilscope.preprocessing import FunctionalVolume, Segmentation

STEP = "segment"
VERSION = 1
PARTS = ("picsl-greedy", "SimpleITK", "scipy", "numpy", "highdicom", "matplotlib")
DPI = 150
ORIGIN = "semi-automatic"


@dataclass(frozen=True)
class SegmentRequest:
    """How the masks of one command are made.

    Attributes
    ----------
    reader : str
        Name under which they are kept.
    phase : str or None
        Phase to outline; None: the first in which the box enhances nearly as much as it ever does.
    may_replace : bool
        Whether a mask that a human drew or corrected may be written over.
    """

    reader: str = "auto"
    phase: str | None = None
    may_replace: bool = False


def segment_patients(
    study: Study,
    places: Mapping[str, Place],
    request: SegmentRequest,
    executor: Executor,
    *,
    on_outcome: Callable[[Outcome], None] | None = None,
) -> tuple[Outcome, ...]:
    """Outline one lesion of each patient; a patient that fails has an outcome that says why.

    Parameters
    ----------
    places : mapping of participant key to Place

    Returns
    -------
    tuple of Outcome
        As they end; ``payload`` is the mask's description, as in its JSON file.
    """
    jobs = [
        Job(patient, [(segment_patient, STEP, (place, request))], is_of_study=False)
        for patient, place in places.items()
    ]
    outcomes = []
    for outcome in executor.outcomes(study.root, jobs):
        outcomes.append(outcome)
        if on_outcome is not None:
            on_outcome(outcome)
    return tuple(outcomes)


def segment_patient(
    root: str, step: str, patient: str, payload: tuple[Place, SegmentRequest], before: Outcome | None
) -> Outcome:
    """Outline the lesion of one patient on a worker."""
    from threadpoolctl import threadpool_limits

    started = time.perf_counter()
    study = Study(Path(root))
    place, request = payload
    try:
        with threadpool_limits(1):  # sums in another order would be other numbers
            is_fresh = _segment(study, patient, place, request)
    except Exception as error:  # noqa: BLE001  (one patient must not stop the others)
        fault = error if isinstance(error, TilscopeError) else unexpected(error)
        record = fault.for_patient(patient).as_record()
        return Outcome(step, patient, "failed", time.perf_counter() - started, error=record)
    _free(study, patient)
    description = load_json(study.roi_folder(patient) / f"reader-{request.reader}.json")
    seconds = time.perf_counter() - started
    notes = tuple(description["notes"])
    return Outcome(step, patient, "done" if is_fresh else "up to date", seconds, notes, payload=description)


def picture_file(study: Study, patient: str, reader: str) -> Path:
    """Return where the picture of an outlined lesion lies."""
    return study.derivatives / "segmentation" / patient / f"reader-{reader}.png"


def _segment(study: Study, patient: str, place: Place, request: SegmentRequest) -> bool:
    """Make the mask unless it is on record; tell whether it was made."""
    folder = study.roi_folder(patient)
    record_file = folder / f"reader-{request.reader}.provenance.json"
    wanted_request = _request(study, patient, place, request)
    wanted = provenance_of(wanted_request)
    if is_done(study.root, record_file, wanted):
        return False
    if not request.may_replace:
        _refuse_drawn(study, folder / f"reader-{request.reader}.nii.gz", record_file)
    files = _files(study, patient, place, request)
    commit_outputs(study.root, record_file, wanted_request, wanted, files)
    return True


def _request(study: Study, patient: str, place: Place, request: SegmentRequest) -> Request:
    settings = study.settings
    inputs = (*image_files(study, patient), study.image_folder(patient) / "dce.json")
    read = {
        "segmentation": settings.segmentation.model_dump(mode="json"),
        "functional_volume": settings.functional_volume.model_dump(mode="json"),
        "imaging": settings.imaging.model_dump(mode="json"),
        "min_voxels": settings.radiomics.min_voxels,
        "place": asdict(place),
        "reader": request.reader,
        "phase": request.phase,
    }
    return Request(STEP, VERSION, PARTS, read, within(study.root, inputs))


def _refuse_drawn(study: Study, file: Path, record_file: Path) -> None:
    """Refuse to write over a mask that this command did not make, or that was corrected since (ROI-55)."""
    if not file.is_file():
        return
    stored = read_provenance(record_file)
    own = None if stored is None else stored.outputs.get(file.relative_to(study.root).as_posix())
    if own == sha256_of_file(file):
        return
    raise RoiError(
        "ROI-55",
        "this reader has a mask already",
        file=file.name,
        found="a drawn mask" if own is None else "a mask that was changed after it was outlined",
        expected="no mask of this reader",
        remedy="Choose another name with --reader, or add --replace.",
    )


def _files(study: Study, patient: str, place: Place, request: SegmentRequest) -> dict[Path, bytes]:
    from tilscope.preprocessing import segment_from_seeds, segment_in_box

    series = load_series(study, patient)
    box, seeds, notes = place.on(series.phases[series.n_pre].grid)
    settings = study.settings.segmentation
    if box is None:
        found = segment_from_seeds(series, seeds, settings, phase=request.phase)
    else:
        found = segment_in_box(series, box, settings, phase=request.phase, seeds=seeds)
    roi = replace(found.roi, reader=request.reader)
    _refuse_small(roi, study.settings.radiomics.min_voxels)
    told = (
        f"ROI-58 the mask is {ORIGIN} (fuzzy c-means on the subtraction image): look at its outline",
        *notes,
        *found.notes,
        *roi_notes(roi.mask),
    )
    stem = study.roi_folder(patient) / f"reader-{request.reader}"
    algorithm = f"tilscope fuzzy c-means, m {settings.fuzziness:g}, membership {settings.membership:g}"
    return {
        stem.with_name(f"{stem.name}.nii.gz"): encode_nifti_mask(roi),
        stem.with_name(f"{stem.name}.dcm"): encode_dicom_seg(
            roi, patient=patient, method="SEMIAUTOMATIC", algorithm=algorithm
        ),
        stem.with_name(f"{stem.name}.json"): encode_json(_description(study, roi, place, found, told)),
        picture_file(study, patient, request.reader): _picture(patient, found),
    }


def _refuse_small(roi: Roi, min_voxels: int) -> None:
    if roi.n_voxels < min_voxels:
        raise RoiError(
            "ROI-34",
            "the outlined lesion is too small for texture",
            found=f"{roi.n_voxels} voxels",
            expected=f"at least {min_voxels}",
            remedy="Check the box, or lower radiomics.min_voxels.",
        )


def _description(
    study: Study, roi: Roi, place: Place, found: Segmentation, notes: tuple[str, ...]
) -> dict[str, Any]:
    """Return what lies beside the mask: what an imported mask tells, and how this one was made."""
    from tilscope import __version__

    imaging = study.settings.imaging
    volume = _functional_volume(study, found)
    return {
        "phase": roi.phase,
        "reader": roi.reader,
        "session": roi.session,
        "label": roi.label,
        "segment": imaging.roi_segment,
        "resample_masks": imaging.resample_masks,
        "largest_lesion_only": imaging.largest_lesion_only,
        "source": {"kind": "tilscope segment", "segments": [roi.label]},
        "notes": list(notes),
        "origin": ORIGIN,
        "version": __version__,
        "place": asdict(place),
        "box_voxels": _as_xyz(found.box.start, found.box.stop),
        "clustered_voxels": _as_xyz(found.clustered.start, found.clustered.stop),
        "settings": study.settings.segmentation.model_dump(mode="json"),
        "centres": list(found.centres),
        "n_iterations": found.n_iterations,
        "n_rounds": found.n_rounds,
        "voxels": roi.n_voxels,
        "volume_ml": roi.volume_ml,
        "functional_volume": None if volume is None else asdict(volume),
    }


def _as_xyz(start: tuple[int, int, int], stop: tuple[int, int, int]) -> list[int]:
    """Return the first and the last voxel of a box as x, y, z, x, y, z."""
    return [*start[::-1], *(n - 1 for n in stop[::-1])]


def _functional_volume(study: Study, found: Segmentation) -> FunctionalVolume | None:
    """Measure inside the outlined lesion, from its phase to the last one; None where no phase follows."""
    from tilscope.preprocessing import functional_tumour_volume

    if found.late_phase is None:
        return None
    settings = study.settings.functional_volume.model_copy(
        update={"early_phase": "post1", "late_phase": "last"}
    )
    measured = functional_tumour_volume(found.aligned, found.aligned_roi, settings)
    return replace(measured, early_phase=found.phase, late_phase=found.late_phase)


def _picture(patient: str, found: Segmentation) -> bytes:
    """Draw the aligned pre-contrast phase, the outlined phase and their difference, with the outline."""
    from tilscope.figures import PHASES, phase_pictures, render
    from tilscope.preprocessing.functional_volume import mean_pre_contrast

    pre, post = mean_pre_contrast(found.aligned), found.aligned.phases[found.aligned.n_pre]
    shown = (pre, post, post.with_array(post.array - pre.array))
    record = phase_pictures(patient, DceSeries(shown, None, "shown"), found.aligned_roi)
    return render(PHASES, replace(record, names=("pre", found.phase, "difference")), dpi=DPI)


def _free(study: Study, patient: str) -> None:
    """End the quarantine of a patient that had no mask at all; any other fault stays."""
    file = study.quarantine_folder / f"{patient}.json"
    if file.is_file() and load_json(file).get("rule") == "ROI-33":
        lift_quarantine(study, "mask", patient)

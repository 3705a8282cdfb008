"""From files of the study to records: phases, masks, features, tables."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import pandas as pd

from tilscope.reading import read_roi, read_volume
from tilscope.study import Study, encode_json, load_json
from tilscope.vocabulary import DceSeries, Grid, Roi, RoiError, Volume

if TYPE_CHECKING:
    from tilscope.preprocessing import BiasField


def image_files(study: Study, patient: str, folder: Path | None = None) -> tuple[Path, ...]:
    """Return the phases of a patient in order of time: as acquired, or in another folder.

    Their number is the examination's own (``dce.json``); a file that lies there besides is none of them.
    """
    n_phases = len(load_json(study.image_folder(patient) / "dce.json")["phase_names"])
    return tuple((folder or study.image_folder(patient)) / f"phase-{k}.nii.gz" for k in range(n_phases))


def load_grid(file: Path) -> Grid:
    """Return the grid of an image."""
    return read_volume(file).grid


def load_series(study: Study, patient: str, folder: Path | None = None) -> DceSeries:
    """Return a patient's phases as acquired, or those of another folder (registered, normalised)."""
    record = load_json(study.image_folder(patient) / "dce.json")
    phases = tuple(read_volume(f) for f in image_files(study, patient, folder))
    times = record["times_s"]
    return DceSeries(
        phases,
        None if times is None else tuple(times),
        record["phase_key"],
        record["n_pre"],
        tuple(record["notes"]),
        time_zero=record.get("time_zero") or "post1",
    )


class WholePhases(Sequence[Volume]):
    """The phases as acquired, each read and divided by the bias field when it is asked for; one is kept.

    Five phases of 512 x 512 x 160 voxels are 0.8 GiB, and the z-score mostly needs one.
    """

    def __init__(self, files: tuple[Path, ...], field: BiasField) -> None:
        self._files = files
        self._field = field
        self._kept: tuple[int, Volume] | None = None

    def __len__(self) -> int:
        return len(self._files)

    @overload
    def __getitem__(self, index: int) -> Volume: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Volume]: ...
    def __getitem__(self, index: int | slice) -> Volume | Sequence[Volume]:
        if isinstance(index, slice):
            return WholePhases(self._files[index], self._field)
        if self._kept is None or self._kept[0] != index:
            self._kept = None
            (volume,) = self._field.correct(read_volume(self._files[index]))
            self._kept = (index, volume)
        return self._kept[1]


def roi_files(study: Study, patient: str) -> tuple[Path, ...]:
    """Return the mask that makes the features, and its description."""
    folder = study.roi_folder(patient)
    reader = study.settings.imaging.roi_reader
    file = folder / f"reader-{reader}.nii.gz"
    if not file.is_file():
        drawn = sorted(f.name.removesuffix(".nii.gz") for f in folder.glob("reader-*.nii.gz"))
        raise RoiError(
            "ROI-33",
            "this patient has no mask of the chosen reader",
            found=", ".join(drawn) or "no mask",
            expected=f"reader-{reader}",
            remedy="Import the mask, or choose another reader in study.toml.",
        )
    return file, file.with_name(file.name.replace(".nii.gz", ".json"))


def load_roi(study: Study, patient: str, series: DceSeries, file: Path | None = None) -> Roi:
    """Return the mask as drawn; a mask that tells no phase takes the one of the settings.

    Without a file it is the chosen reader's.
    """
    from tilscope.preprocessing import peak_phase

    file = file or roi_files(study, patient)[0]
    record = load_json(file.with_name(file.name.replace(".nii.gz", ".json")))
    _refuse_other_settings(record, study)
    grid = series.phases[series.n_pre].grid
    mask = read_roi(file, grid)
    unsettled = Roi(mask, grid, "post1", record["reader"], record["session"], record["label"])
    phase = record["phase"] or study.settings.imaging.roi_phase
    if phase == "peak":
        phase = peak_phase(series, unsettled)
    return Roi(mask, grid, phase, record["reader"], record["session"], record["label"])


def _refuse_other_settings(record: dict[str, Any], study: Study) -> None:
    """Refuse a mask that was imported with other settings than study.toml has now (ROI-37)."""
    imaging = study.settings.imaging
    wanted = {
        "roi_segment": (record["segment"] or "none named", imaging.roi_segment or "none named"),
        "resample_masks": (record.get("resample_masks", False), imaging.resample_masks),
        "largest_lesion_only": (record.get("largest_lesion_only", False), imaging.largest_lesion_only),
    }
    for name, (found, expected) in wanted.items():
        if found != expected:
            raise RoiError(
                "ROI-37",
                f"the mask was imported with another imaging.{name} than study.toml has",
                found=found,
                expected=expected,
                remedy=f"Import the masks again, or set imaging.{name} back in study.toml.",
            )


def crop_roi(folder: Path, series: DceSeries, label: str = "lesion") -> Roi:
    """Return the mask that lies beside registered phases."""
    grid = series.phases[series.n_pre].grid
    return Roi(read_roi(folder / "roi.nii.gz", grid), grid, "post1", label=label)


def read_feature_rows(file: Path) -> pd.DataFrame:
    """Return a table of features as one piece of memory; pandas reads each column as a piece, which makes rows slow."""
    frame = pd.read_parquet(file)
    return pd.DataFrame(frame.to_numpy(dtype=np.float64), index=frame.index, columns=frame.columns)


def load_participants(study: Study) -> pd.DataFrame:
    """Return participants.tsv, or an empty table where no clinical data were imported."""
    from tilscope.reading import read_participants

    if not study.participants_file.is_file():
        return pd.DataFrame(
            {"stils": pd.Series(dtype=float)}, index=pd.Index([], name="participant_id", dtype=str)
        )
    return read_participants(study.participants_file).frame


def encode_bias(folder: Path, field: BiasField) -> dict[Path, bytes]:
    """Return a bias field as the files of a folder: the nodes as .npy, the rest as JSON."""
    nodes = io.BytesIO()
    np.save(nodes, field.log_field, allow_pickle=False)
    record = {k: v for k, v in asdict(field).items() if k != "log_field"}
    return {folder / "bias.npy": nodes.getvalue(), folder / "bias.json": encode_json(record)}


def load_bias(folder: Path) -> BiasField:
    """Return the bias field that `encode_bias` wrote."""
    from tilscope.preprocessing import BiasField

    record = load_json(folder / "bias.json")
    record["grid"] = _grid(record["grid"])
    return BiasField(log_field=np.load(folder / "bias.npy", allow_pickle=False), **record)


def _grid(record: dict[str, Any]) -> Grid:
    rows = tuple(tuple(row) for row in record["direction"])
    return Grid(tuple(record["shape"]), tuple(record["spacing_mm"]), tuple(record["origin_mm"]), rows)  # type: ignore[arg-type]


def encode_unsorted(record: dict[str, Any]) -> bytes:
    """Return JSON whose keys keep their order, such as features that of the extraction."""
    return (json.dumps(record, indent=0, allow_nan=False) + "\n").encode()

"""The step `voxels`: who is shown, maps that can be worked out by hand, missing files."""

from __future__ import annotations

import io
import json
import re

import numpy as np
import pandas as pd
import pytest

from tilscope.pipeline.voxels import VOXELS
from tilscope.pipeline.voxels.choosing import extremes, ordered_features
from tilscope.pipeline.voxels.lesion_maps import Lesion, Slice, lesion_map, summary
from tilscope.radiomics import MapSettings, Settings, extract_series
from tilscope.reading import encode_nifti, encode_nifti_mask
from tilscope.signature import CohortSummary, Signature, SignatureFeature
from tilscope.study import Study, encode_tsv
from tilscope.vocabulary import DceSeries, Grid, Roi, Volume, feature_parts

SHAPE = (6, 9, 10)
GRID = Grid(SHAPE, (2.0, 1.0, 1.0), (0.0, 0.0, 0.0), ((1.0, 0, 0), (0, 1.0, 0), (0, 0, 1.0)))
SMALL = MapSettings(kernel_radius=1)
OFFSETS = (0.0, 0.0, 0.0, 8.0)  # mean 2, variance 12, skewness 2 / sqrt(3), kurtosis 7 / 3


def block() -> np.ndarray:
    mask = np.zeros(SHAPE, dtype=bool)
    mask[1:5, 2:7, 3:8] = True
    return mask


def lesion_of(phases: list[np.ndarray], settings: Settings | None = None) -> Lesion:
    volumes = tuple(Volume(a.astype(np.float32), GRID) for a in (phases[0], *phases))
    return Lesion.of(DceSeries(volumes, None, ""), Roi(block(), GRID, "post1"), settings or Settings())


def chosen(values: dict[str, float], n: int) -> tuple[list[str], tuple[str, ...]]:
    found, notes = extremes(pd.Series(values, dtype=float), n)
    return [f"{one.end} {one.patient} {one.value:g}" for one in found], notes


def test_highest_and_lowest_by_hand():
    values = {"sub-c": 3.0, "sub-a": 9.0, "sub-e": -1.0, "sub-b": 4.0, "sub-d": 5.0}
    assert chosen(values, 2) == (
        ["highest sub-a 9", "highest sub-d 5", "lowest sub-e -1", "lowest sub-c 3"],
        (),
    )


def test_ties_are_told_and_the_first_keys_taken():
    values = {"sub-d": 1.0, "sub-b": 7.0, "sub-a": 7.0, "sub-c": 7.0, "sub-e": 0.0, "sub-f": 2.0}
    found, notes = chosen(values, 2)
    assert found == ["highest sub-a 7", "highest sub-b 7", "lowest sub-e 0", "lowest sub-d 1"]
    assert notes == ("3 patients share the highest value shown, 7; the first by their keys are shown",)


def test_nobody_stands_at_both_ends():
    found, notes = chosen({"sub-a": 1.0, "sub-b": 2.0, "sub-c": 3.0}, 2)
    assert found == ["highest sub-c 3", "lowest sub-a 1"]
    assert notes == ("only 3 patients have it, so 1 stand at each end",)
    assert chosen({"sub-a": 1.0, "sub-b": 1.0}, 2) == ([], ("all 2 patients have the same value",))
    assert chosen({}, 2) == ([], ("nobody has it",))


def signature_of(*features: SignatureFeature) -> Signature:
    counts = CohortSummary(n_training=8, n_positive=4, n_negative=4)
    return Signature(
        name="s",
        features=features,
        intercept=0.0,
        cutoff=0.5,
        origin="logistic" if features else "empty",
        cohort=counts,
    )


def test_largest_weight_first_per_sd_where_all_sds_are_known():
    scaled = signature_of(
        SignatureFeature(name="a", coefficient=2.0, training_sd=0.1),
        SignatureFeature(name="b", coefficient=-0.1, training_sd=30.0),
    )
    assert ordered_features(scaled) == (("b", pytest.approx(-3.0), True), ("a", pytest.approx(0.2), True))
    unknown = signature_of(
        SignatureFeature(name="a", coefficient=2.0), SignatureFeature(name="b", coefficient=-9.0)
    )
    assert ordered_features(unknown) == (("a", 2.0, False), ("b", -9.0, False))


def test_a_feature_of_one_phase_is_the_map_of_that_phase():
    """A ramp in the second phase only: 9 of 13 directions go one level on, so that the contrast is 9/13."""
    ramp = np.broadcast_to(10.0 * np.arange(10), SHAPE).copy()
    noise = np.random.default_rng(2).normal(0, 40, SHAPE)
    settings = Settings(bin_width=10.0)
    lesion = lesion_of([noise, ramp, noise], settings)
    values = lesion_map(lesion, feature_parts("phase2_original_glcm_Contrast"), settings, SMALL)
    inner = values[2:4, 3:6, 4:7]  # whole cubes
    np.testing.assert_allclose(inner, 9 / 13)
    np.testing.assert_array_equal(np.isfinite(values), block())


@pytest.mark.parametrize(
    ("moment", "expected"),
    [("variance", 12.0), ("skewness", 2 / np.sqrt(3)), ("kurtosis", 7 / 3)],
)
def test_moments_over_the_phases_are_taken_voxel_by_voxel(moment, expected):
    base = np.random.default_rng(3).normal(100, 20, SHAPE).astype(np.float32).astype(float).round(2)
    lesion = lesion_of([base + offset for offset in OFFSETS])
    values = lesion_map(lesion, feature_parts(f"{moment}_original_firstorder_Mean"), Settings(), SMALL)
    np.testing.assert_allclose(values[block()], expected, rtol=1e-5)


def test_the_mean_over_the_phases_is_that_of_the_cubes():
    base = np.random.default_rng(3).normal(100, 20, SHAPE)
    lesion = lesion_of([base + offset for offset in OFFSETS])
    values = lesion_map(lesion, feature_parts("mean_original_firstorder_Mean"), Settings(), SMALL)
    cube = base[1:4, 2:5, 3:6]
    assert values[2, 3, 4] == pytest.approx(cube.mean() + 2.0, rel=1e-6)
    corner = base[1:3, 2:4, 3:5]  # only voxels of the lesion count
    assert values[1, 2, 3] == pytest.approx(corner.mean() + 2.0, rel=1e-6)


def test_a_map_wider_than_the_lesion_gives_the_extracted_feature():
    """A cube that holds the whole lesion makes the feature of the whole lesion, at every voxel."""
    rng = np.random.default_rng(5)
    phases = [rng.normal(0, 60, SHAPE) for _ in range(3)]
    lesion = lesion_of(phases)
    settings = Settings(image_types=("original", "wavelet"))
    names = ("phase3_wavelet-HLL_glszm_ZonePercentage", "skewness_wavelet-LLH_glcm_Idm")
    features = extract_series(lesion.post, lesion.mask, GRID.spacing_mm, settings, grid=GRID).values
    for name in names:
        values = lesion_map(lesion, feature_parts(name), settings, MapSettings(kernel_radius=6))
        np.testing.assert_allclose(values[block()], features[name], rtol=1e-6)


def test_the_slice_with_most_lesion_as_a_radiologist_holds_it():
    """A sagittal grid: index axes run to the left, to the feet and to the back."""
    grid = Grid((5, 30, 20), (3.0, 1.0, 2.0), (0.0, 0.0, 0.0), ((0, 0, 1.0), (1.0, 0, 0), (0, -1.0, 0)))
    mask = np.zeros(grid.shape, dtype=bool)
    mask[1:4, 10, 8:12] = True
    mask[2, 11, 9] = True
    part = Slice.of(mask, grid)
    assert part.pixel_mm == (2.0, 3.0)  # from front to back, from right to left
    inside = part.flat(mask)
    assert inside.shape == (4 + 2 * 4, 5)  # 8 mm are 4 rows; the image ends 1 column beside the lesion
    assert inside.sum() == 12
    marked = np.zeros(grid.shape)
    marked[1, 10, 8] = 1.0  # of the lesion the rightmost and foremost voxel
    assert np.argwhere(part.flat(marked)).tolist() == [[4, 1]]


def test_a_map_without_values_has_no_mean():
    inside = np.ones((1, 2, 2), dtype=bool)
    none = summary(np.full(inside.shape, np.nan), inside)
    assert none == {"map_mean": None, "map_min": None, "map_max": None, "voxels_without": 4}
    some = summary(np.array([[[1.0, np.nan], [2.0, 6.0]]]), inside)
    assert some == {"map_mean": 3.0, "map_min": 1.0, "map_max": 6.0, "voxels_without": 1}


@pytest.fixture
def study(tmp_path) -> Study:
    """Five patients with preprocessed images of 2 phases after contrast, and one in whose class nobody is."""
    (tmp_path / "study.toml").write_text(
        '[radiomics]\nimage_types = ["original"]\n[voxels]\nn_patients = 1\n'
    )
    made = Study.open(tmp_path)
    keys = [f"sub-{k}" for k in "abcdef"]
    for k, key in enumerate(keys):
        _write_patient(made, key, np.random.default_rng(k))
    names = ["phase1_original_firstorder_Mean", "variance_original_glcm_Idm", "shape_Sphericity", "age"]
    values = np.array(
        [[5, 1, 0.9, 3], [1, 2, 0.5, 3], [2, 3, 0.6, 3], [3, 4, 0.7, 3], [4, 5, 0.8, 3], [99, 99, 0, 99]]
    )
    table = pd.DataFrame(values.astype(float), index=pd.Index(keys, name="participant_id"), columns=names)
    made.feature_table_file.parent.mkdir(parents=True)
    table.to_parquet(made.feature_table_file)
    scores = pd.DataFrame(
        {
            "role": ["training"] * 4 + ["validation", "no outcome"],
            "til_percent": [40.0, 5, 5, 40, 5, np.nan],
            "til_level": ["high", "low", "low", "high", "low", None],
            "rad_tils_score": 0.5,
        },
        index=table.index,
    )
    _write_signature(made, names)
    (made.signature_folder / "scores.tsv").write_bytes(encode_tsv(scores))
    return made


def _write_signature(study: Study, names: list[str]) -> None:
    features = [
        SignatureFeature(name=name, coefficient=4.0 - k, training_sd=1.0) for k, name in enumerate(names)
    ]
    study.signature_folder.mkdir(parents=True, exist_ok=True)
    (study.signature_folder / "signature.json").write_text(signature_of(*features).to_json())


def _write_patient(study: Study, key: str, rng: np.random.Generator) -> None:
    folder, images = study.preprocessed_folder(key), study.image_folder(key)
    for made in (folder, images):
        made.mkdir(parents=True)
    for k in range(3):
        volume = Volume(rng.normal(100 * k, 30, SHAPE).astype(np.float32), GRID)
        (folder / f"phase-{k}.nii.gz").write_bytes(encode_nifti(volume))
    (folder / "roi.nii.gz").write_bytes(encode_nifti_mask(Roi(block(), GRID, "post1")))
    curve = {"enhancement": {"percent_enhancement": [0.0, 80.0, 90.0]}}
    (folder / "normalisation.json").write_text(json.dumps(curve))
    names = ["pre", "post1", "post2"]
    acquired = {"n_pre": 1, "phase_names": names, "times_s": None, "phase_key": "", "notes": []}
    (images / "dce.json").write_text(json.dumps(acquired))


def made_by(study: Study) -> tuple[dict, dict, tuple[str, ...]]:
    products = VOXELS.make(study, "")
    folder = study.biology_folder / "voxels"
    with np.load(io.BytesIO(products.files[folder / "maps.npz"]), allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    return json.loads(products.files[folder / "voxels.json"]), arrays, products.notes


def test_maps_curves_and_numbers_of_the_patients_at_both_ends(study):
    record, arrays, notes = made_by(study)
    assert notes == ()
    shown = {
        f["name"]: [(p["participant_id"], p["end"], p["value"]) for p in f["patients"]]
        for f in record["features"]
    }
    assert shown["phase1_original_firstorder_Mean"] == [("sub-a", "highest", 5.0), ("sub-b", "lowest", 1.0)]
    assert shown["variance_original_glcm_Idm"] == [("sub-e", "highest", 5.0), ("sub-a", "lowest", 1.0)]
    assert shown["age"] == []  # the same in everybody; sub-f has no class and is nowhere
    assert record["features"][3]["notes"] == ["all 5 patients have the same value"]
    assert {name.partition("_")[0] for name in arrays} == {"sub-a", "sub-b", "sub-e"}
    first, second, shape, _ = record["features"]
    assert first["n_known"] == 5
    assert shape["patients"][0]["reason"] == "a shape is of the whole lesion and has no map"
    assert "sub-a_map-3" not in arrays
    phase = np.random.default_rng(0)
    phase.normal(0, 30, SHAPE)
    post1 = phase.normal(100, 30, SHAPE)
    own = [_cube_mean(post1, z, y, x) for z, y, x in np.argwhere(block())]  # 5 x 5 x 5 voxels
    assert first["patients"][0]["map_mean"] == pytest.approx(np.mean(own), rel=1e-5)
    assert first["patients"][0]["map_max"] == pytest.approx(np.max(own), rel=1e-5)
    assert second["patients"][0]["voxels_without"] == 0
    facts = record["patients"]["sub-a"]
    assert facts["percent_enhancement"] == [0.0, 80.0, 90.0]
    assert (facts["voxels"], facts["volume_ml"]) == (100, pytest.approx(0.2))
    assert arrays["sub-a_grey"].shape == arrays["sub-a_map-1"].shape == SHAPE[1:]
    np.testing.assert_array_equal(np.isfinite(arrays["sub-a_map-1"]), arrays["sub-a_inside"])
    assert not re.search(r'"/|[A-Za-z]:\\\\', json.dumps(record))


def _cube_mean(image: np.ndarray, z: int, y: int, x: int) -> float:
    near = np.zeros(SHAPE, dtype=bool)
    near[max(z - 2, 0) : z + 3, max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3] = True
    return float(image[near & block()].mean())


def test_a_patient_whose_files_are_missing_is_named_and_the_others_go_on(study):
    (study.preprocessed_folder("sub-a") / "phase-1.nii.gz").unlink()
    (study.image_folder("sub-b") / "dce.json").unlink()
    (study.preprocessed_folder("sub-e") / "phase-2.nii.gz").write_bytes(b"not an image")
    record, arrays, notes = made_by(study)
    told = [note.partition(" has no maps: ")[0] for note in notes]
    assert told == ["IMG-22: sub-e", "RUN-76: sub-a", "RUN-76: sub-b"]
    assert arrays == {}
    assert record["patients"] == {}
    reasons = [row["reason"] for row in record["features"][0]["patients"]]
    assert reasons == ["RUN-76: not all of its preprocessed files are there"] * 2
    files = VOXELS.inputs(study, "")
    assert all(file.is_file() for file in files)


def test_what_is_left_out_and_why(study):
    assert VOXELS.left_out(study) is None
    for patient in study.patients:
        (study.preprocessed_folder(patient) / "roi.nii.gz").unlink()
    assert VOXELS.left_out(study) == "no patient has preprocessed images"
    _write_signature(study, [])
    assert VOXELS.left_out(study) == "the signature has no features"
    (study.signature_folder / "signature.json").unlink()
    assert VOXELS.inputs(study, "") == (study.signature_folder / "scores.tsv", study.feature_table_file)

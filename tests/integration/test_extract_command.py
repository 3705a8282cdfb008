"""`tilscope extract` as a user meets it: words in, files and exit codes out."""

from __future__ import annotations

import csv
import json
import os
import shutil
import stat
import subprocess
import sys
import tarfile

import numpy as np
import pytest

from tilscope.radiomics import Settings, extract, image_feature_names, series_feature_names
from tilscope.reading import read_volume

QUICK = """
imageType:
  Original: {}
featureClass:
  shape: [VoxelVolume]
  firstorder: [Mean, Energy]
  glcm: [Idmn]
setting:
  binWidth: 10
"""
FEATURES = ["original_shape_VoxelVolume", *(f"original_firstorder_{n}" for n in ("Energy", "Mean"))]


@pytest.fixture
def folder(tmp_path, monkeypatch, hospital):
    """A user's folder: three patients' phases and masks, a parameter file, a table of cases."""
    rows = ["patient_id,Image,Mask,age"]
    for k in range(3):
        hospital.write_patient(tmp_path / "images", f"H-{k}", k, is_high=k == 0, n_post=2)
        rows.append(f"H-{k},images/H-{k}/phase-1.nii.gz,images/H-{k}/H-{k}_lesion_post1.nii.gz,{50 + k}")
    (tmp_path / "cases.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "quick.yaml").write_text(QUICK)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def one(folder):
    """Words of one case."""
    return "images/H-0/phase-1.nii.gz", "images/H-0/H-0_lesion_post1.nii.gz"


def rows_of(file):
    with file.open(newline="") as stream:
        return list(csv.DictReader(stream))


class TestOneCase:
    def test_printed_for_people(self, tilscope, one):
        answer = tilscope("extract", *one, "-p", "quick.yaml")
        assert answer.code == 0
        lines = dict(line.split(None, 1) for line in answer.out.splitlines())
        volume = read_volume(one[0])
        mask = read_volume(one[1]).array > 0
        inside = volume.array[mask].astype(float)
        assert float(lines["original_firstorder_Mean"]) == pytest.approx(inside.mean(), rel=1e-12)
        assert float(lines["original_firstorder_Energy"]) == pytest.approx((inside**2).sum(), rel=1e-12)
        assert lines["diagnostics_Mask-original_VoxelNum"] == str(mask.sum())
        assert "Next:" in answer.err

    def test_printed_for_programs(self, tilscope, one):
        answer = tilscope("extract", *one, "-p", "quick.yaml", "--format", "json", "--no-diagnostics")
        (record,) = json.loads(answer.out)
        assert list(record)[:2] == ["Image", "Mask"]
        assert [n for n in record if n.startswith("original")] == [*FEATURES, "original_glcm_Idmn"]
        assert not any(n.startswith("diagnostics") for n in record)

    def test_defaults_are_tilscopes_and_columns_are_in_the_fixed_order(self, tilscope, one, folder):
        answer = tilscope("extract", *one, "--out", "all.csv", "--no-diagnostics")
        assert answer.code == 0, answer.text
        (row,) = rows_of(folder / "all.csv")
        names = image_feature_names(Settings())
        assert tuple(row)[4:] == names
        image, mask = (read_volume(f) for f in one)
        expected = extract(image.array, mask.array > 0, image.spacing_mm)
        assert [float(row[n]) for n in names] == pytest.approx([expected[n] for n in names], rel=1e-6)

    def test_phases(self, tilscope, one, folder):
        answer = tilscope(
            "extract", one[0], "images/H-0/phase-2.nii.gz", one[1], "-p", "quick.yaml", "-o", "s.json"
        )
        assert answer.code == 0, answer.text
        (record,) = json.loads((folder / "s.json").read_text())
        settings = Settings.from_pyradiomics("quick.yaml")
        numbers = [n for n in record if not n.startswith(("diagnostics", "Image", "Mask", "warnings"))]
        assert tuple(numbers) == series_feature_names(2, settings)
        mean = (record["phase1_original_firstorder_Mean"] + record["phase2_original_firstorder_Mean"]) / 2
        assert record["mean_original_firstorder_Mean"] == pytest.approx(mean, rel=1e-12)
        assert (
            record["diagnostics_phase1_Image-original_Hash"]
            != record["diagnostics_phase2_Image-original_Hash"]
        )
        assert record["Image2"] == "images/H-0/phase-2.nii.gz"

    def test_a_refused_case_writes_nothing(self, tilscope, one, folder):
        answer = tilscope("extract", one[0], "images/nowhere.nii", "-o", "x.csv")
        assert answer.code == 2
        assert "ROI-00 phase-1.nii.gz: images/nowhere.nii" in answer.err
        assert not (folder / "x.csv").exists()

    def test_an_image_is_no_mask(self, tilscope, one):
        answer = tilscope("extract", one[0], "images/H-0/phase-2.nii.gz")
        assert answer.code == 2
        assert "ROI-39" in answer.err
        assert tilscope("extract", one[0]).code == 2

    def test_an_existing_file_stays_unless_forced(self, tilscope, one, folder):
        (folder / "f.csv").write_text("precious")
        answer = tilscope("extract", *one, "-p", "quick.yaml", "-o", "f.csv")
        assert answer.code == 2
        assert "RUN-75" in answer.err
        assert (folder / "f.csv").read_text() == "precious"
        assert tilscope("extract", *one, "-p", "quick.yaml", "-o", "f.csv", "--force").code == 0
        assert len(rows_of(folder / "f.csv")) == 1
        assert stat.S_IMODE((folder / "f.csv").stat().st_mode) == 0o600

    def test_a_key_that_is_not_followed_is_refused_by_name(self, tilscope, one, folder):
        (folder / "odd.yaml").write_text("setting:\n  binWidht: 3\n")
        answer = tilscope("extract", *one, "-p", "odd.yaml")
        assert answer.code == 2
        assert "SET-21" in answer.err
        assert "binWidht" in answer.err

    def test_few_grey_levels_are_one_line_with_the_cases_name(self, tilscope, one, folder):
        (folder / "coarse.toml").write_text("[radiomics]\nbin_width = 5000\nfamilies = ['firstorder']\n")
        answer = tilscope("extract", *one, "--settings", "coarse.toml", "-o", "c.csv")
        assert answer.code == 0, answer.text
        (line,) = answer.err.splitlines()
        assert line.startswith("ROI-36 phase-1.nii.gz: few grey levels")
        assert "wavelet-LLL" in line
        assert rows_of(folder / "c.csv")[0]["warnings"] == line.replace(" phase-1.nii.gz", "", 1)


class TestLabels:
    @pytest.fixture
    def two_labels(self, one, hospital, folder):
        mask = hospital.lesion().astype(np.uint8)
        mask[: mask.shape[0] // 2] *= 2
        hospital.save(mask, folder / "two.nii.gz")
        return one[0], "two.nii.gz"

    def test_none_chosen_is_refused_with_the_list(self, tilscope, two_labels):
        answer = tilscope("extract", *two_labels)
        assert answer.code == 2
        assert "ROI-37 phase-1.nii.gz: two.nii.gz: the mask holds several labels" in answer.err
        assert "found 1, 2" in answer.err

    def test_each_in_turn(self, tilscope, two_labels, folder):
        assert tilscope("extract", *two_labels, "--label", "all", "-p", "quick.yaml", "-o", "a.csv").code == 0
        rows = rows_of(folder / "a.csv")
        assert [row["Label"] for row in rows] == ["1", "2"]
        for row in rows:
            words = (*two_labels, "-l", row["Label"], "-p", "quick.yaml", "--format", "json")
            (alone,) = json.loads(tilscope("extract", *words).out)
            assert float(row["original_firstorder_Mean"]) == alone["original_firstorder_Mean"]
            assert row["diagnostics_Mask-original_Hash"] == alone["diagnostics_Mask-original_Hash"]

    def test_the_parameter_files_label_counts_and_pyradiomics_default_is_1(
        self, tilscope, two_labels, folder
    ):
        (folder / "two.yaml").write_text(QUICK + "  label: 2\n")
        counts = []
        for words in (("-p", "quick.yaml"), ("-p", "two.yaml"), ("-p", "two.yaml", "-l", "1")):
            (record,) = json.loads(tilscope("extract", *two_labels, *words, "-f", "json").out)
            counts.append(record["diagnostics_Mask-original_VoxelNum"])
        assert counts[0] == counts[2] != counts[1]


class TestTableOfCases:
    def test_rows_in_order_with_the_users_columns(self, tilscope, folder):
        answer = tilscope("extract", "cases.csv", "-p", "quick.yaml", "-o", "f.tsv", "--workers", 0)
        assert answer.code == 0, answer.text
        header, *lines = (folder / "f.tsv").read_text().splitlines()
        assert header.split("\t")[:6] == ["patient_id", "Image", "Mask", "age", "reason", "warnings"]
        assert [line.split("\t")[0] for line in lines] == ["H-0", "H-1", "H-2"]
        assert [line.split("\t")[3] for line in lines] == ["50", "51", "52"]
        assert "Next: look at f.tsv" in answer.out

    def test_paths_are_relative_to_the_table(self, tilscope, folder, monkeypatch, tmp_path_factory):
        elsewhere = tmp_path_factory.mktemp("elsewhere")
        monkeypatch.chdir(elsewhere)
        answer = tilscope(
            "extract", folder / "cases.csv", "-p", folder / "quick.yaml", "-o", "f.csv", "--workers", 0
        )
        assert answer.code == 0, answer.text
        assert str(folder) not in (elsewhere / "f.csv").read_text()

    def test_a_failing_case_stops_nobody(self, tilscope, folder):
        shutil.copy("images/H-1/phase-1.nii.gz", "images/H-1/cut.nii.gz")
        os.truncate("images/H-1/cut.nii.gz", 1000)
        text = (folder / "cases.csv").read_text().replace("H-1/phase-1", "H-1/cut")
        (folder / "cases.csv").write_text(text)
        answer = tilscope("extract", "cases.csv", "-p", "quick.yaml", "-o", "f.csv", "--workers", 0)
        assert answer.code == 3
        assert "IMG-22 H-1: images/H-1/cut.nii.gz: " in answer.err
        assert str(folder) not in answer.text
        rows = rows_of(folder / "f.csv")
        assert [bool(row["reason"]) for row in rows] == [False, True, False]
        assert rows[1]["reason"].startswith("IMG-22: images/H-1/cut.nii.gz: ")
        assert [bool(row["original_firstorder_Mean"]) for row in rows] == [True, False, True]
        assert "--force" in answer.out

    def test_the_number_of_workers_changes_nothing(self, tilscope, folder):
        files = []
        for workers in (0, 2):
            file = folder / f"w{workers}.csv"
            assert tilscope("extract", "cases.csv", "-p", "quick.yaml", "-o", file, "-j", workers).code == 0
            files.append(file.read_bytes())
        assert files[0] == files[1]

    def test_a_case_of_fewer_phases_is_not_mixed_in(self, tilscope, folder):
        rows = ["Image,Image2,Mask"]
        rows += [
            f"images/H-{k}/phase-1.nii.gz,images/H-{k}/{second},images/H-{k}/H-{k}_lesion_post1.nii.gz"
            for k, second in enumerate(("phase-2.nii.gz", "nothing.nii.gz"))
        ]
        (folder / "phases.csv").write_text("\n".join(rows) + "\n")
        answer = tilscope("extract", "phases.csv", "-p", "quick.yaml", "-o", "f.csv", "--workers", 0)
        assert answer.code == 3
        assert "IMG-00 case 2: images/H-1/nothing.nii.gz" in answer.err
        assert rows_of(folder / "f.csv")[0]["mean_original_firstorder_Mean"]

    def test_an_output_is_no_input(self, tilscope, folder):
        tilscope("extract", "cases.csv", "-p", "quick.yaml", "-o", "f.csv", "--workers", 0)
        answer = tilscope("extract", "f.csv", "-p", "quick.yaml", "-o", "g.csv", "--workers", 0)
        assert answer.code == 2
        assert "TAB-62" in answer.err

    def test_columns_are_asked_for_by_name(self, tilscope, folder):
        (folder / "cases.csv").write_text("image,mask\na,b\n")
        answer = tilscope("extract", "cases.csv", "--workers", 0)
        assert answer.code == 2
        assert "TAB-62" in answer.err
        assert "Image" in answer.err


class TestFromTheClinic:
    """DICOM folders and 3D Slicer's segmentations."""

    def test_a_folder_of_dicom_phases(self, tilscope, folder, real_data):
        with tarfile.open(real_data / "dce-ucsf-br-06" / "ucsf_breast_dce_BR-06.tgz") as archive:
            archive.extractall(folder / "ucsf", filter="data")
        mask = real_data / "dce-ucsf-br-06" / "UCSF-BR-06_ftvROI_largest.nrrd"
        answer = tilscope("extract", "ucsf/UCSF-BR-06", mask, "-p", "quick.yaml", "-o", "u.json")
        assert answer.code == 0, answer.text
        (record,) = json.loads((folder / "u.json").read_text())
        assert record["diagnostics_Mask-original_VoxelNum"] == 39_325  # as its authors say
        assert "phase2_original_firstorder_Mean" in record  # one phase before contrast, two after
        assert "phase3_original_firstorder_Mean" not in record

    def test_a_dicom_mask_of_somebody_else_is_refused(self, tilscope, folder, real_data):
        with tarfile.open(real_data / "sts-003-mr-rtstruct" / "mr_t1_dicom.tgz") as archive:
            archive.extractall(folder / "mr", filter="data")
        mask = real_data / "segmentation-formats" / "dcmqi_liver_seg.dcm"
        answer = tilscope("extract", "mr/dicom", mask, "-p", "quick.yaml")
        assert answer.code == 2
        assert "ROI-46 dicom: " in answer.err

    def test_a_named_segment(self, tilscope, folder, real_data):
        files = (
            real_data / "segmentation-formats" / name for name in ("CTChest4.nrrd", "Segmentation.seg.nrrd")
        )
        words = (*files, "--label", "lumbar vertebral column", "-p", "quick.yaml", "-f", "json")
        (record,) = json.loads(tilscope("extract", *words).out)
        # bone is brighter than soft tissue (above 100 HU); the number is numpy's on the label map
        assert record["original_firstorder_Mean"] == pytest.approx(317.6281067812212, rel=1e-9)


def test_help_is_quick_and_says_the_defaults(tilscope):
    """Asking for help imports no engine."""
    code = (
        "import sys; from tilscope import cli; sys.argv[1:] = ['extract', '--help']\n"
        "try: cli.main()\n"
        "except SystemExit: pass\n"
        "heavy = {'numba', 'SimpleITK', 'pandas', 'scipy', 'matplotlib'} & set(sys.modules)\n"
        "print('HEAVY', sorted(heavy))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.splitlines()[-1] == "HEAVY []"
    words = tilscope("extract", "--help").text.replace("│", " ")
    assert "original and wavelet images, all families, bin width 25" in " ".join(words.split())


def test_extraction_does_not_wait_for_the_rest_of_the_house(one, folder):
    """pandas, matplotlib and scikit-learn take longer to import than a case takes."""
    code = (
        f"import sys; from tilscope import cli; sys.argv[1:] = ['extract', *{one}, '-p', 'quick.yaml', '-o', 'f.csv']\n"
        "try: cli.main()\n"
        "except SystemExit as end: assert not end.code\n"
        "print('HEAVY', sorted({'pandas', 'matplotlib', 'sklearn', 'distributed'} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.splitlines()[-1] == "HEAVY []"
    assert len(rows_of(folder / "f.csv")) == 1

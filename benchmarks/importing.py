"""Measure the import of one examination: 5 phases of 160 slices of 512 x 512, 800 files in one series.

    python benchmarks/importing.py [--slices 160] [--rounds 3]

``read_dicom_series`` and the whole ``tilscope import`` (files sought, phases told apart, mask checked, study
written), beside two peers on the same files: SimpleITK's ImageSeriesReader, which puts all phases of a series into
one stack, and a loop over pydicom's ``pixel_array``, which checks nothing. Then the same phases as Enhanced MR, one
file per phase. Each in a process of its own on one thread, in turns; the files lie in the page cache. Printed: CPU
and wall seconds with start and imports (median, smallest to largest), and peak memory.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

THREADS = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS",
)
os.environ.update(dict.fromkeys(THREADS, "1"))

N_PHASES = 5
SPACING_MM = (1.1, 0.7, 0.7)


def make_hospital(folder: Path, n_slices: int) -> None:
    """Write the slices, shuffled, in one series told apart by AcquisitionNumber; a mask on post1 beside them."""
    import numpy as np

    from tilscope.demo.dicom import write_series
    from tilscope.demo.plan import PatientPlan
    from tilscope.reading import encode_nifti_mask
    from tilscope.vocabulary import Grid, Roi

    shape = (n_slices, 512, 512)
    plan = PatientPlan(1, 0, "H-1", 0.0, 20.0, "acquisition", "axial", "nii.gz", False)
    grid = Grid(shape, SPACING_MM, (-179.0, -120.0, -80.0))
    rng = np.random.default_rng(1)
    still = rng.integers(0, 1500, shape, dtype=np.uint16)
    phases = [still + np.uint16(200 * k) for k in range(N_PHASES)]
    headers = write_series(folder / "slices" / "H-1", plan, phases, grid)
    mask = np.zeros(shape, dtype=bool)
    mask[n_slices // 2 - 10 : n_slices // 2 + 10, 200:230, 200:230] = True
    (folder / "slices" / "H-1" / "H-1_lesion_post1.nii.gz").write_bytes(encode_nifti_mask(Roi(mask, grid)))
    (folder / "enhanced" / "H-1").mkdir(parents=True)
    for phase, slices in headers.items():
        _write_enhanced(folder / "enhanced" / "H-1" / f"EMR{phase}", phase, slices, phases[phase])


def _write_enhanced(file: Path, phase: int, slices: list, pixels) -> None:
    """Write a phase as one Enhanced MR file; only the header of its first slice is shared."""
    from copy import deepcopy

    from pydicom.dataset import Dataset, FileMetaDataset
    from pydicom.sequence import Sequence
    from pydicom.uid import ExplicitVRLittleEndian, generate_uid

    def of(**values: object) -> Sequence:
        one = Dataset()
        for name, value in values.items():
            setattr(one, name, value)
        return Sequence([one])

    first = slices[0]
    d = deepcopy(first)
    for name in (
        "ImagePositionPatient",
        "ImageOrientationPatient",
        "PixelSpacing",
        "SliceThickness",
        "SliceLocation",
    ):
        delattr(d, name)
    d.file_meta = FileMetaDataset()
    d.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    d.SOPClassUID = "1.2.840.10008.5.1.4.1.1.4.1"
    d.SOPInstanceUID = generate_uid(entropy_srcs=["enhanced", str(phase)])
    d.ImageType = ["ORIGINAL", "PRIMARY", "DYNAMIC", "NONE"]
    d.NumberOfFrames = len(slices)
    d.SharedFunctionalGroupsSequence = of(
        PixelMeasuresSequence=of(
            PixelSpacing=first.PixelSpacing,
            SliceThickness=first.SliceThickness,
            SpacingBetweenSlices=first.SliceThickness,
        ),
        PlaneOrientationSequence=of(ImageOrientationPatient=first.ImageOrientationPatient),
    )
    frames = []
    for index, one in enumerate(slices):
        frames += of(
            PlanePositionSequence=of(ImagePositionPatient=one.ImagePositionPatient),
            FrameContentSequence=of(
                FrameAcquisitionDateTime=f"{first.StudyDate}{first.AcquisitionTime}",
                TemporalPositionIndex=phase + 1,
                InStackPositionNumber=index + 1,
                StackID="1",
            ),
        )
    d.PerFrameFunctionalGroupsSequence = Sequence(frames)
    d.PixelData = pixels.tobytes()
    d.save_as(file, enforce_file_format=True)


def read_series(folder: Path) -> None:
    from tilscope.reading import read_dicom_series

    series = read_dicom_series(sorted(f for f in folder.rglob("*") if f.is_file() and ".nii" not in f.name))
    assert len(series.phases) == N_PHASES, len(series.phases)


def import_all(folder: Path) -> None:
    """Run the command as a user does, without a second process."""
    with tempfile.TemporaryDirectory(dir=folder.parent) as target:
        study = Path(target) / "study"
        for words in (["init", study], ["import", study, folder, "--workers", "0"]):
            ended = subprocess.run(
                [sys.executable, "-m", "tilscope.cli", *map(str, words)],
                capture_output=True,
                text=True,
                check=False,
            )
            if ended.returncode:
                sys.exit(ended.stdout + ended.stderr)
        n_files = len(list(study.rglob("phase-*.nii.gz")))
        assert n_files == N_PHASES, n_files


def simpleitk_series(folder: Path) -> None:
    import SimpleITK

    where = str(next(f for f in folder.rglob("S*") if f.is_dir()))
    reader = SimpleITK.ImageSeriesReader()
    (series,) = reader.GetGDCMSeriesIDs(where)
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(where, series))
    image = reader.Execute()
    assert image.GetSize()[2] % N_PHASES == 0  # one stack of all phases


def pydicom_loop(folder: Path) -> None:
    import numpy as np
    import pydicom

    files = sorted(f for f in folder.rglob("*") if f.is_file() and ".nii" not in f.name)
    kept = [pydicom.dcmread(f).pixel_array.astype(np.float32) for f in files]
    assert kept


CASES: dict[str, tuple[str, Callable[[Path], None]]] = {
    "read_dicom_series, single slices": ("slices", read_series),
    "tilscope import, single slices": ("slices", import_all),
    "SimpleITK ImageSeriesReader (stacks all phases)": ("slices", simpleitk_series),
    "pydicom pixel_array loop (checks nothing)": ("slices", pydicom_loop),
    "read_dicom_series, Enhanced MR": ("enhanced", read_series),
    "pydicom pixel_array loop, Enhanced MR": ("enhanced", pydicom_loop),
}


def run_case(case: str, folder: Path) -> tuple[float, float, float]:
    """Return CPU seconds, wall seconds and peak MiB of a process."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    ended = subprocess.run(
        [sys.executable, __file__, "--one", case, str(folder)], capture_output=True, text=True, check=False
    )
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    if ended.returncode:
        sys.exit(ended.stderr)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return cpu, wall, float(ended.stdout.split()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--slices", type=int, default=160)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", nargs=2, metavar=("CASE", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        where, run = CASES[arguments.one[0]]
        run(Path(arguments.one[1]) / where)
        status = Path("/proc/self/status").read_text()
        own = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
        print(max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024)
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        make_hospital(folder, arguments.slices)
        found: dict[str, list[tuple[float, float, float]]] = {case: [] for case in CASES}
        for _ in range(arguments.rounds):
            for case, rows in found.items():
                rows.append(run_case(case, folder))
        for case, rows in found.items():
            cpu, wall, peak = zip(*rows, strict=True)
            told = [
                f"{statistics.median(v):.1f} ({min(v):.1f}-{max(v):.1f}) s {unit}"
                for v, unit in ((cpu, "CPU"), (wall, "wall"))
            ]
            print(f"{case:50} {told[0]:28} {told[1]:28} {max(peak):.0f} MiB")


if __name__ == "__main__":
    main()

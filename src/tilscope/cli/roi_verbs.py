"""The verb that takes masks back to the hospital."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tilscope.cli.app import StudyFolder
from tilscope.cli.telling import err, exit_with_quarantine, out, tell_next, tell_quarantine


def export_seg(
    study: StudyFolder,
    dicom: Annotated[
        Path, typer.Option(help="Folder with the DICOM images that were imported.", show_default=False)
    ],
    folder: Annotated[
        Path, typer.Option("--out", "-o", help="Folder to write to, outside the study.", show_default=False)
    ],
    reader: Annotated[str | None, typer.Option(help="Only this reader's masks. \\[default: all]")] = None,
) -> None:
    """Write masks as DICOM SEG on the hospital's own images, for its PACS. They identify the patients."""
    from tilscope.pipeline.exporting_masks import export_masks
    from tilscope.study import Study

    done = export_masks(Study.open(study), dicom, folder, reader)
    if done.n_absent:
        err.print(f"{done.n_absent} patient(s) with masks have no images in {dicom}.", markup=False)
    tell_quarantine(done.faults)
    out.print(f"Wrote {len(done.files)} DICOM SEG to {folder}.", markup=False)
    err.print("Their headers name the patients: they are for the hospital only.")
    if done.files:
        tell_next(f"send {folder} to the PACS, or open it in 3D Slicer with the images")
    exit_with_quarantine(len(done.faults))

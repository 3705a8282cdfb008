"""Which masks of a patient are second readings."""

from __future__ import annotations

import json

from tilscope.pipeline.rereading import further_masks, nothing_to_reread, reading_of
from tilscope.study import Study


def test_second_readings_are_masks_that_readers_drew(tmp_path):
    (tmp_path / "study.toml").write_text("")
    study = Study(tmp_path)
    folder = study.roi_folder("sub-1")
    folder.mkdir(parents=True)
    (tmp_path / "images" / "sub-1").mkdir(parents=True)
    (tmp_path / "images" / "sub-1" / "dce.json").write_text("{}")
    texts = {
        "reader-A": "{}",  # the first reading
        "reader-A_session-2": "{}",
        "reader-B": "{}",
        "reader-B_session-3": "not JSON",  # told when it is read
        "reader-auto": json.dumps({"origin": "tilscope segment"}),
        "reader-C": None,  # no description: not a mask of the study
    }
    for name, text in texts.items():
        (folder / f"{name}.nii.gz").write_bytes(b"")
        if text is not None:
            (folder / f"{name}.json").write_text(text)
    masks = further_masks(study, "sub-1")
    assert [reading_of(m) for m in masks] == [
        {"reader": "A", "session": "2"},
        {"reader": "B", "session": "1"},
        {"reader": "B", "session": "3"},
    ]
    assert nothing_to_reread(study) is None
    for file in folder.glob("reader-[AB]*_*"):
        file.unlink()
    (folder / "reader-B.nii.gz").unlink()
    assert nothing_to_reread(study) == "no patient has a second mask"

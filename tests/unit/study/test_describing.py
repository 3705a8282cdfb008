"""The descriptions that BIDS asks for: complete, the user's own kept, no date and no place."""

from __future__ import annotations

import json
import re

from tilscope import __version__
from tilscope.study import Study, create_study, describe_derivatives, describe_study


def read(folder):
    return json.loads((folder / "dataset_description.json").read_text(encoding="utf-8"))


def test_a_new_study_describes_itself(tmp_path):
    study = create_study(tmp_path / "s", name="Café")
    told = read(study.root)
    assert (told["Name"], told["DatasetType"]) == ("Café", "raw")
    assert re.fullmatch(r"1\.\d+\.\d+", told["BIDSVersion"])
    assert "settings" not in vars(study)  # study.toml may still be edited


def test_what_a_user_wrote_stays(tmp_path):
    (tmp_path / "dataset_description.json").write_text('{"Name": "mine"}')
    describe_study(tmp_path, "other")
    assert read(tmp_path) == {"Name": "mine"}


def test_derivatives_say_what_made_them_and_of_what(tmp_path):
    study = Study(tmp_path)
    for _ in range(2):  # written anew by every run
        describe_derivatives(study.derivatives, "TNBC")
    told = read(study.derivatives)
    assert told["DatasetType"] == "derivative"
    assert told["GeneratedBy"] == [{"Name": "tilscope", "Version": __version__}]
    source = told["SourceDatasets"][0]["URL"]
    assert (study.derivatives / source).resolve() == study.root.resolve()
    assert str(tmp_path) not in json.dumps(told)

"""An empty study with a commented study.toml and templates of the tables."""

from __future__ import annotations

from pathlib import Path

from tilscope.study.describing import describe_study
from tilscope.study.folder import Study
from tilscope.study.settings import Profile, template
from tilscope.study.writing import commit, make_folder
from tilscope.vocabulary import StudyError

# What import expects of a clinical table: ids as in the images, stils = stromal TILs in percent, empty if unknown.
CLINICAL_TEMPLATE = "patient_id\tstils\tage\tmenopause\tt_stage\tn_stage\n"


def create_study(folder: Path, *, profile: Profile = "recommended", name: str = "My study") -> Study:
    """Make the folder of a new study.

    Raises
    ------
    StudyError
        RUN-75 when the folder holds a study or other files already, or cannot be written to.
    """
    study = Study(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise StudyError(
            "RUN-75",
            "this folder is not empty",
            file=folder,
            expected="a new or empty folder",
            remedy="Choose another name.",
        )
    make_folder(folder)
    commit(study.settings_file, template(profile, name).encode())
    commit(study.root / "clinical-template.tsv", CLINICAL_TEMPLATE.encode())
    describe_study(study.root, name)
    return study

"""How `tilscope extract` extracts: a study's settings, a TOML file, or a PyRadiomics parameter file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tilscope.radiomics import Settings
from tilscope.vocabulary import SettingsError

STUDY_FILE = "study.toml"


@dataclass(frozen=True)
class ExtractionRequest:
    """How cases are extracted.

    Attributes
    ----------
    settings : Settings
    has_diagnostics : bool
        Whether PyRadiomics' diagnostics are among the results.
    n_pre : int
        Number of pre-contrast phases at the start of a DICOM folder.
    notes : tuple of str
        What the settings file says that does not matter here.
    """

    settings: Settings
    has_diagnostics: bool = True
    n_pre: int = 1
    notes: tuple[str, ...] = ()


def extraction_request(
    file: Path | None, *, diagnostics: bool | None = None, n_pre: int = 1
) -> ExtractionRequest:
    """Read the settings of an extraction.

    Parameters
    ----------
    file : Path or None
        A study's folder, a TOML file with a table ``[radiomics]``, or a PyRadiomics parameter file (YAML or
        JSON); None takes tilscope's defaults.
    diagnostics : bool, optional
        Wins over the file's ``additionalInfo``; both silent means yes.
    n_pre : int
        See `ExtractionRequest`.

    Raises
    ------
    SettingsError
        SET-01 to SET-03 for TOML, SET-20 to SET-23 for parameter files.
    """
    if file is None:
        return ExtractionRequest(Settings(), diagnostics is not False, n_pre)
    path = file / STUDY_FILE if file.is_dir() else file
    if not path.is_file():
        raise SettingsError(
            "SET-20",
            "there is no such settings file",
            file=path,
            expected="a PyRadiomics parameter file (YAML, JSON), a TOML file or a study folder",
            remedy="Check the path and its spelling.",
        )
    if path.suffix.lower() == ".toml":
        from tilscope.study import load_settings

        return ExtractionRequest(load_settings(path).radiomics, diagnostics is not False, n_pre)
    return _of_parameter_file(path, diagnostics, n_pre)


def _of_parameter_file(path: Path, diagnostics: bool | None, n_pre: int) -> ExtractionRequest:
    from tilscope.radiomics.parameter_file import read_parameter_file

    told = read_parameter_file(path)
    notes: tuple[str, ...] = ()
    if told.voxel is not None:
        notes = ("voxelSetting is for feature maps: this command gives one value per ROI.",)
    wanted = told.diagnostics if diagnostics is None else diagnostics
    return ExtractionRequest(Settings(**told.settings), wanted, n_pre, notes)

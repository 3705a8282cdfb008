"""The words of the house: frozen records, feature names, errors, units. Imports nothing of ours."""

from tilscope.vocabulary.errors import (
    AuditError,
    DownloadError,
    ExpressionError,
    GeometryError,
    InputError,
    MissingExtraError,
    RoiError,
    SeriesError,
    SettingsError,
    SignatureError,
    StudyError,
    TableError,
    TilscopeError,
)
from tilscope.vocabulary.features import (
    ORIGINAL,
    TIME_MOMENTS,
    WAVELET_BANDS,
    FeatureParts,
    FeatureTable,
    feature_parts,
    phase_prefix,
)
from tilscope.vocabulary.scanner import Scanner
from tilscope.vocabulary.settings import SettingsRecord
from tilscope.vocabulary.volumes import DceSeries, Grid, PhaseKeyTrial, Roi, TimeZero, Volume, phase_names

__all__ = [
    "ORIGINAL",
    "TIME_MOMENTS",
    "WAVELET_BANDS",
    "AuditError",
    "DceSeries",
    "DownloadError",
    "ExpressionError",
    "FeatureParts",
    "FeatureTable",
    "GeometryError",
    "Grid",
    "InputError",
    "MissingExtraError",
    "PhaseKeyTrial",
    "Roi",
    "RoiError",
    "Scanner",
    "SeriesError",
    "SettingsError",
    "SettingsRecord",
    "SignatureError",
    "StudyError",
    "TableError",
    "TilscopeError",
    "TimeZero",
    "Volume",
    "feature_parts",
    "phase_names",
    "phase_prefix",
]

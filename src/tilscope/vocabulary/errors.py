"""The errors that a user can meet; every one says what to do.

::

    TilscopeError
    ├── InputError            unusable input (exit 2, or quarantine of one patient)
    │   ├── SeriesError       DICOM series and phases            IMG-..
    │   ├── GeometryError     grids, spacings, orientations      IMG-.., ROI-..
    │   ├── RoiError          masks and contours                 ROI-..
    │   ├── TableError        clinical and feature tables        TAB-..
    │   ├── ExpressionError   expression matrices, gene sets     TAB-..
    │   ├── SignatureError    frozen signatures and their use    SIG-..
    │   ├── AuditError        published numbers to recompute     AUD-..
    │   └── DownloadError     what a public server has sent      NET-..
    ├── SettingsError         study.toml or a request            SET-..
    ├── StudyError            the study folder, locks, disks     RUN-..
    └── MissingExtraError     an optional package is not installed

Rule ids (``IMG-22``) name the fault in the project's list of faults and promises.
"""

from __future__ import annotations

from typing import Any


class TilscopeError(Exception):
    """One fault, told in one line.

    Parameters
    ----------
    rule : str
        Rule id, such as ``"IMG-22"``.
    message : str
        What is wrong, as a sentence without the final full stop.
    patient : str, optional
        Pseudonymous participant key (``sub-...``); never a hospital id.
    file : str, optional
        Path or name of the offending file.
    found, expected : object, optional
        What was met, and what should have been there.
    remedy : str, optional
        What the user should do, as a sentence.
    """

    def __init__(
        self,
        rule: str,
        message: str,
        *,
        patient: str | None = None,
        file: object = None,
        found: object = None,
        expected: object = None,
        remedy: str | None = None,
    ) -> None:
        self.rule = rule
        self.message = message
        self.patient = patient
        self.file = None if file is None else str(file)
        self.found = None if found is None else str(found)
        self.expected = None if expected is None else str(expected)
        self.remedy = remedy
        super().__init__(rule, message)

    def __str__(self) -> str:
        head = self.rule if self.patient is None else f"{self.rule} {self.patient}"
        where = "" if self.file is None else f"{self.file}: "
        details = "".join(
            f", {word} {value}"
            for word, value in (("found", self.found), ("expected", self.expected))
            if value is not None
        )
        remedy = "" if self.remedy is None else f" {self.remedy}"
        return f"{head}: {where}{self.message}{details}.{remedy}"

    def as_record(self) -> dict[str, str | None]:
        """Return the fields as a plain dict, for quarantine rows and ``--json``."""
        return {
            "kind": type(self).__name__,
            "rule": self.rule,
            "patient": self.patient,
            "file": self.file,
            "message": self.message,
            "found": self.found,
            "expected": self.expected,
            "remedy": self.remedy,
        }

    def for_patient(self, patient: str) -> TilscopeError:
        """Return the same error with the participant's key filled in."""
        return type(self)(**(self._fields() | {"patient": patient}))

    def _fields(self) -> dict[str, Any]:
        record: dict[str, Any] = self.as_record()
        del record["kind"]
        return record

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), self._fields())


def _rebuild(kind: type[TilscopeError], fields: dict[str, Any]) -> TilscopeError:
    return kind(**fields)


class InputError(TilscopeError):
    """Input that cannot be used as it is."""


class SeriesError(InputError):
    """A DICOM series whose phases, slices or pixels cannot be trusted."""


class GeometryError(InputError):
    """A grid, spacing or orientation that does not fit."""


class RoiError(InputError):
    """A mask or contour that cannot be used."""


class TableError(InputError):
    """A clinical or feature table that cannot be read rightly."""


class ExpressionError(InputError):
    """An expression matrix or gene-set file that cannot be read rightly."""


class SignatureError(InputError):
    """A frozen signature that is altered, incompatible or misapplied."""


class AuditError(InputError):
    """A file of published numbers that cannot be audited."""


class DownloadError(InputError):
    """Something that could not be fetched from a public server, or that is not what it should be."""


class SettingsError(TilscopeError):
    """A request or a ``study.toml`` that makes no sense."""


class StudyError(TilscopeError):
    """The study folder cannot be used: locked, read-only, full, altered."""


class MissingExtraError(TilscopeError):
    """An optional package is needed; the message names the extra to install."""

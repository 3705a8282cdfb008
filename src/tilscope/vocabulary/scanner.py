"""What took the images: facts of the machine that identify nobody."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scanner:
    """Maker, model and field strength; None where the files do not tell.

    Never the institution, the station or the serial number.

    Attributes
    ----------
    manufacturer, model : str or None
        Such as ``Siemens`` and ``Avanto``.
    field_strength_t : float or None
        Tesla.
    """

    manufacturer: str | None = None
    model: str | None = None
    field_strength_t: float | None = None

    @property
    def label(self) -> str:
        """One name for the machines of one kind, however the model is written: ``Siemens AVANTO 1.5 T``."""
        parts = [self.manufacturer, None if self.model is None else self.model.upper()]
        if self.field_strength_t is not None:
            parts.append(f"{self.field_strength_t:g} T")
        return " ".join(part for part in parts if part)

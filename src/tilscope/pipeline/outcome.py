"""How work ends, in a record small enough to travel between machines."""

from __future__ import annotations

import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tilscope.vocabulary import StudyError

State = Literal["done", "up to date", "left out", "failed"]


@dataclass(frozen=True)
class Outcome:
    """How one step ended for one subject; small enough to travel between machines."""

    step: str
    subject: str
    state: State
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    error: dict[str, str | None] | None = None
    peak_mib: float = field(default=0.0, compare=False)
    payload: Any = None

    @property
    def failed(self) -> bool:
        """Tell whether the subject cannot go on."""
        return self.state == "failed"


def unexpected(error: BaseException) -> StudyError:
    """Describe an error that no door caught, by type and place only: its text may quote patients' data."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "tilscope" in f.filename]
    place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "outside tilscope"
    return StudyError(
        "RUN-78",
        "this step stopped unexpectedly",
        found=f"{type(error).__name__} at {place}",
        remedy="Please report this line to the developers.",
    )

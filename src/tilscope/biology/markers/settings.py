"""Settings of the comparison of molecules."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from tilscope.vocabulary import SettingsRecord

Families = Literal["list", "all"]


class MoleculeSettings(SettingsRecord):
    """How single molecules and signatures are compared between the groups."""

    method: Literal["auto", "auto-student", "t", "welch", "wilcoxon"] = Field(
        "auto",
        description="Test of each molecule: auto (Welch's t where Shapiro-Wilk has p >= .05 in both groups, else "
        "Wilcoxon), auto-student (the same with Student's t, as in the paper), or always t, welch or wilcoxon.",
    )
    families: Families = Field(
        "list",
        description="Over which tests the false discovery rate is controlled: those of one list, or those of all "
        "lists together.",
    )


# Student's t or Wilcoxon, after Shapiro-Wilk
PAPER_2022_MOLECULES: dict[str, dict[str, Any]] = {"molecules": {"method": "auto-student"}}

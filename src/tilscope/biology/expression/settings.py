"""Settings of the expression step."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tilscope.vocabulary import SettingsRecord

ScaleSetting = Literal["auto", "counts", "linear", "log2", "ratio"]
IdentifierSetting = Literal["auto", "symbol", "ensembl", "entrez", "as-is"]
DuplicateSetting = Literal["highest-mean", "mean", "sum", "first", "refuse"]


class ExpressionSettings(SettingsRecord):
    """How the expression matrix is understood."""

    scale: ScaleSetting = Field(
        "auto",
        description="Scale of the values: auto (told by the values, refused where they do not tell), counts (reads,"
        " also expected ones), linear (TPM, FPKM), log2, or ratio (log ratios of an array).",
    )
    identifiers: IdentifierSetting = Field(
        "auto",
        description="What names the genes: auto (told by most names), symbol, ensembl, entrez, or as-is (no name is"
        " changed; the gene sets must use the same).",
    )
    duplicates: DuplicateSetting = Field(
        "highest-mean",
        description="What becomes of several rows of one gene: the row with the highest mean, the mean or the sum of"
        " the rows, the first row, or refuse.",
    )
    layer: str | None = Field(None, description="Layer of an .h5ad file to import; unset: X.")

"""What gene symbols look like, and what spreadsheets make of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

from tilscope.vocabulary import ExpressionError

# genes that nearly every human expression table has: household, immune, breast
# fmt: off
WELL_KNOWN = frozenset((
    "ACTB", "GAPDH", "B2M", "TBP", "HPRT1", "PGK1", "RPLP0", "RPL13A", "SDHA", "UBC", "YWHAZ", "TFRC",
    "GUSB", "PPIA", "HMBS", "CD2", "CD3D", "CD3E", "CD4", "CD8A", "CD19", "CD27", "CD68", "CD79A", "CD274",
    "CTLA4", "PDCD1", "LAG3", "TIGIT", "GZMA", "GZMB", "PRF1", "IFNG", "STAT1", "IDO1", "CCL5", "CXCL9",
    "CXCL10", "NKG7", "HLA-A", "HLA-B", "HLA-DRA", "PTPRC", "FOXP3", "ESR1", "PGR", "ERBB2", "EGFR",
    "MKI67", "KRT5", "KRT8", "KRT18", "GATA3", "TP53", "BRCA1", "MYC", "VIM", "CDH1",
))
# fmt: on
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
RENAMED = {
    3: "MARCHF{day} (formerly MARCH{day}; day 1 or 2 also MTARC{day})",
    9: "SEPTIN{day} (formerly SEPT{day})",
}
DAY_MONTH = re.compile(r"(?P<day>\d{1,2})[-. ](?P<month>[A-Za-z]{3})[a-z]*\.?", re.ASCII)
MONTH_DAY = re.compile(r"(?P<month>[A-Za-z]{3})[a-z]*[-. ](?P<day>\d{1,2})", re.ASCII)
ISO = re.compile(r"\d{4}-(?P<month>\d{2})-(?P<day>\d{2})([ T].*)?")
SLASHED = re.compile(r"\d{1,2}/\d{1,2}/\d{2,4}")
SERIAL = re.compile(r"[34]\d{4}(\.0)?")
EXCEL_EPOCH = date(1899, 12, 30)
MOSTLY = 0.5  # a table whose names are mostly numbers holds Entrez ids, not dates


def refuse_dates(genes: Sequence[str], path: Path) -> None:
    """Refuse gene names that a spreadsheet turned into dates.

    Raises
    ------
    ExpressionError
        TAB-53 with the list of names and what each may have been.
    """
    are_ids = sum(gene.isdigit() for gene in genes) > MOSTLY * len(genes)
    guesses = {gene: guess for gene in genes if (guess := _was(gene, allow_serial=not are_ids))}
    if guesses:
        rows = [f"{gene} -> {guess}" for gene, guess in list(guesses.items())[:30]]
        raise ExpressionError(
            "TAB-53",
            f"{len(guesses)} gene names were turned into dates by a spreadsheet",
            file=path,
            found="; ".join(rows) + (f"; and {len(guesses) - 30} more" if len(guesses) > 30 else ""),
            expected="gene symbols",
            remedy="Take the names from the original table, or replace them as listed; rows are never guessed.",
        )


def _was(name: str, *, allow_serial: bool) -> str:
    """Return what a dated name may have been; empty when it is no date."""
    text = name.strip()
    # DEC1 itself is a symbol, DEC-1 and 1-Dec are dates
    for pattern in (DAY_MONTH, MONTH_DAY):
        match = pattern.fullmatch(text)
        if match and match["month"].lower() in MONTHS and 1 <= int(match["day"]) <= 31:
            return _gene(MONTHS.index(match["month"].lower()) + 1, int(match["day"]))
    if match := ISO.fullmatch(text):
        return _gene(int(match["month"]), int(match["day"]))
    if SLASHED.fullmatch(text):
        return "a MARCH, SEPT or DEC gene"
    if allow_serial and SERIAL.fullmatch(text):
        day = EXCEL_EPOCH + timedelta(days=int(float(text)))
        return _gene(day.month, day.day)
    return ""


def _gene(month: int, day: int) -> str:
    if month == 12 and day == 1:
        return "DELEC1 (formerly DEC1)"
    return RENAMED.get(month, "a gene such as MARCH, SEPT or DEC").format(day=day)

"""Faults 49 to 57 of expression matrices, as files that `tilscope import` is given beside a clinical table."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

FAULTS = {
    "49m": "Ids and genes that look like numbers or like nothing, in an expression matrix",
    "50m": "Samples twice, or called otherwise than the patients, in an expression matrix",
    "51m": "An expression matrix is ragged, cut, or has columns and rows that are no samples and no genes",
    "52m": "An expression matrix in another encoding, or with decimal commas",
    "53": "A spreadsheet turned genes into dates",
    "54": "A gene stands twice",
    "55": "Missing values in an expression matrix",
    "56": "Impossible values, or a scale that cannot be told",
    "57": "A transposed matrix, or one of other identifiers",
}
IDS = ("001", "NA", "1E5", "TC-9", "B 7", "x.1")
KNOWN = ("CD8A", "GZMA", "PRF1", "ESR1", "ACTB", "CD274", "STAT1", "IFNG")
GENES = (*KNOWN, "NA", "SEPTIN2", *(f"GENE{k}" for k in range(50)))


def truth() -> pd.DataFrame:
    """A log2 matrix of 60 genes and six patients."""
    values = np.round(np.random.default_rng(4).uniform(0, 14, (len(GENES), len(IDS))), 3)
    return pd.DataFrame(values, index=pd.Index(GENES, name="gene"), columns=list(IDS))


def text(frame: pd.DataFrame, sep: str = "\t", **more: Any) -> str:
    """The matrix as text."""
    return frame.to_csv(sep=sep, na_rep="", lineterminator="\n", **more)


Make = Callable[[pd.DataFrame], str | bytes]


def right(frame: pd.DataFrame) -> pd.DataFrame:
    """What must come in: by default the truth."""
    return frame


@dataclass(frozen=True)
class Case:
    """One way in which a fault shows.

    Attributes
    ----------
    number, how, ends, rule, words
        As in records.py.
    make : callable (true matrix) -> file's content
    expected : callable (true matrix) -> matrix that the step must make
    settings : str
        What study.toml says besides.
    name : str
        Of the file.
    """

    number: str
    how: str
    ends: Literal["R", "W", "ok"]
    rule: str
    make: Make
    expected: Callable[[pd.DataFrame], pd.DataFrame] = right
    words: Sequence[str] = ()
    settings: str = ""
    name: str = "expression.tsv"

    def __str__(self) -> str:
        return f"{self.number}-{self.ends}-{self.how.replace(' ', '_')}"

    def write(self, folder: Path) -> Path:
        """Write the file."""
        content = self.make(truth())
        file = folder / self.name
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file


def _with(frame: pd.DataFrame, gene: str, sample: str, value: object) -> pd.DataFrame:
    changed = frame.astype(object)
    changed.loc[gene, sample] = value
    return changed


def _renamed(old: str, new: str) -> Make:
    return lambda f: text(f.rename(index={old: new}))


def _columns(**new: str) -> Make:
    return lambda f: text(f.rename(columns={k.replace("_", "-"): v for k, v in new.items()}))


def _counts(frame: pd.DataFrame) -> pd.DataFrame:
    return np.floor(2**frame).astype(int) * 10


def _commas(frame: pd.DataFrame) -> str:
    return text(frame, ";", decimal=",")


def _annotated(frame: pd.DataFrame) -> str:
    wide = frame.copy()
    wide.insert(0, "Chr", "chr1;chr1")
    wide.insert(1, "Length", 1000)
    return text(wide)


def _gct(n_genes: int) -> Make:
    def make(frame: pd.DataFrame) -> str:
        wide = frame.copy()
        wide.insert(0, "Description", "na")
        return f"#1.2\n{n_genes}\t{len(IDS)}\n" + text(wide, index_label="Name")

    return make


def _twice(frame: pd.DataFrame) -> str:
    return text(pd.concat([frame, frame.loc[["CD8A"]] + 1.0]))


def _merged(shift: float) -> Callable[[pd.DataFrame], pd.DataFrame]:
    """CD8A changed by so much; in the place of the row that is kept."""
    return lambda f: f.assign(**{c: f[c].where(f.index != "CD8A", f[c] + shift) for c in f})


R, W, OK = "R", "W", "ok"
CASES = (
    Case("49m", "genes NA and SEPTIN2, ids 001, NA, 1E5", OK, "", text),
    Case(
        "49m",
        "rows without a name",
        W,
        "TAB-54",
        lambda f: text(f) + "\t1\t2\t3\t4\t5\t6\n",
        words=["1 rows"],
    ),
    Case("50m", "one sample twice", R, "TAB-50", _columns(TC_9="001"), words=["more than once"]),
    Case(
        "50m",
        "dots instead of dashes",
        W,
        "TAB-50",
        _columns(TC_9="TC.9"),
        lambda f: f.drop(columns="TC-9"),
        words=["column 4 may be sub-", "nothing was joined"],
    ),
    Case(
        "50m",
        "another letter case",
        W,
        "TAB-50",
        _columns(TC_9="tc-9"),
        lambda f: f.drop(columns="TC-9"),
        ["column 4"],
    ),
    Case("50m", "a column without a name", R, "TAB-50", _columns(TC_9=""), words=["no name"]),
    Case(
        "51m",
        "a cell too many",
        R,
        "TAB-51",
        lambda f: text(f).replace("\nESR1", "\t1\nESR1"),
        words=["line 4"],
    ),
    Case("51m", "a cut last row", R, "TAB-51", lambda f: text(f)[:-4], words=["cut"]),
    Case(
        "51m",
        "quotes that are not closed",
        R,
        "TAB-51",
        lambda f: text(f).replace("ESR1", '"ESR1'),
        words=["line 5"],
    ),
    Case("51m", "no corner, as R writes it", OK, "", lambda f: text(f).removeprefix("gene\t")),
    Case(
        "51m",
        "an empty corner and quotes",
        OK,
        "",
        lambda f: text(f, ",", index_label="", quoting=1),
        name="e.csv",
    ),
    Case("51m", "packed", OK, "", lambda f: gzip.compress(text(f).encode()), name="expression.tsv.gz"),
    Case(
        "51m", "a cut gzip file", R, "TAB-51", lambda f: gzip.compress(text(f).encode())[:-9], name="e.tsv.gz"
    ),
    Case(
        "51m",
        "comment lines",
        W,
        "TAB-51",
        lambda f: "# made by a program\n" + text(f),
        words=["1 comment lines"],
    ),
    Case("51m", "chromosome and length", W, "TAB-52", _annotated, words=["'Chr', 'Length'"]),
    Case(
        "51m",
        "counting program's summary",
        W,
        "TAB-54",
        lambda f: text(f) + "__no_feature" + "\t9" * 6 + "\n",
    ),
    Case("51m", "GCT", W, "TAB-52", _gct(len(GENES)), words=["'Description'"]),
    Case("51m", "GCT of fewer rows than it says", R, "TAB-51", _gct(len(GENES) + 9), words=["60 genes"]),
    Case(
        "51m",
        "a column of words",
        R,
        "TAB-52",
        lambda f: text(f.assign(batch="north")),
        words=["column 'batch'"],
    ),
    Case("52m", "UTF-16 with its mark", OK, "", lambda f: text(f).encode("utf-16")),
    Case("52m", "UTF-8 with its mark", OK, "", lambda f: text(f).encode("utf-8-sig")),
    Case(
        "52m",
        "Latin-1",
        R,
        "TAB-52",
        lambda f: text(f.rename(index={"ESR1": "ESRü"})).encode("latin-1"),
        words=["Latin-1"],
    ),
    Case("52m", "decimal commas", OK, "", _commas),
    Case(
        "52m",
        "decimal commas and points",
        R,
        "TAB-52",
        lambda f: text(f).replace("4.", "4,"),
        words=["mixed"],
    ),
    Case(
        "52m",
        "marks of thousands",
        R,
        "TAB-52",
        lambda f: text(_with(_counts(f), "ESR1", "NA", "1,234")),
        words=["thousands"],
    ),
    Case("53", "1-Mar and 2-Sep", R, "TAB-53", _renamed("SEPTIN2", "2-Sep"), words=["2-Sep -> SEPTIN2"]),
    Case("53", "a spreadsheet's day number", R, "TAB-53", _renamed("SEPTIN2", "43891"), words=["MARCHF1"]),
    Case("54", "the highest mean kept", W, "TAB-54", _twice, _merged(1.0), ["highest mean"]),
    Case("54", "the mean taken", W, "TAB-54", _twice, _merged(0.5), ["mean"], 'duplicates = "mean"'),
    Case("54", "the first kept", W, "TAB-54", _twice, settings='duplicates = "first"'),
    Case("54", "to be refused", R, "TAB-54", _twice, words=["'CD8A'"], settings='duplicates = "refuse"'),
    Case(
        "54", "summed on a log scale", R, "TAB-54", _twice, words=["log scale"], settings='duplicates = "sum"'
    ),
    Case(
        "55",
        "a gene lacks a sample",
        W,
        "TAB-55",
        lambda f: text(_with(f, "ESR1", "001", "")),
        lambda f: f.drop(index="ESR1"),
    ),
    Case(
        "55",
        "a sample lacks all",
        W,
        "TAB-55",
        lambda f: text(f.assign(**{"TC-9": np.nan})),
        lambda f: f.drop(columns="TC-9"),
        ["set aside"],
    ),
    Case("55", "nothing but gaps", R, "TAB-55", lambda f: text(f * np.nan), words=["every sample"]),
    Case(
        "56",
        "negative counts",
        R,
        "TAB-56",
        lambda f: text(_with(_counts(f), "ESR1", "NA", -3)),
        words=["-3"],
    ),
    Case(
        "56",
        "an infinite value",
        R,
        "TAB-56",
        lambda f: text(_with(f, "ESR1", "NA", "inf")),
        words=["1 infinite"],
    ),
    Case(
        "56",
        "few reads or rounded log2",
        R,
        "TAB-56",
        lambda f: text(f.round().astype(int)),
        words=["scale ="],
    ),
    Case(
        "56",
        "intensities or expected counts",
        R,
        "TAB-56",
        lambda f: text(2**f * 1e3 + 0.1),
        words=["scale ="],
    ),
    Case(
        "56",
        "log2 that is none",
        R,
        "TAB-56",
        lambda f: text(2**f),
        words=["too large"],
        settings='scale = "log2"',
    ),
    Case(
        "56", "TPM", W, "TAB-56", lambda f: text(2**f + 0.1), lambda f: np.log2(2**f + 1.1), ["log2(x + 1)"]
    ),
    Case("57", "genes in the columns", R, "TAB-57", lambda f: text(f.T), words=["transposed"]),
    Case(
        "57",
        "Ensembl ids in the columns",
        R,
        "TAB-57",
        lambda f: text(f.set_axis([f"ENSG{k:011}.3" for k in range(len(f))]).T),
        words=["60 Ensembl gene ids"],
    ),
    Case(
        "57",
        "Ensembl ids and no table of names",
        R,
        "TAB-58",
        lambda f: text(f.set_axis([f"ENSG{k:011}.3" for k in range(len(f))])),
        words=["tilscope genesets fetch hgnc"],
    ),
    Case(
        "57",
        "probes of an array",
        R,
        "TAB-58",
        lambda f: text(f.set_axis([f"{k}_s_at" for k in range(len(f))])),
        words=["probes"],
    ),
    Case(
        "57",
        "mouse symbols",
        R,
        "TAB-58",
        lambda f: text(f.set_axis([f"Gene{k}" for k in range(len(f))])),
        words=["another species"],
    ),
    Case(
        "57",
        "an earlier name of a gene",
        W,
        "TAB-58",
        _renamed("CD274", "PDCD1LG1"),
        words=["'PDCD1LG1 -> CD274'"],
    ),
    Case(
        "57",
        "samples of nobody",
        R,
        "TAB-57",
        lambda f: text(f.set_axis([f"Q{k}" for k in range(6)], axis=1)),
    ),
)

"""Faults 49, 50 and 66 to 71: files of signatures and tables of features that `tilscope score` is given."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import pickle
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import joblib
import numpy as np
import pandas as pd

FAULTS = {
    49: "Ids that look like numbers, in a table of features",
    50: "A patient stands twice in a table of features",
    66: "Something else than JSON instead of a signature: it is never opened",
    67: "Features of the signature are missing, twice, renamed, reordered, or without a value",
    68: "JSON that is not as tilscope writes it",
    69: "The signature was altered: its hash does not fit",
    70: "Features that were made with other settings, or do not tell theirs",
    71: "A patient outside the training range",
}
IDS = ("001", "NA", "1E5", "1e5", "TRUE", "0x10", "nan", "-7")


class Trap:
    """Creates a file where it is unpickled."""

    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (str(self.canary),)


@dataclass
class Given:
    """What a command is given: a study with features, and the file of a signature."""

    cohort: Any
    makers: Any
    signature: Path
    canary: Path
    features: Path
    options: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The signature's file."""
        return self.signature.read_text(encoding="utf-8")

    def bytes_are(self, data: bytes) -> None:
        """Put other bytes into the signature's file."""
        self.signature.write_bytes(data)

    def as_table(self, ids: Sequence[str], name: str = "features.csv", **more: Sequence[str]) -> None:
        """Give the features as a table of `tilscope extract` whose settings are vouched for."""
        frame = self.cohort.values.reset_index(drop=True)
        for column, cells in ({"patient_id": ids} | more).items():
            frame.insert(0, column, cells)
        self.features = self.cohort.study.with_name(name)
        frame.to_csv(self.features, index=False)
        self.options = ["--accept-unknown-settings"]


Spoil = Callable[[Given], object]


@dataclass(frozen=True)
class Case:
    """One way in which a fault shows.

    Attributes
    ----------
    number : int
        Of the fault.
    how : str
        What is wrong, in a few words.
    ends : "Q", "R", "W" or "ok"
        That patient is not scored, the others are; refused; a note; right values.
    rule : str
        Of the message.
    spoil : callable (given)
        Edits what the command is given.
    words : sequence of str
        What the message must tell.
    patients : sequence of int
        Rows that may end otherwise than in the sound table.
    """

    number: int
    how: str
    ends: Literal["Q", "R", "W", "ok"]
    rule: str
    spoil: Spoil
    words: Sequence[str] = ()
    patients: Sequence[int] = ()

    def __str__(self) -> str:
        return f"{self.number:02d}-{self.ends}-{self.how.replace(' ', '_')}"


def pickled(given: Given) -> None:
    given.bytes_are(pickle.dumps(Trap(given.canary)))


def old_pickle(given: Given) -> None:
    given.bytes_are(pickle.dumps(Trap(given.canary), protocol=0))


def joblib_file(compress: int) -> Spoil:
    return lambda given: joblib.dump(Trap(given.canary), given.signature, compress=compress)


def numpy_objects(given: Given) -> None:
    stream = io.BytesIO()
    np.save(stream, np.array([Trap(given.canary)], dtype=object), allow_pickle=True)
    given.bytes_are(stream.getvalue())


def zipped(name: str, content: str) -> Spoil:
    def do(given: Given) -> None:
        with zipfile.ZipFile(given.signature, "w") as archive:
            archive.writestr(name, content)

    return do


def yaml_tag(given: Given) -> None:
    given.bytes_are(f"!!python/object/apply:os.mkdir ['{given.canary}']\n".encode())


def yaml_tag_inside(given: Given) -> None:
    given.bytes_are(f"{{name: !!python/object/apply:os.mkdir ['{given.canary}']}}\n".encode())


RDS = b"X\n\x00\x00\x00\x03\x00\x04\x03\x01\x00\x03\x05\x00\x00\x00\x00\x05UTF-8\x00\x00\x00\x0e"


def literal(data: bytes) -> Spoil:
    return lambda given: given.bytes_are(data)


def pickle_as_features(name: str) -> Spoil:
    def do(given: Given) -> None:
        given.features = given.cohort.table.with_name(name)
        given.features.write_bytes(pickle.dumps(Trap(given.canary)))

    return do


def replaced(old: str, new: str) -> Spoil:
    def do(given: Given) -> None:
        assert old in given.text
        given.bytes_are(given.text.replace(old, new, 1).encode())

    return do


def content(change: Callable[[dict[str, Any]], object], *, rehash: bool = False) -> Spoil:
    """Alter the content; ``rehash``: as somebody does who knows how the hash is made."""

    def do(given: Given) -> None:
        told = json.loads(given.text)
        change(told)
        if rehash:
            del told["sha256"]
            canonical = json.dumps(told, sort_keys=True, separators=(",", ":"))
            told["sha256"] = hashlib.sha256(canonical.encode()).hexdigest()
        given.bytes_are(json.dumps(told).encode())

    return do


def first_feature(**changes: Any) -> Callable[[dict[str, Any]], object]:
    return lambda told: told["features"][0].update(changes)


def cut(share: float) -> Spoil:
    return lambda given: given.bytes_are(given.text.encode()[: int(share * len(given.text))])


def as_utf(encoding: str) -> Spoil:
    return lambda given: given.bytes_are(given.text.encode(encoding))


def columns(change: Callable[[pd.DataFrame], pd.DataFrame]) -> Spoil:
    return lambda given: given.cohort.write(change(given.cohort.values))


def value(row: int, name: str, number: float) -> Spoil:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame = frame.copy()
        frame.loc[frame.index[row], name] = number
        return frame

    return columns(change)


def twice_as_column(given: Given) -> None:
    given.as_table([f"p{i}" for i in range(8)])
    lines = given.features.read_text().splitlines()
    lines = [lines[0] + ",shape_MeshVolume", *(line + ",1.0" for line in lines[1:])]
    given.features.write_text("\n".join(lines) + "\n")


def no_number(cell: str) -> Spoil:
    def do(given: Given) -> None:
        given.cohort.values["shape_MeshVolume"] = given.cohort.values["shape_MeshVolume"].astype(object)
        given.cohort.values.iloc[3, given.cohort.values.columns.get_loc("shape_MeshVolume")] = cell
        given.as_table([f"p{i}" for i in range(8)])

    return do


def signature_with(**changes: Any) -> Spoil:
    return lambda given: given.bytes_are(given.makers.signature(**changes).to_json().encode())


def record(**more: Any) -> Spoil:
    return lambda given: given.cohort.write_record(given.makers.SETTINGS | more)


def hash_only(given: Given) -> None:
    given.cohort.write_record(settings_hash="0" * 64, settings={})


def record_without_hash(given: Given) -> None:
    given.cohort.table.with_suffix(".json").write_text('{"n_post": 4}')


def table_with(ids: Sequence[str]) -> Spoil:
    return lambda given: given.as_table(ids)


def unvouched(given: Given) -> None:
    given.as_table([f"p{i}" for i in range(8)])
    given.options = []


MEAN = "skewness_wavelet-LLL_glcm_Idmn"
P = [f"p{i}" for i in range(8)]

CASES = (
    Case(49, "001, NA, 1E5 and 1e5, TRUE, 0x10, nan, -7", "ok", "", table_with(IDS)),
    Case(50, "in a CSV file", "R", "TAB-50", table_with([*P[:7], "p0"]), ("row 1",)),
    Case(50, "with blanks around it", "R", "TAB-50", table_with([*P[:7], " p0 "])),
    Case(50, "in features.parquet", "R", "TAB-50", columns(lambda f: pd.concat([f, f[:1]])), ("row 1 of 9",)),
    Case(50, "without an id", "R", "TAB-50", table_with([*P[:7], ""]), ("row 8",)),
    Case(66, "pickle", "R", "SIG-66", pickled, ("pickle",)),
    Case(66, "pickle of protocol 0", "R", "SIG-66", old_pickle),
    Case(66, "joblib", "R", "SIG-66", joblib_file(0), ("joblib",)),
    Case(66, "compressed joblib", "R", "SIG-66", joblib_file(3), ("joblib",)),
    Case(66, "NumPy file of objects", "R", "SIG-66", numpy_objects, ("NumPy",)),
    Case(66, "skops", "R", "SIG-66", zipped("schema.json", '{"__class__": "dict"}'), ("skops",)),
    Case(66, "YAML with a Python tag", "R", "SIG-66", yaml_tag, ("YAML",)),
    Case(66, "R .rds file", "R", "SIG-66", literal(gzip.compress(RDS, mtime=0)), ("R .rds",)),
    Case(66, "uncompressed .rds file", "R", "SIG-66", literal(RDS), ("R .rds",)),
    Case(66, "empty file", "R", "SIG-66", literal(b""), ("empty",)),
    Case(66, "JSON list", "R", "SIG-66", literal(b"[1]\n")),
    Case(66, "UTF-16", "R", "SIG-66", as_utf("utf-16"), ("UTF-16",)),
    Case(66, "Latin-1", "R", "SIG-66", literal('{"name": "µ"}'.encode("latin-1")), ("UTF-8",)),
    Case(66, "no file", "R", "SIG-66", lambda given: given.signature.unlink(), ("su2022",)),
    Case(66, "YAML with a Python tag inside", "R", "SIG-68", yaml_tag_inside),
    Case(66, "pickle as features.parquet", "R", "RUN-76", pickle_as_features("features.parquet")),
    Case(66, "pickle as features.pkl", "R", "TAB-00", pickle_as_features("features.pkl")),
    Case(66, "pickle as features.csv", "R", "TAB-52", pickle_as_features("features.csv")),
    Case(67, "one is missing", "R", "SIG-67", columns(lambda f: f.drop(columns=MEAN)), (MEAN,)),
    Case(67, "one in other case", "R", "SIG-67", columns(lambda f: f.rename(columns=str.lower)), (MEAN,)),
    Case(67, "a column twice", "R", "TAB-51", twice_as_column, ("shape_MeshVolume",)),
    Case(
        67,
        "twice in the signature",
        "R",
        "SIG-67",
        content(lambda told: told["features"].append(told["features"][0]), rehash=True),
    ),
    Case(67, "a text as value", "R", "TAB-52", no_number("high"), ("row 4",)),
    Case(67, "decimal comma", "R", "TAB-52", no_number("1,5"), ("row 4",)),
    Case(67, "nobody has one", "R", "SIG-67", columns(lambda f: f * np.nan), ("none of the 8",)),
    Case(67, "one patient without a value", "Q", "SIG-67", value(3, MEAN, np.nan), (MEAN,), (3,)),
    Case(67, "one patient with an infinite value", "Q", "SIG-67", value(3, MEAN, -np.inf), (MEAN,), (3,)),
    Case(67, "a missing value elsewhere", "ok", "", value(3, "phase2_original_glcm_Contrast", np.nan)),
    Case(67, "other order", "ok", "", columns(lambda f: f[f.columns[::-1]])),
    Case(67, "further columns", "ok", "", columns(lambda f: f.assign(x=1.0, phase9_original_glcm_Contrast=2.0))),
    Case(68, "NaN", "R", "SIG-68", replaced('"intercept": 0.1', '"intercept": NaN'), ("NaN",)),
    Case(68, "infinity", "R", "SIG-68", replaced('"intercept": 0.1', '"intercept": -Infinity')),
    Case(68, "1e999", "R", "SIG-68", replaced('"intercept": 0.1', '"intercept": 1e999')),
    Case(68, "5,000 digits", "R", "SIG-68", replaced('"intercept": 0.1', f'"intercept": {"7" * 5000}')),
    Case(68, "a key twice", "R", "SIG-68", replaced('"intercept"', '"intercept": 0.1, "intercept"'), ("twice",)),
    Case(68, "cut in the middle", "R", "SIG-68", cut(0.5)),
    Case(68, "cut at the end", "R", "SIG-68", cut(0.99)),
    Case(68, "something behind it", "R", "SIG-68", lambda given: given.bytes_are(given.text.encode() + b"{}")),
    Case(68, "100,000 levels deep", "R", "SIG-68", literal(b'{"a":' * 100_000), ("deeper",)),
    Case(68, "settings 20 levels deep", "R", "SIG-68", replaced('"n_post": 4', f'"n_post": {"[" * 20}{"]" * 20}')),
    Case(68, "2 MB", "R", "SIG-68", replaced('"name": "planted"', f'"name": "{"x" * 2_000_000}"'), ("1 MB",)),
    Case(68, "byte order mark", "R", "SIG-68", as_utf("utf-8-sig"), ("byte order mark",)),
    Case(68, "half a surrogate pair", "R", "SIG-68", replaced("planted", "\\ud800")),
    Case(68, "unknown key", "R", "SIG-68", content(lambda told: told.update(code="1"), rehash=True), ("code",)),
    Case(68, "a key left out", "R", "SIG-68", content(lambda told: told.pop("settings"), rehash=True)),
    Case(68, "text for a number", "R", "SIG-68", content(first_feature(coefficient="1.2"), rehash=True)),
    Case(68, "unknown version", "R", "SIG-68", content(lambda told: told.update(schema_version=9), rehash=True)),
    Case(69, "coefficient", "R", "SIG-69", content(first_feature(coefficient=1.3))),
    Case(69, "last digit of a number", "R", "SIG-69", replaced('"intercept": 0.1', '"intercept": 0.10000000000000002')),
    Case(69, "name of a feature", "R", "SIG-69", content(first_feature(name="shape_Sphericity"))),
    Case(69, "training range", "R", "SIG-69", content(first_feature(training_max=30.0))),
    Case(69, "order of the features", "R", "SIG-69", content(lambda told: told["features"].reverse())),
    Case(69, "cut-off", "R", "SIG-69", content(lambda told: told.update(cutoff=0.4))),
    Case(69, "settings hash", "R", "SIG-69", content(lambda told: told.update(settings_hash="0" * 64))),
    Case(69, "a warning removed", "R", "SIG-69", content(lambda told: told.update(warnings=["none"]))),
    Case(69, "the hash", "R", "SIG-69", content(lambda told: told.update(sha256="0" * 64))),
    Case(69, "no hash", "R", "SIG-69", content(lambda told: told.pop("sha256"))),
    Case(69, "order of keys and white space only", "ok", "", content(lambda told: told.update(name=told.pop("name")))),
    Case(70, "bin width", "R", "SIG-70", record(radiomics={"bin_width": 30.0}), ("radiomics.bin_width = 30.0",)),
    Case(70, "number of phases", "R", "SIG-70", record(n_post=3), ("n_post = 3", "n_post = 4")),
    Case(70, "version of a step", "R", "SIG-70", record(steps={"register": 2}), ("steps.register = 2",)),
    Case(70, "another hash without settings", "R", "SIG-70", hash_only, ("0000",)),
    Case(70, "features.json without a hash", "R", "SIG-70", record_without_hash, ("do not say",)),
    Case(70, "a table of extract", "R", "SIG-70", unvouched, ("--accept-unknown-settings",)),
    Case(70, "a table of extract, vouched for", "W", "SIG-70", table_with(P), ("on request",)),
    Case(70, "a signature that does not tell its own", "W", "SIG-70", signature_with(settings_hash=None, settings={})),
    Case(71, "above", "W", "SIG-71", value(3, MEAN, 4.5), (MEAN, "1.5 sd above"), (3,)),
    Case(71, "far below", "W", "SIG-71", value(3, MEAN, -1e300), ("sd below",), (3,)),
    Case(71, "at the edge", "ok", "", value(3, MEAN, 3.0), (), (3,)),
)  # fmt: skip

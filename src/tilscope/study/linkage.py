"""Pseudonyms: hospital ids on one side, participant keys everywhere else.

The key of a participant is ``sub-`` and eight letters or digits of an HMAC-SHA-256 of the hospital's id under
the study's own secret. The secret and the table that links both stay in ``sourcedata/``.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import hmac
import io
import re
import secrets
from dataclasses import dataclass
from pathlib import Path

from tilscope.study.writing import commit
from tilscope.vocabulary import TableError

KEY_LENGTH = 8
PLAIN_KEY = re.compile(r"sub-[A-Za-z0-9]+\Z")


@dataclass(frozen=True)
class Linkage:
    """The study's secret and the pairs known so far (hospital id -> participant key)."""

    secret: bytes
    keys: dict[str, str]

    @classmethod
    def load(cls, source_folder: Path) -> Linkage:
        """Return the linkage of a study; an empty one with a new secret where there is none yet."""
        secret_file, table_file = source_folder / "linkage.key", source_folder / "linkage.tsv"
        secret = bytes.fromhex(secret_file.read_text()) if secret_file.is_file() else secrets.token_bytes(32)
        if not table_file.is_file():
            return cls(secret, {})
        with table_file.open(newline="", encoding="utf-8") as stream:
            return cls(
                secret,
                {row["source_id"]: row["participant_id"] for row in csv.DictReader(stream, delimiter="\t")},
            )

    def with_ids(self, source_ids: list[str]) -> Linkage:
        """Return the linkage with these hospital ids added.

        Raises
        ------
        TableError
            TAB-50 when two ids differ only by case or blanks, or (never seen) share a key.
        """
        keys = dict(self.keys)
        for source_id in source_ids:
            keys.setdefault(source_id, self.key(source_id))
        _refuse_lookalikes(list(keys))
        if len(set(keys.values())) < len(keys):
            raise TableError(
                "TAB-50",
                "two patients got the same pseudonym",
                remedy="Delete sourcedata/linkage.key of this new study and import again.",
            )
        return Linkage(self.secret, keys)

    def key(self, source_id: str) -> str:
        """Return the participant key of a hospital id; an id that is a participant key already stays."""
        if source_id in self.keys:
            return self.keys[source_id]
        if PLAIN_KEY.match(source_id):
            return source_id
        digest = hmac.new(self.secret, source_id.encode(), hashlib.sha256).digest()
        return f"sub-{base64.b32encode(digest).decode().lower()[:KEY_LENGTH]}"

    def save(self, source_folder: Path) -> None:
        """Write the secret and the table."""
        table = io.StringIO()
        writer = csv.writer(table, delimiter="\t", lineterminator="\n")
        writer.writerow(["participant_id", "source_id"])
        writer.writerows(sorted((key, source_id) for source_id, key in self.keys.items()))
        commit(source_folder / "linkage.key", self.secret.hex().encode())
        commit(source_folder / "linkage.tsv", table.getvalue().encode())

    def redact(self, text: str) -> str:
        """Return the text with every known hospital id replaced by its participant key."""
        for source_id in sorted(self.keys, key=len, reverse=True):
            text = re.sub(
                rf"(?<![A-Za-z0-9]){re.escape(source_id)}(?![A-Za-z0-9])", self.keys[source_id], text
            )
        return text


def _refuse_lookalikes(source_ids: list[str]) -> None:
    seen: dict[str, str] = {}
    for source_id in source_ids:
        twin = seen.setdefault(source_id.strip().casefold(), source_id)
        if twin != source_id:
            raise TableError(
                "TAB-50",
                "two patient ids differ only by case or blanks",
                found=f"{len(source_ids)} ids",
                remedy="Write each patient's id the same way in the images and in every table.",
            )

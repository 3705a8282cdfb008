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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tilscope.study.writing import commit
from tilscope.vocabulary import TableError

KEY_LENGTH = 8
OWN_KEY = re.compile(rf"sub-[a-z2-7]{{{KEY_LENGTH}}}\Z")
# no letter or digit stands beside a word; an underscore may
_BEFORE, _AFTER = r"(?<![^\W_])", r"(?![^\W_])"
_SHORT_NUMBER = re.compile(r"\d{1,3}\Z")
_RULE_FIRST = re.compile(r"[A-Z]{2,3}-\d\d(?=[: ])")


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
        """Return the linkage with these hospital ids added; a participant key stands for itself.

        Raises
        ------
        TableError
            TAB-50 when two ids differ only by case or blanks, or two of them are one participant (an id and
            its own key, or, never seen, two ids with one key).
        """
        keys = dict(self.keys)
        for source_id in source_ids:
            keys.setdefault(source_id, self.key(source_id))
        _refuse_lookalikes(list(keys))
        _refuse_shared(
            [keys[source_id] for source_id in source_ids], "Call each patient by one id everywhere."
        )
        _refuse_shared(
            [key for source_id, key in keys.items() if source_id != key],
            "Delete sourcedata/linkage.key of this new study and import again.",
        )
        return Linkage(self.secret, keys)

    def key(self, source_id: str) -> str:
        """Return the participant key of a hospital id.

        Only a key of this linkage, or an id of the very shape of our keys, stays as it is: a hospital's own
        ``sub-DoeJane`` would otherwise be its own pseudonym.
        """
        if source_id in self.keys:
            return self.keys[source_id]
        if OWN_KEY.match(source_id) or source_id in self.keys.values():
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
        return _replaced(text, self.keys)


def redacted(text: str, words: Iterable[str], key: str) -> str:
    """Return the text with every one of these words replaced by the participant key.

    Only whole words are replaced, in any case, the longest first: id ``1`` leaves ``post1`` and ``1.5`` alone.
    A rule id at the start of a note stays.
    """
    return _replaced(text, dict.fromkeys(words, key))


def _replaced(text: str, keys: Mapping[str, str]) -> str:
    """Replace words in one pass, so that no word is found in a key that was just put in."""
    wanted = {word.casefold(): key for word, key in keys.items() if word.strip()}
    if not wanted:
        return text
    words = "|".join(_pattern(word) for word in sorted(keys, key=len, reverse=True) if word.strip())
    rule = _RULE_FIRST.match(text)
    start = rule.end() if rule else 0
    return text[:start] + re.sub(
        f"{_BEFORE}(?:{words}){_AFTER}",
        lambda found: wanted.get(found.group().casefold(), "[id]"),
        text[start:],
        flags=re.IGNORECASE,
    )


def _pattern(word: str) -> str:
    """Return the pattern of one word; a short number is not looked for in ``1.5 mm``."""
    if _SHORT_NUMBER.match(word):
        return rf"(?<!\d\.){word}(?!\.\d)"
    return re.escape(word)


def _refuse_shared(keys: list[str], remedy: str) -> None:
    if len(set(keys)) < len(keys):
        raise TableError(
            "TAB-50",
            "two patients got the same pseudonym",
            found=f"{len(keys)} ids, {len(set(keys))} pseudonyms",
            remedy=remedy,
        )


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

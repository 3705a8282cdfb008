"""Roles travel with the rows: what is fitted sees training rows only, and says which it saw."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from tilscope.signature.levels import TRAINING
from tilscope.vocabulary import FeatureTable, SignatureError


@dataclass(frozen=True, slots=True)
class Fitted:
    """One thing that was decided from data, and the patients it saw.

    Attributes
    ----------
    what : str
        Such as ``penalty`` or ``cut-off``.
    how : str
        How it was decided, in a few words.
    participants : tuple of str
        Keys of the rows that it saw, sorted.
    uses_outcome : bool
        Whether it saw their classes, too.
    """

    what: str
    how: str
    participants: tuple[str, ...]
    uses_outcome: bool

    @property
    def sha256(self) -> str:
        """Hash of the keys: equal for two fits that saw the same patients."""
        return hashlib.sha256("\n".join(self.participants).encode("utf-8")).hexdigest()


def fitted(what: str, how: str, participants: Iterable[object], *, uses_outcome: bool) -> Fitted:
    """Return the entry of the ledger for something fitted on these rows."""
    return Fitted(what, how, tuple(sorted(map(str, participants))), uses_outcome)


def refuse_other_roles(features: FeatureTable, what: str) -> None:
    """Refuse rows that are not for training.

    Parameters
    ----------
    features : FeatureTable
        Without roles nothing is known, and nothing refused.
    what : str
        What would be fitted, for the message.

    Raises
    ------
    SignatureError
        ``SIG-72`` where a row has another role, or none while others have one.
    """
    if features.roles is None:
        return
    roles = features.roles.reindex(features.values.index)
    wrong = roles[roles != TRAINING].fillna("no role")
    if len(wrong):
        counts = wrong.value_counts()
        raise SignatureError(
            "SIG-72",
            f"{what} would see patients that are not for training",
            found=", ".join(f"{n} of {role}" for role, n in sorted(counts.items())),
            expected="training rows only",
            remedy='Fit on features.part("training"); apply what was fitted to the others.',
        )

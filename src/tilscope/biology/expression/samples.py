"""Which expression samples belong to which participants."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass

SIMILAR = 0.75
"""Two names whose matching blocks make up this fraction are a near miss."""


@dataclass(frozen=True, slots=True)
class SampleMatch:
    """Samples and participants side by side.

    Attributes
    ----------
    matched : tuple of str
        Names in both, in the order of the expression matrix.
    samples_only, participants_only : tuple of str
        Names in one of them.
    suggestions : dict of str to tuple of str
        For samples without a participant, unmatched participants whose names are nearly the same, best first.
        Suggestions are for people; nothing is joined by them.
    """

    matched: tuple[str, ...]
    samples_only: tuple[str, ...]
    participants_only: tuple[str, ...]
    suggestions: dict[str, tuple[str, ...]]

    @property
    def warnings(self) -> tuple[str, ...]:
        """One line per near miss, then counts of what has no partner."""
        lines = [
            f"TAB-50: sample {sample} matches no participant; did you mean {' or '.join(names)}?"
            for sample, names in self.suggestions.items()
        ]
        if self.samples_only:
            lines.append(f"TAB-50: {len(self.samples_only)} samples match no participant and are left out.")
        if self.participants_only:
            lines.append(f"TAB-50: {len(self.participants_only)} participants have no expression data.")
        return tuple(lines)


def match_samples(expression_samples: Iterable[str], participants: Iterable[str]) -> SampleMatch:
    """Match names exactly, and suggest near misses for the rest.

    Parameters
    ----------
    expression_samples : iterable of str
        Columns of the expression matrix.
    participants : iterable of str
        Participants' keys.
    """
    samples, keys = list(dict.fromkeys(expression_samples)), list(dict.fromkeys(participants))
    known, used = set(keys), set(samples)
    free = [key for key in keys if key not in used]
    samples_only = tuple(sample for sample in samples if sample not in known)
    return SampleMatch(
        tuple(sample for sample in samples if sample in known),
        samples_only,
        tuple(free),
        _suggestions(samples_only, free),
    )


def _suggestions(samples: tuple[str, ...], free: list[str]) -> dict[str, tuple[str, ...]]:
    plain = {key: _plain(key) for key in free}
    found = {}
    for sample in samples:
        near = difflib.get_close_matches(_plain(sample), list(dict.fromkeys(plain.values())), 3, SIMILAR)
        if near:
            found[sample] = tuple(key for name in near for key in free if plain[key] == name)
    return found


def _plain(name: str) -> str:
    """Letters and digits in lower case: case, blanks and separators do not make a different person."""
    return "".join(c for c in name.casefold() if c.isalnum())

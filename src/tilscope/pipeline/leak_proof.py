"""The record of what each fitted number saw, under the patients' keys."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tilscope.signature import Fitted, LeakProof


def leak_record(ledger: Iterable[Fitted], proof: LeakProof, keys: Mapping[Any, str]) -> dict[str, Any]:
    """Return the content of ``leak_proof.json``.

    Parameters
    ----------
    ledger : iterable of Fitted
        What was fitted on which rows.
    proof : LeakProof
        The fit with other validation patients.
    keys : mapping
        Name that the fit knows a patient by -> participant key.
    """
    return {
        "fitted": [
            {
                "what": entry.what,
                "how": entry.how,
                "uses_outcome": entry.uses_outcome,
                "participants": sorted(keys[name] for name in entry.participants),
            }
            for entry in ledger
        ],
        "replaced": {
            "n_training": proof.n_training,
            "n_replaced": proof.n_replaced,
            "signature_sha256": proof.sha256,
        },
    }

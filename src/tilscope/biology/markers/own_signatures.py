"""A study's own signatures, from the rows of its table."""

from __future__ import annotations

import pandas as pd

from tilscope.biology.markers.published import GeneList
from tilscope.biology.markers.scoring import MEAN_Z, SCORINGS
from tilscope.biology.markers.signatures import IMMUNE_CELL_SIGNATURES, SIGNATURES, Signature
from tilscope.vocabulary import ExpressionError

OWN_SOURCE = "signatures.tsv"


def signatures_of_table(rows: pd.DataFrame) -> tuple[Signature, ...]:
    """Build the signatures that a table names.

    Parameters
    ----------
    rows : DataFrame
        Columns ``signature``, ``gene``, ``weight`` (NaN: none given), ``method`` (empty: none given); a gene
        once per signature.

    Returns
    -------
    tuple of Signature
        In the order of their first rows. Without a method: the weighted sum where there are weights, else the
        mean z score.

    Raises
    ------
    ExpressionError
        TAB-66 for an unknown method, two methods for one signature, weights that the method does not use or
        that are given for some genes only, and the name of a signature that tilscope has already.
    """
    return tuple(_signature(str(name), own) for name, own in rows.groupby("signature", sort=False))


def _signature(name: str, rows: pd.DataFrame) -> Signature:
    if name in {known.name for known in (*SIGNATURES, *IMMUNE_CELL_SIGNATURES)}:
        raise _refusal(name, "has the name of one that tilscope scores itself", name, "another name")
    weighted = rows["weight"].notna()
    if weighted.any() and not weighted.all():
        without = ", ".join(rows.loc[~weighted, "gene"][:5])
        raise _refusal(
            name, "has weights for some genes only", f"none for {without}", "a weight for every gene"
        )
    methods = sorted(set(rows["method"]) - {""})
    if len(methods) > 1:
        raise _refusal(name, "has several methods", ", ".join(methods), "one method per signature")
    method = methods[0] if methods else "weighted_sum" if weighted.any() else MEAN_Z.name
    if method not in SCORINGS:
        raise _refusal(name, "has an unknown method", method, "one of " + ", ".join(SCORINGS))
    scoring = SCORINGS[method]
    if weighted.any() and not scoring.uses_weights:
        using = ", ".join(s.name for s in SCORINGS.values() if s.uses_weights)
        raise _refusal(name, f"has weights, which {method} does not use", f"{method} with weights", using)
    genes = GeneList(name, name, tuple(rows["gene"]), OWN_SOURCE)
    return Signature(genes, scoring, tuple(rows["weight"].astype(float)) if weighted.any() else ())


def _refusal(name: str, problem: str, found: str, expected: str) -> ExpressionError:
    return ExpressionError(
        "TAB-66",
        f"signature {name!r} {problem}",
        file=OWN_SOURCE,
        found=found,
        expected=expected,
        remedy="Correct the table of signatures.",
    )

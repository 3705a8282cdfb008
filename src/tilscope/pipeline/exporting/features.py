"""The cohort's features, and what is known of each of them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tilscope.pipeline.exporting.participants import KEY
from tilscope.pipeline.exporting.typed_tables import read_typed
from tilscope.study import Study, load_json
from tilscope.vocabulary.features import TIME_MOMENTS

if TYPE_CHECKING:
    import pandas as pd

    from tilscope.signature import Signature

_PHASE = re.compile(r"(?:phase|pre)\d*")


def features(study: Study) -> pd.DataFrame | None:
    """Return participants x features with the key as first column, or None."""
    import pandas as pd

    if not study.feature_table_file.is_file():
        return None
    kept = pd.read_parquet(study.feature_table_file).sort_index()[_feature_names(study)]
    kept.index = pd.Index([str(key) for key in kept.index], name=KEY, dtype="str")
    return kept.astype("float64").reset_index()


def _feature_names(study: Study) -> list[str]:
    from pyarrow import parquet

    names = parquet.read_schema(study.feature_table_file).names
    return [str(name) for name in names if name != KEY and not name.startswith("__")]


def signature_of(study: Study) -> Signature | None:
    """Return the study's own signature, or None."""
    from tilscope.signature import Signature

    file = study.signature_folder / "signature.json"
    return Signature.from_json(file.read_bytes()) if file.is_file() else None


def signature_table(study: Study) -> pd.DataFrame | None:
    """Return the terms of the score: the intercept, then the features in the order of the sum."""
    import pandas as pd

    signature = signature_of(study)
    if signature is None:
        return None
    rows = [
        {
            "term": f.name,
            "coefficient": f.coefficient,
            "standardised_coefficient": f.standardised_coefficient,
            "training_mean": f.training_mean,
            "training_sd": f.training_sd,
            "training_min": f.training_min,
            "training_max": f.training_max,
        }
        for f in signature.features
    ]
    table = pd.DataFrame([{"term": "(intercept)", "coefficient": signature.intercept}, *rows])
    numbers = [c for c in table if c != "term"]
    return table.astype({"term": "str"} | dict.fromkeys(numbers, "float64"))


def feature_information(study: Study, withheld: frozenset[str]) -> pd.DataFrame | None:
    """Return one row per feature: the parts of its name, its place in the signature, ICC and stability."""
    import pandas as pd

    if not study.feature_table_file.is_file():
        return None
    names = _feature_names(study)
    parts = pd.DataFrame([parts_of(name) for name in names], index=names, dtype="str")
    found = parts.rename_axis("feature")
    signature = None if "signature" in withheld else signature_table(study)
    if signature is not None:
        terms = signature.set_index("term").reindex(names)
        found["in_signature"] = terms["coefficient"].notna()
        found[list(terms.columns)] = terms
        stability = read_typed(study.signature_folder / "stability.tsv")
        if stability is not None:
            frequencies = stability.set_index("feature")[["first_frequency", "path_frequency"]]
            found = found.join(frequencies)
    found = found.join(_smallest_icc(study))
    found.index = pd.Index(names, name="feature", dtype="str")
    return found.reset_index()


def parts_of(name: str) -> dict[str, str | None]:
    """Return phase, moment over time, image, family and measure that a feature's name tells.

    A name of another making has a measure only.
    """
    *front, family, measure = name.split("_") if name.count("_") else (name,) * 2
    if not name.count("_"):
        family = ""
    phase = moment = None
    if front and front[0] in TIME_MOMENTS:
        moment = front.pop(0)
    elif len(front) > 1 and _PHASE.fullmatch(front[0]):
        phase = front.pop(0)
    return {
        "phase": phase,
        "time_moment": moment,
        "image": "_".join(front) or None,
        "family": family or None,
        "measure": measure,
    }


def _smallest_icc(study: Study) -> pd.DataFrame:
    import pandas as pd

    table = read_typed(study.signature_folder / "reproducibility.tsv")
    if table is None or not {"feature", "design", "icc"} <= set(table.columns):
        return pd.DataFrame(index=pd.Index([], dtype="str"))
    known = table.dropna(subset=["icc"]).sort_values(["icc", "design"], kind="stable")
    first = known.drop_duplicates("feature").set_index("feature")
    return first[["icc", "design"]].rename(columns={"icc": "smallest_icc", "design": "icc_design"})


def performance_table(study: Study) -> pd.DataFrame | None:
    """Return one row per role with the single numbers of the performance."""
    import pandas as pd

    file = study.signature_folder / "performance.json"
    if not file.is_file():
        return None
    rows: list[dict[str, Any]] = [
        {"role": role}
        | {k: v for k, v in record.items() if k != "role" and isinstance(v, str | int | float | None)}
        for role, record in load_json(file).items()
    ]
    return pd.DataFrame(rows).apply(_as_one_type) if rows else None


def _as_one_type(column: pd.Series) -> pd.Series:
    """Return a column of JSON values as whole numbers, real numbers or texts."""
    present = column.dropna()
    if any(isinstance(value, str) for value in present):
        return column.astype("str")
    is_whole = all(isinstance(value, int) for value in present) or column.dtype.kind in "iu"
    return column.astype("Int64" if is_whole and len(present) else "float64")

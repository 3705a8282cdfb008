"""What harmonisation did, as ``harmonisation.json`` tells it; without keys of patients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilscope.pipeline.signature_inputs import Cohort
from tilscope.pipeline.sites import confounding, count_sites
from tilscope.signature import Harmonisation
from tilscope.signature.site_effects import principal_components, site_share

if TYPE_CHECKING:
    from tilscope.signature import SignatureFit

ROLES = ("training", "validation")


def harmonisation_record(fit: SignatureFit, cohort: Cohort) -> dict[str, Any] | None:
    """Return what the report needs; None where nothing was to be harmonised.

    Returns
    -------
    dict, or None
        ``settings``; ``told``, in words; ``known``, training patients of each harmonised site; ``counts`` of all
        patients and classes by site, with Fisher's ``p_confounding``; ``n_unchanged``, patients of other sites;
        ``share``, the mean share of a feature's variance between sites, by role, before and after, with what chance
        gives; ``components``, places of patients on the first two, before and after; ``features`` of the
        signature with the shift of each site.
    """
    made, sites = fit.harmonisation, cohort.features.sites
    if made is None or sites is None:
        return None
    counts = count_sites(sites, cohort.levels)
    own = sites.reindex(cohort.features.values.index)
    is_known = own.isin(list(made.sites)).to_numpy()
    record: dict[str, Any] = {
        "settings": made.settings.model_dump(mode="json"),
        "told": made.told,
        "known": made.sites,
        "counts": [
            {"site": c.site, "n_patients": c.n_patients, "n_high": c.n_high, "n_low": c.n_low} for c in counts
        ],
        "p_confounding": confounding(counts),
        "n_unchanged": int((~is_known).sum()),
        "n_features": len(made.features),
        "unfit": made.unfit,
        "features": [
            {
                "name": feature.name,
                "sites": {
                    site: {"offset": offset, "scale": scale}
                    for site, (offset, scale) in feature.sites.items()
                },
            }
            for feature in fit.signature.features
        ],
    }
    if not len(made.features):
        return record | {"share": [], "components": None}
    return record | _before_and_after(made, cohort, own[is_known])


def _before_and_after(made: Harmonisation, cohort: Cohort, sites: pd.Series) -> dict[str, Any]:
    """Return shares and components of the patients of known sites who have every harmonised feature."""
    raw = cohort.features.values.loc[sites.index, list(made.features)]
    raw = raw[np.isfinite(raw.to_numpy(dtype=np.float64)).all(axis=1)]
    own = sites.reindex(raw.index)
    after = made.transform(raw, own)
    roles = pd.Series(cohort.features.roles, dtype=object).reindex(raw.index)
    is_training = (roles == "training").to_numpy()
    shares = []
    for role in ROLES:
        rows = (roles == role).to_numpy()
        n_sites = own[rows].nunique()
        if n_sites > 1:
            shares.append(
                {
                    "role": role,
                    "n_patients": int(rows.sum()),
                    "before": float(site_share(raw[rows], own).mean()),
                    "after": float(site_share(after[rows], own).mean()),
                    "by_chance": (n_sites - 1) / (int(rows.sum()) - 1),
                }
            )
    components = None
    if is_training.sum() >= 3:
        components = {
            name: _placed(values, own, roles, is_training)
            for name, values in (("before", raw), ("after", after))
        }
    return {"share": shares, "components": components}


def _placed(values: pd.DataFrame, sites: pd.Series, roles: pd.Series, is_training: Any) -> dict[str, Any]:
    """Return the places in an order that tells nobody's key."""
    found = principal_components(values, is_training)
    rows = zip(sites, roles.fillna("no outcome"), found.scores["first"], found.scores["second"], strict=True)
    points = [
        {"site": str(site), "role": str(role), "first": float(first), "second": float(second)}
        for site, role, first, second in sorted(rows)
    ]
    return {"explained": list(found.explained), "points": points}

"""Where a patient's images come from: the scanner of the DICOM files, or a column of the clinical table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from tilscope.pipeline.loading import load_participants
from tilscope.study import Study, load_json
from tilscope.vocabulary import Scanner, SignatureError

if TYPE_CHECKING:
    from pathlib import Path

NONE, SCANNER = "none", "scanner"
NOT_A_SITE = ("stils",)
MOST_SITES = 30  # more than a column of sites has; a measure has as many values as patients
Told = tuple[Literal["ok", "warning", "refused"], str]  # light and text
LEVELS = ("high", "low")
SIGNIFICANT = 0.05


@dataclass(frozen=True, slots=True)
class SiteCount:
    """Patients of one site.

    Attributes
    ----------
    site : str
    n_patients, n_high, n_low : int
        All, and those of each TIL class.
    """

    site: str
    n_patients: int
    n_high: int
    n_low: int

    @property
    def told(self) -> str:
        """One line, as ``Siemens AVANTO 1.5 T: 40 patients (23 high, 17 low)``."""
        return f"{self.site}: {self.n_patients} patient(s) ({self.n_high} high, {self.n_low} low)"


def load_sites(study: Study, patients: Iterable[str], source: str | None = None) -> pd.Series | None:
    """Return the site of each patient; missing where it is not known.

    Parameters
    ----------
    study : Study
    patients : iterable of str
        Keys of participants.
    source : str, optional
        ``none``, ``scanner`` or a column of participants.tsv; by default the study's setting.

    Returns
    -------
    Series of str, or None
        None where the source is ``none``.

    Raises
    ------
    SignatureError
        SIG-74 where there is no such column, or where it holds no sites.
    """
    source = study.settings.harmonisation.site if source is None else source
    keys = list(patients)
    if source == NONE:
        return None
    if source == SCANNER:
        return pd.Series({p: scanner_label(study, p) for p in keys}, index=keys, dtype=object)
    return _of_column(load_participants(study), source).reindex(keys)


def site_inputs(study: Study, patients: Iterable[str]) -> tuple[Path, ...]:
    """Return the files beside participants.tsv that tell the sites, for the content key of a step."""
    if study.settings.harmonisation.site != SCANNER:
        return ()
    return tuple(study.image_folder(p) / "dce.json" for p in patients)


def scanner_label(study: Study, patient: str) -> str | None:
    """Return the scanner of a patient's images; None for NIfTI and NRRD, and where the import was too early."""
    file = study.image_folder(patient) / "dce.json"
    record: dict[str, Any] | None = load_json(file).get("scanner") if file.is_file() else None
    return None if record is None else Scanner(**record).label


def _of_column(table: pd.DataFrame, name: str) -> pd.Series:
    if name not in table.columns or name in NOT_A_SITE:
        others = [str(column) for column in table.columns if column not in NOT_A_SITE]
        raise SignatureError(
            "SIG-74",
            "the clinical table has no such column of sites",
            found=", ".join(others[:8]) or "no other column",
            expected=name,
            remedy='Set harmonisation.site to a column of participants.tsv, to "scanner" or to "none".',
        )
    texts = table[name].map(_text, na_action="ignore").astype(object)
    n_sites = texts.nunique()
    if n_sites > MOST_SITES:
        raise SignatureError(
            "SIG-74",
            "this column does not look like sites",
            found=f"{n_sites} different values in {name}",
            expected=f"at most {MOST_SITES}",
            remedy="Set harmonisation.site to the column that names the scanner or the centre.",
        )
    return texts.where(texts.notna(), None)


def _text(cell: Any) -> str:
    """Return a site's name; a number without its decimal point."""
    return f"{cell:g}" if isinstance(cell, float) else str(cell).strip()


def count_sites(sites: pd.Series, levels: pd.Series) -> tuple[SiteCount, ...]:
    """Return the patients and TIL classes of each site, by name; those without a site are not counted.

    Parameters
    ----------
    sites : Series of str
        By patient.
    levels : Series of "high" or "low"
        Of the patients that have a class.
    """
    known = sites.dropna()
    own = levels.reindex(known.index)
    return tuple(
        SiteCount(
            str(site),
            int((known == site).sum()),
            *(int(((known == site) & (own == level)).sum()) for level in LEVELS),
        )
        for site in sorted(set(known))
    )


def confounding(counts: Iterable[SiteCount]) -> float | None:
    """Return Fisher's exact p of site against TIL class; None where there are not two of each.

    With a small p the classes are not spread evenly over the sites: a signature may then tell sites, and
    harmonisation takes a part of the classes' difference with it.
    """
    from tilscope.statistics import contingency_test

    table = np.array([[c.n_high, c.n_low] for c in counts], dtype=np.int64).reshape(-1, 2)
    p_value = float(contingency_test(table, method="fisher").p_value)
    return None if np.isnan(p_value) else p_value


def site_findings(study: Study, patients: Sequence[str], levels: pd.Series) -> list[Told]:
    """Return what `tilscope check` says of sites: a light (ok, warning or refused) and a text for each.

    Parameters
    ----------
    study : Study
    patients : sequence of str
        Keys of all patients.
    levels : Series of "high" or "low"
        Of those that can take part.
    """
    settings = study.settings.harmonisation
    try:
        sites = load_sites(study, patients)
    except SignatureError as error:
        return [
            ("refused", f"{error.message}, found {error.found}, expected {error.expected}. {error.remedy}")
        ]
    if sites is None:
        return _scanners(load_sites(study, patients, SCANNER), levels)
    counts = count_sites(sites, levels)
    needed = settings.min_per_site / study.settings.split.training_fraction
    findings: list[Told] = [
        ("ok", c.told)
        if c.n_high + c.n_low >= needed
        else (
            "warning",
            f"{c.told}: {settings.min_per_site} training patients are needed for shifts of its own, "
            f"about {needed:.0f} with a TIL class",
        )
        for c in counts
    ]
    return [*findings, *_without(sites), *_alike(counts), *_confounded(counts)]


def _scanners(scanners: pd.Series | None, levels: pd.Series) -> list[Told]:
    """Return a warning where images of several scanners are not harmonised."""
    counts = () if scanners is None else count_sites(scanners, levels)
    if len(counts) < 2:
        return []
    told = "; ".join(c.told for c in counts[:8])
    text = f'{len(counts)} scanners, not harmonised (harmonisation.site = "none"): {told}'
    return [("warning", text), *_confounded(counts)]


def _without(sites: pd.Series) -> list[Told]:
    missing = [str(key) for key in sites.index[sites.isna()]]
    if not missing:
        return []
    why = "NIfTI and NRRD do not tell the scanner; DICOM studies of an earlier version: import again"
    return [("warning", f"{len(missing)} patient(s) without a site ({why}): {', '.join(missing[:5])}")]


def _alike(counts: Sequence[SiteCount]) -> list[Told]:
    """Return a warning for names that differ only in capitals and blanks."""
    groups: dict[str, list[str]] = {}
    for c in counts:
        groups.setdefault("".join(c.site.split()).casefold(), []).append(c.site)
    twins = [" / ".join(names) for names in groups.values() if len(names) > 1]
    return [("warning", f"sites that differ only in capitals or blanks: {', '.join(twins)}")] if twins else []


def _confounded(counts: Sequence[SiteCount]) -> list[Told]:
    """Return a warning where sites and TIL classes go together."""
    p_value = confounding(counts)
    one_sided = [c.site for c in counts if c.n_high + c.n_low > 0 and min(c.n_high, c.n_low) == 0]
    if (p_value is None or p_value >= SIGNIFICANT) and not one_sided:
        return []
    what = [f"Fisher p {p_value:.2g}"] if p_value is not None else []
    what += [f"one class only at {', '.join(one_sided)}"] if one_sided else []
    return [
        (
            "warning",
            f"sites and TIL classes go together ({'; '.join(what)}): a signature may tell sites instead of TILs, and "
            "harmonisation takes a part of the difference of the classes away",
        )
    ]

"""What the report reads: every file, its exact format, and the one record that holds them all.

A file that is not there is None in the record; the sections say what is missing and which command makes it.
Tables are tab-separated as ``study.encode_tsv`` writes them (``n/a`` for a missing number, round-trip floats).

``participants.tsv``
    ``participant_id, stils, <clinical columns>``.
``derivatives/status.json``
    ``patients``: key -> ``{state: done|quarantined|set aside|waiting, step, rule, message, found, expected,
    remedy, file}``; ``counts``: ``{known, done, set aside, waiting, quarantined}``; ``steps``: name ->
    ``{done, up to date, failed, seconds, peak_mib}``; ``cohort``: step -> ``{state: done|up to date|left out|failed,
    rule, message, found, expected, remedy, reason}`` (all but the state may be missing or null). Results of a step
    that failed or was left out, and of what follows it, are not read, whatever lies in its folder.
``derivatives/provenance.json``
    ``profile``, ``settings`` (all of StudySettings), ``seed``, ``versions`` (name -> version), ``steps``
    (name -> ``{version, keys: subject -> content key, settings: dotted key -> value as the step read it}``), and,
    where wanted, ``inputs`` (relative path -> SHA-256).
``derivatives/qc/sub-x/qc.json``
    ``phases`` (names), ``times_s`` (list or null), ``enhancement_percent`` (list, one per phase; 0 for pre),
    ``roi_volume_ml``, ``roi_voxels``, ``roi_phase``, ``shape`` and ``spacing_mm`` (z, y, x), ``phase_key``,
    ``registration`` (list of ``{phase, displacement_mm, jacobian, similarity_before, similarity_after, notes}``),
    ``flags`` and ``notes`` (lists of ``"RULE-00 sentence"``), ``pictures`` (list of ``{file, title, legend, size:
    [width, height], phase, is_extra}`` in the order in which they should be looked at). Any key may be missing.
    Beside it the pictures.
``derivatives/review/ratings.tsv`` (optional)
    ``participant_id, rating`` (accept, redraw, exclude), ``note, reviewed_on, qc_sha256`` (of the qc.json looked at).
``derivatives/qc.tsv``, ``qc.json``
    One row per patient: ``participant_id, state, rule, reason``, measures, ``n_flags``, a column ``yes``/``no`` per
    flag, ``flags``; and what each column means: ``{Description, LongName, Units, Decimals, Flags, Rule}``.
``derivatives/features/features.parquet``
    Index ``participant_id``, one column per feature; only the signature's columns are read, and the shape.
``derivatives/signature/scores.tsv``
    ``participant_id, role, til_percent, til_level, rad_tils_score, rad_tils_level``; a role other than training,
    validation and external (such as ``no outcome``) takes no part in any comparison.
``derivatives/signature/signature.json``
    ``signature.Signature.to_json()``; an altered one is refused (SIG-69).
``derivatives/signature/path.json``
    ``alpha``, ``lambdas``, ``mean_deviance``, ``sd_deviance``, ``n_selected``, ``lambda_min``, ``lambda_1se``;
    with empty lists there was no path.
``derivatives/signature/stability.tsv``, ``stability.json`` (optional)
    ``feature, first_frequency, path_frequency, in_signature``; ``n_resamples``, ``n_first``, ``n_features``,
    ``threshold``, ``n_stable``, ``most_false``, ``reason`` (why there is none, else null).
``derivatives/signature/leak_proof.json`` (optional)
    ``fitted``: list of ``{what, how, uses_outcome, participants}``, in the order of the fit; ``replaced``:
    ``{n_training, n_replaced, signature_sha256}``, the fit with other validation patients.
``derivatives/signature/harmonisation.json`` (optional)
    ``pipeline.harmonisation_record``: ``{settings, told, known, counts, p_confounding, n_unchanged, n_features, unfit,
    share, components, features}``, without keys of patients.
``derivatives/signature/notes.json`` (optional)
    ``notes`` (list of text), ``dropped`` (feature -> why).
``derivatives/signature/honesty.json`` (optional), ``honesty.tsv``
    ``single``: ``{auc, ci_low, ci_high, n_positive, n_negative, share_of_splits_below}``; ``splits``:
    ``{validation, training: {n, mean, sd, median, q025, q975, min, max}, areas, n_empty, n_left_out: {n, most},
    median_features}``; ``nested`` (or null): ``{auc, ci_low, ci_high, spread, n_folds, repeats}``; ``permutation``
    (or null): ``{observed, p_value, mean, sd, permuted, n_folds}``; ``selection``: list of ``{feature, share,
    is_in_signature}``; ``baselines``: name -> ``{columns, terms, how, splits, auc, ci_low, ci_high, difference,
    difference_low, difference_high, p_value, n}``; ``clinical_left_out``: column -> why; ``controls``: name ->
    ``{splits, signature, areas, n_patients, n_without}``; ``failures``: list of ``{kind, reason, n}``; ``verdict``:
    ``{light, headline, sentences, rules}``. The table has one row per repetition: ``kind, number, auc,
    training_auc, n_selected, <simple model>_auc``.
``derivatives/signature/reproducibility.tsv``, ``reproducibility.json`` (optional)
    Per feature and design: ``feature, design, n_patients, icc, ci_low, ci_high, reason, n_patients_training,
    icc_training, ci_low_training, ci_high_training, filter`` (kept, dropped or not judged). ``form, min_icc, judged_on,
    min_patients, filter``; ``designs``: list of ``{design, n_patients, n_training, is_used}``; ``agreement``: list of
    ``{what, unit, design, points: [[mean, difference]], n, n_left_out, bias, lower, upper, slope, ...}``; ``stil``:
    ``{readers, n_patients, forms: [{form, icc, ci_low, ci_high}], reason}`` or empty. No keys of patients.
``derivatives/signature/performance.json``
    role -> ``{positive, negative, cutoff, auc, ci_low, ci_high, confidence, interval, n_positive, n_negative, tp,
    fn, fp, tn, brier, roc: {fpr, tpr}, roc_band, calibration, decision_curve, precision_recall, p_value, test,
    reason}``. A number that is not defined is null (``reason`` says why); ``interval`` is ``logit`` or ``delong``.
    ``roc_band`` (may be missing): ``{fpr, ci_low, ci_high}``, steps as `statistics.RocBand` has them.
    ``calibration``: the fields of ``statistics.Calibration``, with ``intercept`` and ``slope`` ``{value,
    standard_error, ci_low, ci_high, p_value, null, reason}``, ``expected_observed`` ``{value, ci_low, ci_high,
    reason}``, ``groups`` (list of ``{mean_score, observed: {value, ci_low, ci_high, numerator, denominator}}``) and
    ``curve`` ``{score, observed, ci_low, ci_high}``. ``decision_curve``: ``{thresholds, model, treat_all,
    avoided_per_100, reason}``. ``precision_recall``: ``{recall, precision, average_precision, baseline, reason}``.
    ``negative``, ``confidence``, ``interval``, ``p_value`` (high against low TILs by ``test``; null in training),
    ``reason`` and the three records may be missing (files of earlier versions).
``derivatives/biology/differential_expression.tsv``
    ``gene, log2_fc, ci_low, ci_high, mean_expression, t, p_value, p_adjusted, b, direction`` (intervals and
    direction may be missing). ``mean_variance.tsv`` (optional): ``gene, log2_count, sqrt_sd, trend``.
``derivatives/biology/{ssgsea,signatures}.tsv``
    One row per gene set or signature (first column, any name: its name), one column per sample.
``derivatives/biology/{immune_cells,signature_tests}.tsv``
    The columns of ``statistics.compare_columns``, for the rows of the two files above.
``derivatives/biology/design.json`` (optional)
    ``{group_name, positive, negative, n_positive, n_negative, named_genes, max_p_adjusted, min_abs_log2_fc, notes,
    model}``; any of them. ``model``: what `pipeline.biology.gene_comparison.GeneComparison` says of its record.
``derivatives/biology/groups.tsv`` (optional)
    ``participant_id, group``; without it the groups are ``rad_tils_level`` of scores.tsv.
``derivatives/biology/<step>/`` (optional, one folder per further step of the biology)
    ``<step>.json`` and any ``*.tsv``, as the step's module in ``pipeline.biology`` says; ``content.results[step]``.
``derivatives/external/*/`` (pages of their own, `report.external`)
    ``scores.tsv`` (with ``farthest_sd, flags, why``), ``signature.json`` and ``performance.json`` as above, role
    external; ``external.json``: what `pipeline.external_validation` says of the cohort beside the training patients.
``checklists.toml`` (optional)
    The authors' answers to items of the checklists, as `report.checklists.authors` says.
``derivatives/truth.tsv`` (demo only)
    Any columns; shown as the table "planted truth against what was recovered".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from tilscope.report.checklists.authors import FILE as AUTHORS_FILE
from tilscope.report.checklists.authors import AuthorAnswers, read_authors
from tilscope.report.files import own_file_name, read_json, read_tsv
from tilscope.report.performances import Performance, performance_of_record
from tilscope.report.results import Results, read_results
from tilscope.report.steps import MADE_FROM, CohortStep, read_steps, settings_used, without_results
from tilscope.signature import Signature
from tilscope.study import sha256_of_file

FEATURE_TABLE = Path("features", "features.parquet")
ROLES = ("training", "validation", "external")
STATES = ("done", "set aside", "waiting", "quarantined")


@dataclass(frozen=True, slots=True)
class PatientState:
    """How one patient ended; all texts are free of folders' names."""

    state: str
    step: str = ""
    rule: str | None = None
    message: str | None = None
    found: str | None = None
    expected: str | None = None
    remedy: str | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class Biology:
    """Groups of the expression samples, and how they were compared."""

    group_name: str = "Rad-TILs"
    positive: str = "high"
    negative: str = "low"
    named_genes: tuple[str, ...] = ()
    max_p_adjusted: float = 0.05
    min_abs_log2_fc: float = 1.0
    notes: tuple[str, ...] = ()
    n_positive: int | None = None
    n_negative: int | None = None
    model: dict[str, Any] = field(default_factory=dict)
    set_scores: str = "ssgsea"
    signature_notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """Everything that the report can say; None or empty where a file is not there."""

    title: str
    profile: str
    patients: dict[str, PatientState]
    steps: dict[str, dict[str, Any]]
    provenance: dict[str, Any]
    qc: dict[str, dict[str, Any]]
    qc_pictures: dict[str, dict[str, Path]]
    qc_sha256: dict[str, str] = field(default_factory=dict)
    ratings: dict[str, str] = field(default_factory=dict)
    qc_table: pd.DataFrame | None = None
    qc_columns: dict[str, dict[str, Any]] = field(default_factory=dict)
    cohort: tuple[CohortStep, ...] = ()
    participants: pd.DataFrame | None = None
    scores: pd.DataFrame | None = None
    signature: Signature | None = None
    signature_notes: tuple[str, ...] = ()
    path: dict[str, Any] | None = None
    stability: pd.DataFrame | None = None
    stability_record: dict[str, Any] | None = None
    leak_proof: dict[str, Any] | None = None
    reproducibility: pd.DataFrame | None = None
    agreement: dict[str, Any] | None = None
    honesty: dict[str, Any] | None = None
    harmonisation: dict[str, Any] | None = None
    performance: tuple[Performance, ...] = ()
    features: pd.DataFrame | None = None
    n_features: int | None = None
    genes: pd.DataFrame | None = None
    mean_variance: pd.DataFrame | None = None
    gene_set_scores: pd.DataFrame | None = None
    gene_set_tests: pd.DataFrame | None = None
    signature_scores: pd.DataFrame | None = None
    signature_tests: pd.DataFrame | None = None
    groups: pd.Series | None = None
    biology: Biology = field(default_factory=Biology)
    results: dict[str, Results] = field(default_factory=dict)
    truth: pd.DataFrame | None = None
    external: dict[str, Any] | None = None
    authors: AuthorAnswers = field(default_factory=dict)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings nested by room: each as the step that reads it read it, else as the study has it."""
        return settings_used(self.provenance)

    @property
    def missing_steps(self) -> tuple[CohortStep, ...]:
        """Steps of the cohort that failed or were left out."""
        return tuple(step for step in self.cohort if step.is_missing)

    def missing_step(self, name: str) -> CohortStep | None:
        """Return a step of the cohort if it failed or was left out."""
        return next((step for step in self.missing_steps if step.name == name), None)

    @property
    def compared(self) -> pd.DataFrame | None:
        """Scores of the patients that take part: with a class, a score, and a role."""
        if self.scores is None:
            return None
        rows = self.scores[self.scores["role"].isin(ROLES)]
        return rows.dropna(subset=["til_level", "rad_tils_score"])

    @property
    def counts(self) -> dict[str, int]:
        """Number of patients in each state; they add up to all patients."""
        return {state: sum(p.state == state for p in self.patients.values()) for state in STATES}

    def performance_of(self, role: str) -> Performance | None:
        """Return one role's performance."""
        return next((p for p in self.performance if p.role == role), None)


def read_content(root: Path) -> Content:
    """Read the results of a study folder.

    Raises
    ------
    StudyError
        RUN-76 for a file that is there and cannot be read.
    SettingsError
        SET-01, SET-02 and SET-03 for the authors' answers.
    """
    derivatives = root / "derivatives"
    status = read_json(derivatives / "status.json") or {}
    provenance = read_json(derivatives / "provenance.json") or {}
    qc_folders = sorted(p for p in (derivatives / "qc").glob("sub-*") if p.is_dir())
    named = provenance.get("settings", {}).get("cohort", {})
    cohort = read_steps(status)
    withheld = without_results(cohort)
    return Content(
        title=named.get("name", "tilscope study"),
        profile=provenance.get("profile", "unknown"),
        patients=_patients(status, [p.name for p in qc_folders]),
        steps=status.get("steps", {}),
        provenance=provenance,
        qc={p.name: read_json(p / "qc.json") or {} for p in qc_folders},
        qc_pictures={p.name: {f.name: f for f in sorted(p.glob("*.png"))} for p in qc_folders},
        qc_sha256={p.name: sha256_of_file(p / "qc.json") for p in qc_folders if (p / "qc.json").is_file()},
        ratings=_ratings(derivatives / "review" / "ratings.tsv"),
        qc_table=read_tsv(derivatives / "qc.tsv", index="participant_id"),
        qc_columns=read_json(derivatives / "qc.json") or {},
        cohort=cohort,
        participants=read_tsv(root / "participants.tsv", index="participant_id"),
        truth=read_tsv(derivatives / "truth.tsv"),
        **({} if "collect" in withheld else _feature_count(derivatives)),
        **({} if "collect" in withheld else _reproducibility(derivatives / "signature")),
        **({} if "signature" in withheld else _signature(derivatives)),
        honesty=None
        if _is_withheld("honesty", cohort)
        else read_json(derivatives / "signature" / "honesty.json"),
        **({} if "biology" in withheld else _biology(derivatives / "biology", derivatives / "signature")),
        results=_results(derivatives / "biology", withheld),
        authors=read_authors(root / AUTHORS_FILE),
    )


def _ratings(file: Path) -> dict[str, str]:
    """Return what a human said of each patient's pictures."""
    table = read_tsv(file, index="participant_id")
    return {} if table is None else {str(key): str(word) for key, word in table["rating"].items()}


def _is_withheld(name: str, cohort: tuple[CohortStep, ...]) -> bool:
    """Tell whether a step that is made from the signature has no results, or none that may be shown."""
    return "signature" in without_results(cohort) or any(s.name == name and s.is_missing for s in cohort)


def _patients(status: dict[str, Any], with_qc: list[str]) -> dict[str, PatientState]:
    known = status.get("patients", {})
    names = PatientState.__dataclass_fields__
    states = {
        key: PatientState(
            **{k: v for k, v in row.items() if k in names} | {"file": own_file_name(row.get("file"))}
        )
        for key, row in known.items()
    }
    unlisted = {key: PatientState("done") for key in with_qc if key not in states}
    return dict(sorted((states | unlisted).items()))


def _signature(derivatives: Path) -> dict[str, Any]:
    folder = derivatives / "signature"
    file = folder / "signature.json"
    signature = Signature.from_json(file.read_bytes()) if file.is_file() else None
    performance = read_json(folder / "performance.json") or {}
    path = read_json(folder / "path.json") or {}
    wanted = () if signature is None else signature.feature_names
    return {
        "scores": read_tsv(folder / "scores.tsv", index="participant_id"),
        "signature": signature,
        "signature_notes": tuple((read_json(folder / "notes.json") or {}).get("notes", ())),
        "path": path if path.get("lambdas") else None,
        "stability": read_tsv(folder / "stability.tsv", index="feature"),
        "stability_record": read_json(folder / "stability.json"),
        "leak_proof": read_json(folder / "leak_proof.json"),
        "harmonisation": read_json(folder / "harmonisation.json"),
        "performance": tuple(
            performance_of_record(role, performance[role]) for role in ROLES if role in performance
        ),
        "features": _features(derivatives / FEATURE_TABLE, wanted),
    }


def _reproducibility(folder: Path) -> dict[str, Any]:
    return {
        "reproducibility": read_tsv(folder / "reproducibility.tsv"),
        "agreement": read_json(folder / "reproducibility.json"),
    }


def _feature_count(derivatives: Path) -> dict[str, Any]:
    file = derivatives / FEATURE_TABLE
    return {"n_features": len(_feature_names(file))} if file.is_file() else {}


def _feature_names(file: Path) -> list[str]:
    from pyarrow import parquet

    return [n for n in parquet.read_schema(file).names if n != "participant_id" and not n.startswith("__")]


def _features(file: Path, wanted: tuple[str, ...]) -> pd.DataFrame | None:
    if not file.is_file():
        return None
    names = set(_feature_names(file))
    present = [name for name in wanted if name in names]
    return pd.read_parquet(file, columns=present) if present else None


def _biology(folder: Path, signature_folder: Path) -> dict[str, Any]:
    design = read_json(folder / "design.json") or {}
    fields = {k: v for k, v in design.items() if k in Biology.__dataclass_fields__}
    fields |= {k: tuple(fields[k]) for k in ("named_genes", "notes", "signature_notes") if k in fields}
    return {
        "genes": read_tsv(folder / "differential_expression.tsv", index="gene"),
        "mean_variance": _mean_variance(folder, design),
        "gene_set_scores": read_tsv(folder / "ssgsea.tsv", index=0),
        "gene_set_tests": read_tsv(folder / "immune_cells.tsv", index="variable"),
        "signature_scores": read_tsv(folder / "signatures.tsv", index=0),
        "signature_tests": read_tsv(folder / "signature_tests.tsv", index="variable"),
        "groups": _groups(folder, signature_folder),
        "biology": Biology(**fields),
    }


def _mean_variance(folder: Path, design: dict[str, Any]) -> pd.DataFrame | None:
    """Return voom's trend, if the genes of now were weighed by it: the file may be of an earlier run."""
    counts = design.get("model", {}).get("counts") or {}
    return read_tsv(folder / "mean_variance.tsv", index="gene") if counts.get("method") == "voom" else None


def _results(folder: Path, withheld: frozenset[str]) -> dict[str, Results]:
    read = {name: read_results(folder / name) for name in MADE_FROM if name not in withheld}
    return {name: results for name, results in read.items() if results is not None}


def _groups(folder: Path, signature_folder: Path) -> pd.Series | None:
    own = read_tsv(folder / "groups.tsv", index="participant_id")
    if own is not None:
        return own["group"].dropna()
    scores = read_tsv(signature_folder / "scores.tsv", index="participant_id")
    return None if scores is None else scores["rad_tils_level"].dropna()

"""Everything that can be known before a run."""

from __future__ import annotations

import shutil
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any, Literal

from tilscope.pipeline.gene_sets.listing import collection_findings
from tilscope.pipeline.loading import load_participants, roi_files
from tilscope.pipeline.rereading import further_masks, reading_of
from tilscope.pipeline.sites import site_findings
from tilscope.pipeline.status import PatientStatus, counts, patient_states
from tilscope.study import Study, load_json
from tilscope.vocabulary import PhaseKeyTrial, RoiError, TilscopeError

Light = Literal["ok", "warning", "refused"]
MIN_PER_CLASS = 2  # members of each TIL class that both roles need (TAB-60)
MIB_PER_PATIENT = 50
MOST_TEXTS = 20  # lines of segments' texts


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at."""

    light: Light
    rule: str
    text: str


@dataclass(frozen=True)
class DisagreeingKey:
    """An attribute that would have told phases apart otherwise than the one that was used.

    Attributes
    ----------
    used, key : str
        The attribute that was used, and the other one.
    n_patients : int
        Number of patients.
    would_give, reason : str
        What the other one makes of the slices, and why it was not used, in the first of them.
    """

    used: str
    key: str
    n_patients: int
    would_give: str
    reason: str


@dataclass(frozen=True)
class SegmentText:
    """What mask files say of the segment that was drawn, and of the others in the file.

    Attributes
    ----------
    kind : str
        Kind of file.
    text : str
        Name, and in brackets what else the file says of it.
    n_patients : int
        Number of patients.
    """

    kind: str
    text: str
    n_patients: int


@dataclass(frozen=True)
class CheckResult:
    """What a run would meet.

    Attributes
    ----------
    findings : tuple of Finding
        Study-wide facts.
    states : dict
        Every patient's state by key.
    phase_keys : dict
        Which DICOM attribute told the phases apart, with the number of patients.
    disagreeing_keys : tuple of DisagreeingKey
        Attributes that would have told them apart otherwise.
    segment_texts : tuple of SegmentText
        What the mask files call their segments: a segmentation may be of a tissue and not of the lesion.
    """

    findings: tuple[Finding, ...]
    states: dict[str, PatientStatus]
    phase_keys: dict[str, int]
    disagreeing_keys: tuple[DisagreeingKey, ...] = ()
    segment_texts: tuple[SegmentText, ...] = ()

    @property
    def can_run(self) -> bool:
        """Tell whether a run would start."""
        return all(f.light != "refused" for f in self.findings)

    @property
    def n_quarantined(self) -> int:
        """Number of patients that cannot go on as they are."""
        return counts(self.states)["quarantined"]

    def lines(self) -> list[str]:
        """Return the result as lines of text."""
        marks = {"ok": "ok      ", "warning": "warning ", "refused": "REFUSED "}
        lines = [f"{marks[f.light]} {f.rule:<7} {f.text}" for f in self.findings]
        lines += [
            f"ok       IMG-07  phases told apart by {key}: {n} patient(s)"
            for key, n in self.phase_keys.items()
        ]
        lines += [
            f"ok       IMG-07  {other.key} disagrees with {other.used} in {other.n_patients} patient(s):"
            f" would give {other.would_give} ({other.reason})"
            for other in self.disagreeing_keys
        ]
        lines += [
            f"ok       ROI-37  {told.kind} segment {told.text!r}: {told.n_patients} patient(s)"
            for told in self.segment_texts[:MOST_TEXTS]
        ]
        if len(self.segment_texts) > MOST_TEXTS:
            n_more = len(self.segment_texts) - MOST_TEXTS
            lines.append(f"ok       ROI-37  and {n_more} more texts: rois/*/reader-*.json tell them all")
        for patient, s in self.states.items():
            if s.state in ("quarantined", "set aside"):
                lines.append(f"{s.state}: {s.rule} {patient}: {s.message}. {s.remedy or ''}".rstrip())
        return lines

    def as_record(self) -> dict[str, Any]:
        """Return the result for programs."""
        from dataclasses import asdict

        return {
            "can_run": self.can_run,
            "findings": [asdict(f) for f in self.findings],
            "phase_keys": self.phase_keys,
            "disagreeing_keys": [asdict(other) for other in self.disagreeing_keys],
            "segment_texts": [asdict(told) for told in self.segment_texts],
            "patients": {key: asdict(state) for key, state in self.states.items()},
            "counts": counts(self.states),
        }


def check_study(study: Study) -> CheckResult:
    """Look at the settings, tables, images and masks of a study without computing anything."""
    settings = study.settings
    states = patient_states(study)
    records = {p: load_json(study.image_folder(p) / "dce.json") for p in study.patients}
    findings = [Finding("ok", "SET-00", f"study.toml is valid (profile {settings.profile})")]
    masks = _mask_records(study)
    findings += [_images(records), *_phases(study, records), *_masks(study, states), *_doubtful(masks)]
    findings += _second_readings(study)
    findings += [_outcome(study, states), *_sites(study, states)]
    findings += [_expression(study), *(Finding(*told) for told in collection_findings(study))]
    findings += [_disk(study, len(records))]
    keys = Counter(str(r["phase_key"]) for r in records.values())
    phase_keys = dict(sorted(keys.items()))
    return CheckResult(tuple(findings), states, phase_keys, _disagreeing(records), _segment_texts(masks))


def _disagreeing(records: dict[str, Any]) -> tuple[DisagreeingKey, ...]:
    """Count the attributes that disagree with the one used; studies imported earlier do not tell them."""
    found: dict[tuple[str, str], list[PhaseKeyTrial]] = defaultdict(list)
    for record in records.values():
        for trial in record.get("disagreeing_keys", ()):
            told = PhaseKeyTrial(**trial | {"group_sizes": tuple(trial["group_sizes"])})
            found[record["phase_key"], told.key].append(told)
    return tuple(
        DisagreeingKey(used, key, len(trials), trials[0].told, trials[0].reason)
        for (used, key), trials in sorted(found.items())
    )


def _images(records: dict[str, Any]) -> Finding:
    if not records:
        return Finding("refused", "IMG-03", "no patient has images yet; import some with tilscope import")
    return Finding("ok", "IMG-00", f"{len(records)} patient(s) with images")


def _phases(study: Study, records: dict[str, Any]) -> list[Finding]:
    n_post = Counter(len(r["phase_names"]) - r["n_pre"] for r in records.values())
    if len(n_post) <= 1:
        return [Finding("ok", "IMG-03", f"post-contrast phases: {next(iter(n_post), 0)} in every patient")]
    told = ", ".join(f"{n} phases in {k} patient(s)" for n, k in sorted(n_post.items()))
    return [Finding("warning", "IMG-03", f"numbers of post-contrast phases differ: {told}")]


def _masks(study: Study, states: dict[str, PatientStatus]) -> list[Finding]:
    without = []
    for patient in study.patients:
        try:
            roi_files(study, patient)
        except RoiError:
            if states[patient].state != "quarantined":
                without.append(patient)
    if without:
        return [Finding("warning", "ROI-33", f"no mask of the chosen reader: {', '.join(without)}")]
    return [Finding("ok", "ROI-33", f"masks of reader {study.settings.imaging.roi_reader} present")]


def _second_readings(study: Study) -> list[Finding]:
    """Say how many patients have a second reading, by reader and session; nothing where nobody has."""
    records = [reading_of(mask) for patient in study.patients for mask in further_masks(study, patient)]
    counted = Counter(f"reader {r['reader']}, session {r['session']}" for r in records)
    if not counted:
        return []
    told = "; ".join(f"{name}: {n} patient(s)" for name, n in sorted(counted.items()))
    return [Finding("ok", "SIG-75", f"second readings: {told}")]


def _mask_records(study: Study) -> list[tuple[str, dict[str, Any]]]:
    """Return patient and description of every mask, of all readers."""
    return [
        (patient, load_json(mask.with_name(mask.name.replace(".nii.gz", ".json"))))
        for patient in study.patients
        for mask in sorted(study.roi_folder(patient).glob("reader-*.nii.gz"))
        if mask.with_name(mask.name.replace(".nii.gz", ".json")).is_file()
    ]


def _segment_texts(masks: list[tuple[str, dict[str, Any]]]) -> tuple[SegmentText, ...]:
    """Count the patients of each text, the most frequent first."""
    patients: dict[tuple[str, str], set[str]] = defaultdict(set)
    for patient, record in masks:
        source = record.get("source") or {}
        for text in source.get("segments", ()):
            patients[source["kind"], text].add(patient)
    ordered = sorted(patients.items(), key=lambda found: (-len(found[1]), found[0]))
    return tuple(SegmentText(kind, text, len(keys)) for (kind, text), keys in ordered)


def _doubtful(masks: list[tuple[str, dict[str, Any]]]) -> list[Finding]:
    """Return what is noted of segments that do not call themselves a lesion, with the patients."""
    patients: dict[str, list[str]] = defaultdict(list)
    for patient, record in masks:
        for note in record.get("notes", ()):
            if note.startswith("ROI-37 ") and patient not in patients[note]:
                patients[note].append(patient)
    return [
        Finding("warning", "ROI-37", f"{note.removeprefix('ROI-37 ')}: {', '.join(keys)}")
        for note, keys in sorted(patients.items())
    ]


def _outcome(study: Study, states: dict[str, PatientStatus]) -> Finding:
    table = load_participants(study)
    usable = [p for p, s in states.items() if s.state in ("done", "waiting") and p in table.index]
    stils = table.loc[usable, "stils"].dropna()
    n_high = int((stils >= study.settings.split.til_threshold_percent).sum())
    text = f"sTIL known for {len(stils)} patient(s): {n_high} high, {len(stils) - n_high} low"
    if len(stils) == 0:
        return Finding(
            "warning", "TAB-59", "no sTIL percentages: features can be extracted, but no signature fitted"
        )
    if min(n_high, len(stils) - n_high) < 2 * MIN_PER_CLASS:
        return Finding("warning", "TAB-60", f"{text}: too few of one class to fit a signature")
    return Finding("ok", "TAB-60", text)


def _sites(study: Study, states: dict[str, PatientStatus]) -> list[Finding]:
    """Look at the sites of all patients, and at the classes of those that can go on."""
    from tilscope.signature import til_level

    usable = [p for p, s in states.items() if s.state in ("done", "waiting")]
    stils = load_participants(study)["stils"].reindex(usable)
    levels = til_level(stils, study.settings.split.til_threshold_percent).dropna()
    return [Finding(light, "SIG-74", text) for light, text in site_findings(study, tuple(states), levels)]


def _expression(study: Study) -> Finding:
    if not study.expression_file.is_file():
        return Finding("ok", "TAB-57", "no expression matrix: the biology of the score will be left out")
    try:
        known, notes, told = _expression_told(study)
    except TilscopeError as fault:
        return Finding(
            "warning",
            fault.rule,
            f"the expression matrix cannot be used: {fault.message}; {fault.remedy or ''}",
        )
    n_sets = len(study.gene_set_files)
    light: Light = "ok" if n_sets else "warning"
    near = [note for note in notes if note.startswith("TAB-50")]
    text = "; ".join(
        [f"expression matrix present ({told}, {known} samples of patients), {n_sets} gene-set file(s)", *near]
    )
    return Finding("warning" if near else light, "TAB-58", text)


def _expression_told(study: Study) -> tuple[int, list[str], str]:
    """Return the number of patients' samples, notes on the others, and the scale and identifiers in words."""
    from tilscope.pipeline.biology.expression_intake import known_samples, settled_expression
    from tilscope.reading import open_expression

    table = open_expression(study.expression_file)
    known, notes = known_samples(table.samples, {str(k): str(k) for k in load_participants(study).index})
    matrix = settled_expression(study, table.only(known))
    told = "; ".join(matrix.decisions[name] for name in ("scale", "identifiers"))
    return len(known), notes, told


def _disk(study: Study, n_patients: int) -> Finding:
    free_mib = shutil.disk_usage(study.root).free / 2**20
    needed = MIB_PER_PATIENT * max(n_patients, 1)
    light: Light = "ok" if free_mib > needed else "warning"
    return Finding(light, "RUN-73", f"{free_mib / 1024:.0f} GiB free, about {needed / 1024:.1f} GiB needed")

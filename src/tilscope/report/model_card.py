"""The model card of a frozen signature: what it is, whom it may serve, and what is not known about it.

The parts follow Mitchell et al., Model Cards for Model Reporting, 2019 (arXiv:1810.03993).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tilscope.report.content import Content
from tilscope.report.feature_words import words_of
from tilscope.report.performances import Performance
from tilscope.report.tables import Table, table
from tilscope.report.wording import NONE, auc_in_words, fixed, interval, number
from tilscope.signature import Signature, SignatureFeature
from tilscope.statistics import ConfusionMatrix, Proportion
from tilscope.vocabulary.features import feature_parts

FEW_VALIDATION = 100  # of each class: Collins et al., Stat Med 2016;35:214
FEW_PER_FEATURE = 10  # patients of the rarer class for each feature


@dataclass(frozen=True, slots=True)
class CardPart:
    """One part of the card.

    Attributes
    ----------
    heading : str
    sentences : tuple of str
        Each a paragraph or an item of its own.
    table : Table or None
    """

    heading: str
    sentences: tuple[str, ...] = ()
    table: Table | None = None


def model_card(content: Content, equation: str) -> tuple[CardPart, ...]:
    """Return the parts of the card, in their order; none without a signature, nor beside an external validation.

    Parameters
    ----------
    content : Content
        Results of the study.
    equation : str
        The score's equation, in which X1, X2 and so on are the features.
    """
    signature = content.signature
    if signature is None or content.external is not None:
        return ()
    return (
        CardPart("The model", tuple(_model(content, signature, equation))),
        CardPart("Features", (), _features(signature)),
        CardPart("Intended use", tuple(_intended(signature))),
        CardPart("Out of scope", tuple(_out_of_scope(signature))),
        CardPart("Training patients", tuple(_training(content, signature))),
        CardPart("Performance", tuple(_verdict(content)), _performance(content.performance)),
        CardPart("Known limits", tuple(_limits(content, signature))),
        CardPart("Versions", tuple(_versions(content, signature))),
    )


def _class(signature: Signature) -> str:
    threshold = signature.cohort.til_threshold_percent
    limit = f" (stromal TILs of {number(threshold)} % or more)" if threshold is not None else ""
    return f"{signature.positive} TILs{limit}"


def _model(content: Content, signature: Signature, equation: str) -> Iterator[str]:
    yield (
        f"{signature.name}: a logistic score p of {_counted(len(signature.features), 'radiomic feature')} of breast "
        f"DCE-MRI, read as the probability of {_class(signature)}."
    )
    yield f"{equation}; X1, X2 and so on are the features below, in their order."
    if signature.cutoff is not None:
        yield f"Cut-off, frozen in training: {fixed(signature.cutoff, 4)} ({signature.positive} from it on)."
    selection = signature.selection
    if selection is not None:
        yield (
            f"The features were selected from {selection.n_usable:,} usable of {selection.n_candidates:,} by an "
            f"elastic net (alpha {number(selection.alpha)}, penalty {number(selection.penalty)}, {selection.rule}, "
            f"{selection.n_folds} folds)."
        )


def _features(signature: Signature) -> Table | None:
    if not signature.features:
        return None
    rows = [
        (
            f"X{i}",
            feature.name,
            in_words(feature),
            "higher score" if feature.coefficient > 0 else "lower score",
            _range(feature),
        )
        for i, feature in enumerate(signature.features, start=1)
    ]
    headings = ("Term", "Feature", "What it measures", "A higher value gives a", "Range in training")
    return table("The features in plain words", headings, rows, can_sort=False)


def in_words(feature: SignatureFeature) -> str:
    """Return what a feature measures as a phrase with a capital; a dash where its name is not one of ours."""
    parts = feature_parts(feature.name)
    if parts is None:
        return NONE
    words = words_of(parts)
    return words[0].upper() + words[1:]


def _range(feature: SignatureFeature) -> str:
    if feature.training_min is None or feature.training_max is None:
        return "unknown"
    return f"{number(feature.training_min, 4)} to {number(feature.training_max, 4)}"


def _intended(signature: Signature) -> Iterator[str]:
    yield (
        f"Research: to study how lesions with {signature.positive} and {signature.negative} TILs differ on MRI, and to "
        "be tested in other cohorts. It scores patients of a study; it does not replace the pathologist's reading."
    )
    yield (
        "For patients like those of training, with the whole lesion outlined and features extracted with the settings "
        "below (tilscope score refuses others). Subtype, stage and treatment of the training patients are not part "
        "of the signature: whoever hands it on must state them."
    )


def _out_of_scope(signature: Signature) -> Iterator[str]:
    yield "Decisions about single patients: it is no medical device, and no trial has tested what follows from it."
    yield "Other tumours, other sequences, patients treated otherwise before imaging, outlines of a part of the lesion."
    yield "Values beyond the training range: tilscope score marks such patients; no training patient backs them."
    if (
        signature.cohort.sites
        and signature.unknown_sites == "refuse"
        and any(f.sites for f in signature.features)
    ):
        yield "Scanners or centres that were not harmonised in training: their patients are refused."


def _training(content: Content, signature: Signature) -> Iterator[str]:
    cohort = signature.cohort
    share = (
        f" ({cohort.n_positive / cohort.n_training:.0%} {signature.positive})" if cohort.n_training else ""
    )
    yield (
        f"{_counted(cohort.n_training, 'patient')}: {cohort.n_positive} {signature.positive}, {cohort.n_negative} "
        f"{signature.negative} TILs{share}. p holds where this share is alike; elsewhere it must be recalibrated."
    )
    others = {role: n for role, n in cohort.roles.items() if role != "training" and n}
    if others:
        yield "Not trained on: " + ", ".join(f"{n} {role}" for role, n in others.items()) + "."
    if cohort.sites:
        yield "Sites or scanners: " + ", ".join(f"{name} ({n})" for name, n in cohort.sites.items()) + "."
    else:
        yield "Sites and scanners were not recorded with the signature."
    age = _age(content)
    yield age or "Ages are not known."


def _age(content: Content) -> str | None:
    """Return the ages of the training patients, where the clinical table has a column of this name."""
    participants, scores = content.participants, content.scores
    if participants is None or scores is None or "age" not in participants:
        return None
    keys = scores.index[scores["role"] == "training"].intersection(participants.index)
    ages = participants.loc[keys, "age"]
    ages = ages[ages.notna()] if ages.dtype.kind in "if" else ages.iloc[:0]
    if ages.empty:
        return None
    low, middle, high = (float(ages.quantile(q)) for q in (0.25, 0.5, 0.75))
    return (
        f"Age: median {number(middle)}, quartiles {number(low)} and {number(high)} years; known of {len(ages)} of "
        f"{len(keys)}."
    )


def _verdict(content: Content) -> Iterator[str]:
    if content.honesty is not None:
        yield str(content.honesty["verdict"]["headline"])
    if not content.performance:
        yield "The signature has not been evaluated."
    elif all(row.role == "training" for row in content.performance):
        yield "There is no validation: what training shows of itself is apparent."


def _performance(rows: Sequence[Performance]) -> Table | None:
    if not rows:
        return None
    lines = []
    for row in rows:
        matrix = ConfusionMatrix(row.tp, row.fn, row.fp, row.tn, row.positive, row.negative, row.confidence)
        found = row.calibration
        slope = None if found is None else found.slope
        lines.append(
            (
                row.role.capitalize() + (" (apparent)" if row.role == "training" else ""),
                f"{row.n_positive} {row.positive}, {row.n_negative} {row.negative}",
                auc_in_words(row).removeprefix("AUC "),
                _share(matrix.sensitivity),
                _share(matrix.specificity),
                NONE if slope is None else f"{fixed(slope.value)} ({_to(slope.ci_low, slope.ci_high)})",
            )
        )
    headings = ("Patients", "Number", "AUC", "Sensitivity", "Specificity", "Calibration slope")
    level = f"{rows[0].confidence:.0%}"
    caption = f"In brackets {level} intervals; sensitivity and specificity at the frozen cut-off"
    return table(caption, headings, lines, can_sort=False)


def _share(found: Proportion) -> str:
    return f"{fixed(found.value)} ({_to(found.ci_low, found.ci_high)})"


def _to(low: float, high: float) -> str:
    return "no interval" if low != low or high != high else interval(low, high).replace("–", " to ")  # noqa: PLR0124


def _limits(content: Content, signature: Signature) -> Iterator[str]:
    """Yield what is not known or known to be weak, found in the results themselves."""
    rarer, n = min(signature.cohort.n_positive, signature.cohort.n_negative), len(signature.features)
    if n and rarer / n < FEW_PER_FEATURE:
        yield (
            f"{rarer} training patients of the rarer class for {_counted(n, 'feature')}, chosen from many more: expect "
            "less in new patients than here."
        )
    validation = content.performance_of("validation")
    if validation is None:
        yield "Nobody was set aside for validation."
    elif min(validation.n_positive, validation.n_negative) < FEW_VALIDATION:
        yield (
            f"Validated on {validation.n_positive} and {validation.n_negative} patients of the two classes; for firm "
            f"numbers some {FEW_VALIDATION} of each are wanted (Collins 2016)."
        )
    if content.performance_of("external") is None:
        yield "No external validation is part of this study's results."
    if content.agreement is None or not content.agreement["designs"]:
        yield "No lesion was outlined twice: how far the score depends on who draws is not known."
    if content.honesty is None:
        yield "How much of the result is luck was not looked at."
    yield from (f"{warning.rstrip('.')}." for warning in signature.warnings)


def _versions(content: Content, signature: Signature) -> Iterator[str]:
    yield f"SHA-256 of the signature: {signature.sha256}"
    if signature.settings_hash:
        yield f"Features of the settings: {signature.settings_hash}"
    if signature.software:
        yield (
            "Fitted with " + ", ".join(f"{name} {v}" for name, v in sorted(signature.software.items())) + "."
        )
    if "tilscope" in content.provenance.get("versions", {}):
        yield f"Card written from the results of tilscope {content.provenance['versions']['tilscope']}."


def _counted(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"


def as_markdown(parts: Sequence[CardPart], title: str) -> bytes:
    """Return the card as Markdown, in which nothing of the study's texts is markup."""
    lines = [f"# Model card: {_plain(title)}", ""]
    for part in parts:
        lines += [f"## {part.heading}", ""]
        lines += [f"- {_plain(sentence)}" for sentence in part.sentences] + [""] * bool(part.sentences)
        if part.table is not None:
            lines += [f"{_plain(part.table.caption)}.", ""]
            lines += [_row(part.table.columns), _row(["---"] * len(part.table.columns))]
            lines += [_row([_plain(cell.text) for cell in row]) for row in part.table.rows] + [""]
    return ("\n".join(lines).rstrip() + "\n").encode()


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _plain(text: str) -> str:
    """Return a text on one line, with every character that Markdown or HTML takes for markup made harmless."""
    text = " ".join(text.split()).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"\\{letter}" if letter in "\\*_[]|#!~" else letter for letter in text)

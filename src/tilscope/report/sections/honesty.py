"""How much of the result is luck, side by side: one split, many splits, nested, permuted, simple models, controls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tilscope.report.content import Content
from tilscope.report.sections.section import Missing, Section, missing_result
from tilscope.report.tables import Table, table
from tilscope.report.wording import CONTROL_NAMES, SIMPLE_NAMES, fixed, interval, p_value

N_SHOWN = 15


def view(content: Content) -> Mapping[str, Any] | Missing | None:
    """Return the verdict, the numbers side by side, the simple models and controls, and what was left out."""
    panel = content.honesty
    if panel is None:
        return _missing(content)
    return {
        "verdict": panel["verdict"],
        "side_by_side": table(
            "The same procedure, looked at in different ways",
            ("How it was looked at", "AUC", "Interval or range", "What that is", "Done"),
            tuple(_side_by_side(panel)),
            can_sort=False,
        ),
        "models": _models(panel),
        "compared": _compared(panel),
        "selection": _selection(panel),
        "n_empty": panel["splits"]["n_empty"],
        "n_splits": panel["splits"]["validation"]["n"],
        "left_out": sorted(panel["clinical_left_out"].items()),
        "without": tuple(_without(panel)),
        "failures": panel["failures"],
    }


def _missing(content: Content) -> Missing | None:
    if content.signature is None and content.missing_step("honesty") is None:
        return None
    return missing_result(
        content, "honesty", "How much of the result is luck has not been looked at.", "tilscope run STUDY"
    )


def _side_by_side(panel: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    single, splits = panel["single"], panel["splits"]["validation"]
    yield (
        "This study's own split",
        fixed(single["auc"]),
        interval(single["ci_low"], single["ci_high"]),
        "95% CI of the validation AUC" + _place(single.get("share_of_splits_below")),
        f"once, {single['n_positive'] + single['n_negative']} patients",
    )
    yield (
        "Random splits",
        fixed(splits["mean"]),
        interval(splits["q025"], splits["q975"]),
        f"mean; 2.5 to 97.5 %; all within {interval(splits['min'], splits['max'])}",
        f"{splits['n']:.0f} splits",
    )
    nested = panel["nested"]
    if nested is not None:
        repeats = nested["repeats"]
        between = "" if nested["spread"] is None else f"; sd between repeats {fixed(nested['spread'])}"
        yield (
            "Nested cross-validation",
            fixed(nested["auc"]),
            interval(nested["ci_low"], nested["ci_high"]),
            f"95% CI, pairs within folds{between}",
            f"{len(repeats)} x {nested['n_folds']} folds",
        )
        pooled = [repeat["pooled_auc"] for repeat in repeats if repeat["pooled_auc"] is not None]
        if pooled:
            yield (
                "Nested, folds pooled",
                fixed(sum(pooled) / len(pooled)),
                interval(repeats[0]["pooled_ci_low"], repeats[0]["pooled_ci_high"]),
                "95% CI (DeLong, logit) of the first repeat",
                f"{len(repeats)} x {nested['n_folds']} folds",
            )
    permutation = panel["permutation"]
    if permutation is not None:
        n = len(permutation["permuted"])
        yield (
            "Permuted classes",
            fixed(permutation["mean"]),
            f"sd {fixed(permutation['sd'])}",
            f"true classes {fixed(permutation['observed'])}, p = {p_value(permutation['p_value'])}",
            f"{n} x {permutation['n_folds']} folds",
        )


def _place(share: float | None) -> str:
    """Say where the study's own split lies among the random ones."""
    return "" if share is None else f"; {share:.0%} of the random splits are lower"


def _models(panel: Mapping[str, Any]) -> Table:
    """Return every model and control over the random splits."""
    splits = panel["splits"]["validation"]
    rows = [("Signature", *_range(splits), "")]
    rows += [
        (SIMPLE_NAMES.get(name, name), *_range(row["splits"]), fixed(splits["mean"]))
        for name, row in panel["baselines"].items()
    ]
    rows += [
        (
            f"Control: {CONTROL_NAMES.get(name, name)}",
            *_range(row["splits"]),
            fixed(row["signature"]["mean"]),
        )
        for name, row in panel["controls"].items()
        if row["splits"]["n"]
    ]
    return table(
        "Validation AUC over random splits",
        ("Model", "Mean", "2.5 to 97.5 %", "Splits", "Signature on these splits"),
        rows,
        can_sort=False,
    )


def _range(summary: Mapping[str, Any]) -> tuple[str, str, str]:
    return fixed(summary["mean"]), interval(summary["q025"], summary["q975"]), f"{summary['n']:.0f}"


def _compared(panel: Mapping[str, Any]) -> Table | None:
    """Return the paired tests of the signature against the simple models on the study's own validation set."""
    rows = [
        (
            SIMPLE_NAMES.get(name, name),
            row["how"],
            ", ".join(row["columns"]),
            f"{fixed(row['auc'])} ({interval(row['ci_low'], row['ci_high'])})",
            f"{fixed(row['difference'])} ({interval(row['difference_low'], row['difference_high'])})",
            p_value(row["p_value"]),
        )
        for name, row in panel["baselines"].items()
    ]
    if not rows:
        return None
    return table(
        "The signature against simple models on this study's validation patients (paired DeLong test)",
        ("Model", "Fitted by", "Predictors", "AUC (95% CI)", "Signature minus model (95% CI)", "p"),
        rows,
        can_sort=False,
    )


def _selection(panel: Mapping[str, Any]) -> Table | None:
    rows = [
        (row["feature"], f"{row['share']:.0%}", "yes" if row["is_in_signature"] else "")
        for row in panel["selection"]
        if row["share"] > 0 or row["is_in_signature"]
    ]
    if not rows:
        return None
    own = [row for row in rows[N_SHOWN:] if row[2]]
    caption = "How often a feature was selected over the random splits"
    return table(caption, ("Feature", "Share of splits", "In the signature"), [*rows[:N_SHOWN], *own])


def _without(panel: Mapping[str, Any]) -> Iterator[str]:
    """Yield which controls are missing for whom, and how often patients of small sites had to stay out."""
    out = panel["splits"].get("n_left_out") or {"n": 0}
    if out["n"]:
        yield (
            f"In {out['n']} of {panel['splits']['validation']['n']:.0f} random splits patients were left out (at most "
            f"{out['most']}): their site had too few training patients in that split to be harmonised."
        )
    for name, row in panel["controls"].items():
        if row["n_without"]:
            yield (
                f"{row['n_without']} of {row['n_patients'] + row['n_without']} patients have no features with "
                f"{CONTROL_NAMES.get(name, name)}: they take no part in that control."
            )


def repeated(content: Content) -> str:
    """Return the sentence of the Methods on what was repeated; empty where nothing was."""
    panel = content.honesty
    if panel is None:
        return ""
    parts = [f"in {panel['splits']['validation']['n']:.0f} random splits"]
    nested, permutation = panel["nested"], panel["permutation"]
    if nested is not None:
        parts.append(f"in {len(nested['repeats'])} times {nested['n_folds']}-fold nested cross-validation")
    if permutation is not None:
        n, k = len(permutation["permuted"]), permutation["n_folds"]
        parts.append(
            f"in {k}-fold cross-validation under {n} permutations of the classes (one-sided p with the observed "
            "counted) [@phipson2010]"
        )
    controls = [CONTROL_NAMES.get(name, name) for name in panel["controls"]]
    told = (
        f" As negative controls, features were taken with {' and with '.join(controls)}." if controls else ""
    )
    return f" The whole fit was repeated {', '.join(parts)}.{told}"


def _badge(content: Content) -> str | None:
    words = {"good": "signal", "unsure": "open", "bad": "no signal"}
    return None if content.honesty is None else words.get(content.honesty["verdict"]["light"])


HONESTY = Section("honesty", "How much is luck", view, badge=_badge)

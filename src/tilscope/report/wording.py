"""Numbers and claims in words: the same rule everywhere in the report."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from tilscope.report.performances import Performance

DASH = "–"
NONE = "—"
WIDE_INTERVAL = 0.25
OPTIMISM = 0.10
SIMPLE_NAMES = {"volume": "Volume alone", "clinical": "Clinical table alone"}
CONTROL_NAMES = {"shuffled": "voxels shuffled", "moved": "the region moved"}
SET_SCORE_NAMES = {"ssgsea": "ssGSEA", "gsva": "GSVA"}
INTERVALS = {"logit": "DeLong's variance, on the logit of the AUC", "delong": "DeLong's variance, on the AUC"}

# From where an effect counts as small, modest and large: Cohen 1988; for r, the probabilities .56, .64 and .71 of
# Vargha & Delaney 2000.
EFFECT_LIMITS = {
    "Cohen's d": (0.2, 0.5, 0.8),
    "rank-biserial r": (0.12, 0.28, 0.42),
    "Spearman rho": (0.1, 0.3, 0.5),
}
EFFECT_WORDS = ("negligible", "small", "modest", "large")


def number(value: object, digits: int = 3) -> str:
    """Return a number with significant digits; a dash for a missing one."""
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return NONE
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if float(value).is_integer() and abs(value) < 1e6:
        return f"{int(value)}"
    text = f"{value:.{digits}g}"
    if "e" in text:
        mantissa, exponent = text.split("e")
        return f"{mantissa} × 10{_superscript(int(exponent))}".replace("-", "−")
    return text.replace("-", "−")


def fixed(value: float | None, decimals: int = 3) -> str:
    """Return a number with fixed decimals; a dash for a missing one."""
    if value is None or not math.isfinite(value):
        return NONE
    return f"{value:.{decimals}f}".replace("-", "−")


def percent(value: float | None) -> str:
    """Return a share as a whole percentage; a dash for a missing one."""
    return NONE if value is None or not math.isfinite(value) else f"{100.0 * value:.0f} %"


def p_value(value: float | None) -> str:
    """Return a p value as journals print it."""
    if value is None or not math.isfinite(value):
        return NONE
    return "< .001" if value < 0.001 else f"{value:.3f}".lstrip("0") if value < 1 else "1"


def p_with_sign(value: float | None) -> str:
    """Return ``= .031`` or ``< .001``, to follow the letter p."""
    told = p_value(value)
    return told if told.startswith("<") else f"= {told}"


def effect_in_words(effect: str, value: float | None) -> str:
    """Return ``negligible``, ``small``, ``modest`` or ``large``, whatever the sign; nothing for a missing value."""
    if value is None or not math.isfinite(value):
        return ""
    return EFFECT_WORDS[sum(abs(value) >= limit for limit in EFFECT_LIMITS[effect])]


def interval(low: float | None, high: float | None, decimals: int = 3) -> str:
    """Return ``low–high``, ``low to high`` where a dash would meet a minus; words where there is none."""
    if low is None or high is None:
        return "no interval"
    return f"{fixed(low, decimals)}{' to ' if min(low, high) < 0 else DASH}{fixed(high, decimals)}"


def reason(
    message: str | None, found: str | None = None, expected: str | None = None, file: str | None = None
) -> str:
    """Return why something stopped, as one sentence."""
    details = [f"{word} {value}" for word, value in (("found", found), ("expected", expected)) if value]
    named = f"{file}: " if file else ""
    return f"{named}{message or 'no reason given'}{': ' if details else ''}{', '.join(details)}."


def auc_in_words(row: Performance) -> str:
    """Return ``AUC .790 (95 % CI .638–.943)``."""
    if row.auc is None:
        return f"AUC not defined ({row.reason or 'a class is empty'})"
    if row.ci_low is None or row.ci_high is None:
        return f"AUC {fixed(row.auc)} ({row.reason or 'no interval'})"
    return f"AUC {fixed(row.auc)} ({row.confidence:.0%} CI {interval(row.ci_low, row.ci_high)})"


def interval_in_words(kind: str) -> str:
    """Return what an interval of an AUC is, in words."""
    return INTERVALS.get(kind, kind)


def verdict(validation: Performance | None) -> tuple[str, str]:
    """Return (light, sentence): what the validation patients support. Light: good, unsure, bad or none."""
    if validation is None or validation.auc is None:
        return "none", "There is no validation result, so nothing can be said about new patients."
    if validation.ci_low is None or validation.ci_high is None:
        return "unsure", "The validation AUC has no interval, so it cannot be told from chance."
    if validation.ci_low > 0.5:
        return "good", (
            "In patients who took no part in fitting, the score tells "
            f"{validation.positive} from {validation.negative} TILs better than chance"
            + (", but how well remains uncertain: the interval is wide." if _is_wide(validation) else ".")
        )
    if validation.ci_high < 0.5:
        return (
            "bad",
            "In the validation patients the score points the wrong way (the whole interval is below .5).",
        )
    return "unsure", (
        "The validation patients do not show that the score is better than chance: the interval includes .5."
    )


def panel_verdict(panel: Mapping[str, Any]) -> tuple[str, str]:
    """Return (light, sentences) of the honesty panel, which weighs more than one split."""
    found = panel["verdict"]
    return str(found["light"]), " ".join((found["headline"], *found["sentences"]))


def _is_wide(row: Performance) -> bool:
    return row.ci_low is not None and row.ci_high is not None and row.ci_high - row.ci_low > WIDE_INTERVAL


def _superscript(exponent: int) -> str:
    return str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))

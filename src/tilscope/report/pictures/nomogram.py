"""The record of the nomogram, from the frozen signature."""

from __future__ import annotations

from tilscope.figures import NomogramAxis, NomogramPicture
from tilscope.report.content import Content
from tilscope.report.wording import number
from tilscope.signature.nomogram import FeatureAxis, nomogram, round_values

POINTS = tuple(float(k) for k in range(0, 101, 10))


def nomogram_picture(content: Content) -> NomogramPicture | None:
    """Return the signature's nomogram; None where it has none (the section says why)."""
    signature = content.signature
    found = None if signature is None else nomogram(signature)
    if signature is None or found is None:
        return None
    return NomogramPicture(
        points=_scale("Points", POINTS[-1], POINTS),
        features=tuple(map(_feature, found.axes)),
        total=_scale("Sum of points", found.total, round_values(0.0, found.total, 11)),
        score=NomogramAxis(
            "Rad-TILs score",
            (0.0, found.total),
            _ordered([(f"{score:g}", place) for score, place in found.scores], middle=0.5)
            or ((f"{found.score_low:.3g}", 0.0), (f"{found.score_high:.3g}", found.total)),
        ),
        cutoff=found.cutoff,
        positive=signature.positive,
        n_training=signature.cohort.n_training,
        is_harmonised=any(feature.sites for feature in signature.features),
    )


def _scale(name: str, end: float, ticks: tuple[float, ...]) -> NomogramAxis:
    return NomogramAxis(name, (0.0, end), tuple((f"{value:g}", value) for value in ticks))


def _feature(axis: FeatureAxis) -> NomogramAxis:
    """Return an axis on the scale of the points; its ends are named where it has too few round values."""
    given = axis.ticks if len(axis.ticks) > 1 else (axis.low, axis.high)
    texts = _written([value for value, _ in given])
    ticks = [(text, points) for text, (_, points) in zip(texts, given, strict=True)]
    first, last = sorted((axis.low[1], axis.high[1]))
    return NomogramAxis(axis.name, (first, last), (ticks[0], ticks[-1], *ticks[1:-1]))


def _written(values: list[float]) -> list[str]:
    """Return numbers with as many digits as tell them apart to a hundredth of their distance."""
    near = abs(values[1] - values[0]) / 100.0
    digits = next((d for d in range(1, 16) if all(abs(float(f"{v:.{d}g}") - v) <= near for v in values)), 15)
    return [
        "0"
        if abs(v) <= near
        else number(float(f"{v:.{digits}g}"), max(4, digits)).replace("-", "\N{MINUS SIGN}")
        for v in values
    ]


def _ordered(ticks: list[tuple[str, float]], *, middle: float) -> tuple[tuple[str, float], ...]:
    """Return the ticks from the middle of the scores outwards, which is the order of who may stand."""
    return tuple(sorted(ticks, key=lambda tick: abs(float(tick[0]) - middle)))

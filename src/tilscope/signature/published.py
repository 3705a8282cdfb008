"""Signatures from the literature, as examples to read and audit; each says why it does not travel."""

from __future__ import annotations

from tilscope.signature.parts import CohortSummary, SignatureFeature
from tilscope.signature.record import Signature
from tilscope.vocabulary import SignatureError

SU2022 = Signature(
    name="su2022",
    features=(
        SignatureFeature(name="phase1_wavelet-LLL_firstorder_Skewness", coefficient=-0.6522518),
        SignatureFeature(name="skewness_wavelet-LLL_glcm_Idmn", coefficient=-0.9434133),
        SignatureFeature(name="skewness_original_glszm_LowGrayLevelZoneEmphasis", coefficient=-1.5792121),
    ),
    intercept=0.9123828,
    cutoff=None,
    origin="published",
    cohort=CohortSummary(
        n_training=98,
        n_positive=56,
        n_negative=42,
        til_threshold_percent=20.0,
        roles={"training": 98, "validation": 41},
        description="Su G-H et al., J Transl Med 2022;20:471: triple-negative breast cancer, high TILs = sTIL >= 20 %",
    ),
    warnings=(
        "The scale of the features is not stated; the intercept implies that they were not standardised.",
        "The cut-off (median training score) was not published.",
        "Preprocessing settings are incomplete in the paper: do not use on other images.",
    ),
)

PUBLISHED = (SU2022,)


def published_signature(name: str) -> Signature:
    """Return a signature of the literature by name.

    Raises
    ------
    SignatureError
        ``SIG-67`` for an unknown name.
    """
    for signature in PUBLISHED:
        if signature.name == name:
            return signature
    raise SignatureError(
        "SIG-67",
        "no such published signature",
        found=name,
        expected=", ".join(signature.name for signature in PUBLISHED),
    )

"""The scale of a matrix: told where the values tell it, asked for where they do not."""

import numpy as np
import pytest

from tilscope.reading.expression_scale import told_scale
from tilscope.vocabulary import ExpressionError

N_GENES, N_SAMPLES = 2000, 6


@pytest.fixture
def reads(rng):
    """Negative binomial counts of three million reads a sample and more."""
    means = rng.lognormal(5, 2, (N_GENES, 1))
    return rng.poisson(means * rng.gamma(4, 0.25, (N_GENES, N_SAMPLES))).astype(float)


def scale_of(values, asked="auto"):
    return told_scale(values, asked, "e.tsv")


def test_counts(reads):
    scale, evidence, notes = scale_of(reads)
    assert (scale, notes) == ("counts", ())
    assert "100.0% of the values above 0 are whole" in evidence


def test_expected_counts_have_decimals_in_some_genes(reads, rng):
    reads[rng.random(reads.shape) < 0.3] += 0.37
    scale, _, notes = scale_of(reads)
    assert scale == "counts"
    assert "expected counts" in notes[0]


def test_tpm(reads, rng):
    rates = reads / rng.uniform(500, 5000, (N_GENES, 1))
    scale, evidence, notes = scale_of(rates / rates.sum(axis=0) * 1e6)
    assert scale == "linear"
    assert evidence.startswith("TPM or counts per million")
    assert "not on a log scale" in notes[0]


def test_fpkm(reads, rng):
    fpkm = reads / rng.uniform(0.5, 5, (N_GENES, 1)) / reads.sum(axis=0) * 1e6
    assert scale_of(fpkm)[0] == "linear"


def test_log2_and_ratios(reads):
    log2 = np.log2(reads + 1)
    assert scale_of(log2)[0] == "log2"
    assert scale_of(log2 - np.median(log2, axis=1, keepdims=True))[0] == "ratio"


def test_z_scores_are_told(reads):
    log2 = np.log2(reads[reads.min(axis=1) > 0] + 1)
    z = (log2 - log2.mean(axis=1, keepdims=True)) / log2.std(axis=1, ddof=1, keepdims=True)
    scale, _, notes = scale_of(z)
    assert scale == "ratio"
    assert "standard deviations" in notes[0]


def unclear(reads):
    tpm = reads / reads.sum(axis=0) * 1e6
    few = np.minimum(reads, 20)
    zeros = np.where(np.arange(N_GENES)[:, None] % 2, 0.0, tpm)
    return {
        "rounded TPM": np.round(tpm),
        "few reads": few,
        "normalised counts": reads * np.linspace(0.91, 1.13, N_SAMPLES) * 3.1,
        "log2 of zeros plus .001": np.log2(zeros + 0.001),
        "up to 40": few * 2 + 0.1,
    }


@pytest.mark.parametrize(
    "what", ["rounded TPM", "few reads", "normalised counts", "log2 of zeros plus .001", "up to 40"]
)
def test_where_the_values_do_not_tell_the_user_is_asked(reads, what):
    values = unclear(reads)[what]
    with pytest.raises(ExpressionError, match=r"TAB-56.*cannot be told.*scale = "):
        scale_of(values)
    told = "log2" if values.min() < 0 else "linear"
    assert scale_of(values, told)[0] == told


def test_what_cannot_be_is_refused_even_if_asked_for(reads):
    with pytest.raises(ExpressionError, match="too large"):
        scale_of(reads, "log2")
    with pytest.raises(ExpressionError, match="negative"):
        scale_of(reads - 1e4, "counts")

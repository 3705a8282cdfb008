"""Write ``features.md`` from the feature families themselves. Run after a change of a family."""

from __future__ import annotations

from pathlib import Path

from tilscope.radiomics import FAMILIES, Family, series_feature_names
from tilscope.vocabulary import TIME_MOMENTS

PAGE = Path(__file__).with_name("features.md")
N_PHASES = 4

HEAD = """\
# Features

Written by `docs/make_features.py` from the code. Names and values are PyRadiomics' (van Griethuysen 2017);
where IBSI defines a feature otherwise is told [here](ibsi.md). {n_total:,} features for {n_phases}
post-contrast phases: {n_shape} of shape; {n_image} of each of 9 images (original and eight wavelet sub-bands)
in each phase; and {n_moments} moments of each of these over the phases.

## The order of the columns

1. `shape_<Feature>`, once: the ROI is the same in all phases;
2. `phase1_...`, `phase2_...` and so on, in order of time after the contrast; in each phase image by image
   (`original`, `wavelet-LLH`, `wavelet-LHL`, `wavelet-LHH`, `wavelet-HLL`, `wavelet-HLH`, `wavelet-HHL`,
   `wavelet-HHH`, `wavelet-LLL`, then the [filters](method.md#image-types) that are asked for), in each image
   family by family, in each family name by name, as below;
3. `{moments}` of the same features over the phases, each in the same order.

`tilscope extract` of one image gives `original_shape_<Feature>` and the images without a phase.

**Moments over the phases** are divided by N (`radiomics.moments = "population"`): variance m2, kurtosis m4 /
m2² (3 for a normal distribution), skewness m3 / m2^1.5, which of four numbers lies within ±1.1547. `"sample"`
corrects their bias and needs four phases (skewness within ±2). A feature that is equal in all phases, up to
1e-10 of its size, has variance, kurtosis and skewness 0 (`radiomics.constant_over_time = "zero"`), or kurtosis
and skewness missing (`"missing"`).

**Special values.** A flat ROI is refused (`ROI-36`). An image with one grey level gives Correlation, MCC and Id
1, Imc 0, Coarseness 1,000,000, Contrast, Busyness, Complexity and Strength 0, and is named in a note (`ROI-36`,
as with two levels). An ROI one slice thick has no 3-D shape (missing, `ROI-35`). Voxels without any neighbour
in the ROI have no texture (`ROI-34`). A direction without a pair or a line of voxels is left out of the mean
over directions; without any, the feature is missing.
"""


def page() -> str:
    """Return the whole page."""
    usual = [f for f in FAMILIES if f.name != "shape2D"]
    of_image = sum(len(f.feature_names) for f in usual if f.scope == "image")
    head = HEAD.format(
        n_total=len(series_feature_names(N_PHASES)),
        n_phases=N_PHASES,
        n_shape=len(usual[0].feature_names),
        n_image=of_image,
        n_moments=len(TIME_MOMENTS),
        moments="_...`, `".join(TIME_MOMENTS) + "_...",
    )
    return head + "".join(_section(family) for family in FAMILIES)


def _section(family: Family) -> str:
    rows = "".join(
        f"| `{f.name}` | {f.definition}{' *By name only: it repeats others.*' if f.by_name_only else ''} |\n"
        for f in family.features
    )
    return (
        f"\n## `{family.name}` ({len(family.feature_names)})\n\n{family.description} {family.reference}.\n\n"
        f"| feature | what it is |\n|---|---|\n{rows}"
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

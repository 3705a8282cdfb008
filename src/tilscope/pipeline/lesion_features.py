"""From registered phases and a mask to features: the same for a patient's first mask and for further ones."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tilscope.pipeline.loading import WholePhases, image_files, load_bias
from tilscope.study import Study
from tilscope.vocabulary import DceSeries, Roi

if TYPE_CHECKING:
    from tilscope.preprocessing import EnhancementCurve, Scaling
    from tilscope.radiomics import Extraction


def normalise_crop(
    study: Study, patient: str, crop: DceSeries, roi: Roi
) -> tuple[DceSeries, Scaling, EnhancementCurve]:
    """Return registered phases without bias field and scaled, how they were scaled, and the lesion's curve."""
    from tilscope.preprocessing import enhancement_curve, measure_scaling

    field = load_bias(study.registered_folder(patient))
    corrected = field.correct(*crop.phases)
    whole = WholePhases(image_files(study, patient), field)
    scaling = measure_scaling(whole, corrected, roi, study.settings.normalisation, reference=crop.n_pre)
    phases = tuple(scaling.apply(k, v) for k, v in enumerate(corrected))
    after = DceSeries(phases, crop.times_s, crop.phase_key, crop.n_pre)
    return after, scaling, enhancement_curve(corrected, roi, n_pre=crop.n_pre)


def extract_lesion(study: Study, series: DceSeries, roi: Roi) -> Extraction:
    """Return the features of normalised phases."""
    from tilscope.radiomics import extract_series

    return extract_series(
        [v.array for v in series.post],
        roi.mask,
        roi.grid.spacing_mm,
        study.settings.radiomics,
        grid=roi.grid,
    )


def storable(result: Extraction) -> dict[str, float | None]:
    """Return the features as JSON holds them, None where there is no number."""
    return {name: None if math.isnan(value) else value for name, value in result.values.items()}

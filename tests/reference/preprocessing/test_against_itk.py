"""Our warp and Jacobian against SimpleITK's, and our spline basis against scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.interpolate import BSpline

from tilscope.preprocessing.bias_methods.n3 import _basis
from tilscope.preprocessing.displacement import DisplacementField
from tilscope.preprocessing.engines.simpleitk_images import to_simpleitk
from tilscope.vocabulary import Grid, Volume

SimpleITK = pytest.importorskip("SimpleITK")

OBLIQUE = ((0.36, 0.48, -0.8), (-0.8, 0.6, 0.0), (0.48, 0.64, 0.6))
START = (3, 4, 5)
# float32 intensities of about 100 and another order of summation
INTENSITY_TOLERANCE = 1e-3


@pytest.fixture
def case(rng):
    whole = Grid((24, 26, 28), (2.0, 1.5, 0.7), (-12.3, 4.56, 78.9), OBLIQUE)
    image = Volume(rng.normal(100, 10, whole.shape).astype(np.float32), whole)
    crop = whole.cropped(START, (19, 20, 21))
    index = np.stack(np.meshgrid(*[np.arange(n) for n in crop.shape], indexing="ij"), -1)
    waves = rng.uniform(0.1, 0.4, (3, 3))
    vectors = 0.9 * np.sin(index @ waves)
    return image, DisplacementField(vectors, crop, START)


def itk_field(field):
    image = SimpleITK.GetImageFromArray(field.vectors_mm, isVector=True)
    image.SetSpacing(field.grid.spacing_mm[::-1])
    image.SetOrigin(field.grid.origin_mm)
    image.SetDirection([c for row in field.grid.direction for c in row])
    return image


def test_warp_equals_itks_resampling(case):
    image, field = case
    reference = itk_field(field)
    transform = SimpleITK.DisplacementFieldTransform(SimpleITK.Image(reference))
    expected = SimpleITK.GetArrayFromImage(
        SimpleITK.Resample(to_simpleitk(image), reference, transform, SimpleITK.sitkLinear)
    )
    inner = (slice(2, -2),) * 3
    assert np.allclose(field.warp(image).array[inner], expected[inner], atol=INTENSITY_TOLERANCE)
    assert np.abs(expected[inner] - image.cropped(START, (19, 20, 21)).array[inner]).max() > 5


def test_jacobian_equals_itks(case):
    _, field = case
    # ITK's filter differentiates along the index axes, so it is given the vectors in those axes
    local = DisplacementField(
        field.vectors_mm @ np.asarray(field.grid.direction),
        Grid(field.grid.shape, field.grid.spacing_mm),
        START,
    )
    expected = SimpleITK.GetArrayFromImage(SimpleITK.DisplacementFieldJacobianDeterminant(itk_field(local)))
    inner = (slice(1, -1),) * 3
    assert np.allclose(field.jacobian()[inner], expected[inner], atol=1e-6)


def test_spline_basis_equals_scipys():
    n_cells, length = 5, 70.0
    positions = np.linspace(0, length - 1e-9, 101)
    knots = np.arange(-3, n_cells + 4) * length / n_cells
    expected = BSpline.design_matrix(positions, knots, 3).toarray()
    assert np.allclose(_basis(positions, length, n_cells), expected, atol=1e-9)

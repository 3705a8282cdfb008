"""Family shape2D: size and form of an ROI that lies in one slice, from its mask alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tilscope.radiomics.family import Family, Feature, Lesion

NAN = float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class Outline:
    """What the features share; all NaN if the lesion does not lie in one slice (ROI-49).

    Attributes
    ----------
    perimeter_mm, area_mm2 : float
        Of the outline from marching squares.
    pixel_area_mm2 : float
        Number of pixels times the area of one.
    diameter_mm : float
        Largest distance between two corners of the outline.
    axis_variances_mm2 : tuple of float
        Principal variances of the pixel centres, ascending, divided by N.
    """

    perimeter_mm: float
    area_mm2: float
    pixel_area_mm2: float
    diameter_mm: float
    axis_variances_mm2: tuple[float, float]


def outline(lesion: Lesion) -> Outline:
    """Measure what the features share.

    PyRadiomics' guard before this family lets only masks of several slices pass and its code then refuses
    them; what is meant, one slice across ``force2Ddimension``, is done here.
    """
    from scipy.spatial import ConvexHull
    from scipy.spatial.distance import pdist

    if lesion.slice_axis is None or not lesion.lies_in_slice:
        return Outline(NAN, NAN, NAN, NAN, (NAN, NAN))
    axis = "zyx".index(lesion.slice_axis)
    pixels = np.pad(lesion.mask.squeeze(axis), 1)
    spacing_mm = np.delete(np.array(lesion.spacing_mm), axis)
    perimeter, area = perimeter_and_area(pixels, spacing_mm)
    corners = _corners(pixels) * (spacing_mm / 2.0)
    return Outline(
        perimeter_mm=perimeter,
        area_mm2=area,
        pixel_area_mm2=np.count_nonzero(pixels) * float(np.prod(spacing_mm)),
        diameter_mm=float(pdist(corners[ConvexHull(corners).vertices]).max()),
        axis_variances_mm2=_axis_variances(pixels, spacing_mm),
    )


def perimeter_and_area(pixels: NDArray[np.bool_], spacing_mm: NDArray[np.float64]) -> tuple[float, float]:
    """Return the length (mm) and area (mm^2) of the outline from marching squares.

    Corners of the outline lie halfway between a pixel inside and one outside. Each square of four pixel
    centres is met by it in one of few ways, so counting these is enough. Where two pixels touch at a corner
    only, the outline runs between them.

    Parameters
    ----------
    pixels : ndarray of bool, shape (n, m)
        With a border that is False.
    spacing_mm : ndarray of float, shape (2,)

    References
    ----------
    Equal to PyRadiomics 3.1 ``cshape.c`` ``calculate_coefficients2D``.
    """
    a, b, c, d = (pixels[:-1, :-1], pixels[:-1, 1:], pixels[1:, :-1], pixels[1:, 1:])
    n_inside = np.add.reduce([corner.astype(np.int64) for corner in (a, b, c, d)])
    two = n_inside == 2
    diagonal, along_rows = two & (a == d), two & (a == b)
    n_1, n_3, n_diagonal, n_rows, n_columns, n_4 = (
        int(np.count_nonzero(squares))
        for squares in (n_inside == 1, n_inside == 3, diagonal, along_rows, two & (a == c), n_inside == 4)
    )
    height, width = (float(s) for s in spacing_mm)
    cut = float(np.hypot(height, width)) / 2.0
    perimeter = (n_1 + n_3 + 2 * n_diagonal) * cut + n_rows * width + n_columns * height
    eighths = n_1 + 2 * n_diagonal + 4 * (n_rows + n_columns) + 7 * n_3 + 8 * n_4
    return perimeter, eighths / 8.0 * height * width


def _corners(pixels: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the corners of the outline in half pixels, shape (n, 2)."""
    across_rows = np.argwhere(pixels[:-1] != pixels[1:]) * 2 + np.array([1, 0])
    across_columns = np.argwhere(pixels[:, :-1] != pixels[:, 1:]) * 2 + np.array([0, 1])
    return np.concatenate([across_rows, across_columns])


def _axis_variances(pixels: NDArray[np.bool_], spacing_mm: NDArray[np.float64]) -> tuple[float, float]:
    points = np.argwhere(pixels) * spacing_mm
    points -= points.mean(axis=0)
    minor, major = np.clip(np.linalg.eigvalsh(points.T @ points / len(points)), 0.0, None)
    return float(minor), float(major)


def elongation(outline: Outline) -> float:
    """Minor over major axis, in [0, 1]; 1 is round, 0 a line."""
    return float(np.sqrt(outline.axis_variances_mm2[0] / outline.axis_variances_mm2[1]))


def major_axis_length(outline: Outline) -> float:
    """Four standard deviations of the pixels along the longer principal axis, in mm."""
    return float(4.0 * np.sqrt(outline.axis_variances_mm2[1]))


def maximum_diameter(outline: Outline) -> float:
    """Largest distance between two corners of the outline, in mm."""
    return outline.diameter_mm


def mesh_surface(outline: Outline) -> float:
    """Area inside the outline, in mm^2."""
    return outline.area_mm2


def minor_axis_length(outline: Outline) -> float:
    """Four standard deviations of the pixels along the shorter principal axis, in mm."""
    return float(4.0 * np.sqrt(outline.axis_variances_mm2[0]))


def perimeter(outline: Outline) -> float:
    """Length of the outline, in mm."""
    return outline.perimeter_mm


def perimeter_surface_ratio(outline: Outline) -> float:
    """Length over area of the outline, in 1 / mm."""
    return outline.perimeter_mm / outline.area_mm2


def pixel_surface(outline: Outline) -> float:
    """Area as number of pixels times the area of one, in mm^2."""
    return outline.pixel_area_mm2


def spherical_disproportion(outline: Outline) -> float:
    """Length of the outline over that of the circle of equal area, at least 1; the inverse of Sphericity."""
    return 1.0 / sphericity(outline)


def sphericity(outline: Outline) -> float:
    """Circumference of the circle of equal area over the length of the outline, in (0, 1]."""
    return float(2.0 * np.sqrt(np.pi * outline.area_mm2) / outline.perimeter_mm)


SHAPE_2D = Family(
    name="shape2D",
    scope="roi",
    description="Size and form of an ROI in one slice, from marching squares and the principal axes of its pixels.",
    reference="Lorensen 1987, doi:10.1145/37402.37422; PyRadiomics 3.1 shape2D.py",
    prepare=outline,
    gather=lambda outlines: outlines[0],
    features=(
        Feature("Elongation", elongation),
        Feature("MajorAxisLength", major_axis_length),
        Feature("MaximumDiameter", maximum_diameter),
        Feature("MeshSurface", mesh_surface),
        Feature("MinorAxisLength", minor_axis_length),
        Feature("Perimeter", perimeter),
        Feature("PerimeterSurfaceRatio", perimeter_surface_ratio),
        Feature("PixelSurface", pixel_surface),
        Feature("SphericalDisproportion", spherical_disproportion, by_name_only=True),
        Feature("Sphericity", sphericity),
    ),
)

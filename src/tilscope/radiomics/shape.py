"""Shape family: the lesion's size and form from its mask alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tilscope.radiomics.family import Family, Feature, Lesion
from tilscope.radiomics.mesh import area_and_volume, mesh_vertices
from tilscope.vocabulary.volumes import Vector

NAN = float("nan")


@dataclass(frozen=True, slots=True, eq=False)
class Form:
    """What the shape features share; all NaN if the lesion is one slice thick (ROI-35).

    Attributes
    ----------
    area_mm2, volume_mm3 : float
        Of the triangle mesh.
    voxel_volume_mm3 : float
        Number of voxels times the volume of one.
    diameter_mm : float
        Largest distance between two vertices of the mesh.
    plane_diameters_mm : tuple of float
        The same within planes of constant z, y, x.
    axis_variances_mm2 : tuple of float
        Principal variances of the voxel centres, ascending, divided by N (IBSI: by N - 1).
    """

    area_mm2: float
    volume_mm3: float
    voxel_volume_mm3: float
    diameter_mm: float
    plane_diameters_mm: Vector
    axis_variances_mm2: Vector


def form(lesion: Lesion) -> Form:
    """Measure what the features share."""
    from tilscope.radiomics.diameters import diameter_3d, diameter_in_planes

    if lesion.is_one_slice:
        return Form(NAN, NAN, NAN, NAN, (NAN, NAN, NAN), (NAN, NAN, NAN))
    spacing_mm = lesion.spacing_mm
    area, volume = area_and_volume(lesion.mask, spacing_mm)
    vertices = mesh_vertices(lesion.mask)
    z, y, x = (diameter_in_planes(vertices, spacing_mm, axis) for axis in range(3))
    return Form(
        area_mm2=area,
        volume_mm3=volume,
        voxel_volume_mm3=np.count_nonzero(lesion.mask) * float(np.prod(spacing_mm)),
        diameter_mm=diameter_3d(vertices, spacing_mm),
        plane_diameters_mm=(z, y, x),
        axis_variances_mm2=_axis_variances(lesion),
    )


def _axis_variances(lesion: Lesion) -> Vector:
    points = np.argwhere(lesion.mask) * np.asarray(lesion.spacing_mm)
    points -= points.mean(axis=0)
    n = len(points) - 1 if lesion.ibsi else len(points)  # IBSI's consensus values are those of N - 1
    least, minor, major = np.clip(np.linalg.eigvalsh(points.T @ points / n), 0.0, None)
    return float(least), float(minor), float(major)


def compactness_1(form: Form) -> float:
    """Volume over the root of pi times the cube of the area; Sphericity^1.5 / (6 pi)."""
    return float(form.volume_mm3 / (form.area_mm2**1.5 * np.sqrt(np.pi)))


def compactness_2(form: Form) -> float:
    """Cube of Sphericity, in (0, 1]."""
    return float(36.0 * np.pi * form.volume_mm3**2 / form.area_mm2**3)


def elongation(form: Form) -> float:
    """Minor over major axis, in [0, 1]; 1 is round, 0 a line."""
    return float(np.sqrt(form.axis_variances_mm2[1] / form.axis_variances_mm2[2]))


def flatness(form: Form) -> float:
    """Least over major axis, in [0, 1]; 0 is flat."""
    return float(np.sqrt(form.axis_variances_mm2[0] / form.axis_variances_mm2[2]))


def least_axis_length(form: Form) -> float:
    """Four standard deviations of the voxels along the shortest principal axis, in mm."""
    return float(4.0 * np.sqrt(form.axis_variances_mm2[0]))


def major_axis_length(form: Form) -> float:
    """Four standard deviations of the voxels along the longest principal axis, in mm."""
    return float(4.0 * np.sqrt(form.axis_variances_mm2[2]))


def maximum_2d_diameter_column(form: Form) -> float:
    """Largest distance between vertices of equal y, in mm."""
    return form.plane_diameters_mm[1]


def maximum_2d_diameter_row(form: Form) -> float:
    """Largest distance between vertices of equal x, in mm."""
    return form.plane_diameters_mm[2]


def maximum_2d_diameter_slice(form: Form) -> float:
    """Largest distance between vertices of equal z, in mm."""
    return form.plane_diameters_mm[0]


def maximum_3d_diameter(form: Form) -> float:
    """Largest distance between vertices of the mesh, in mm."""
    return form.diameter_mm


def mesh_volume(form: Form) -> float:
    """Volume inside the mesh, in mm^3."""
    return form.volume_mm3


def minor_axis_length(form: Form) -> float:
    """Four standard deviations of the voxels along the middle principal axis, in mm."""
    return float(4.0 * np.sqrt(form.axis_variances_mm2[1]))


def spherical_disproportion(form: Form) -> float:
    """Mesh's area over that of the sphere of equal volume, at least 1; the inverse of Sphericity."""
    return 1.0 / sphericity(form)


def sphericity(form: Form) -> float:
    """Area of the sphere of equal volume over the mesh's area, in (0, 1]."""
    return float((36.0 * np.pi * form.volume_mm3**2) ** (1.0 / 3.0) / form.area_mm2)


def surface_area(form: Form) -> float:
    """Area of the mesh, in mm^2."""
    return form.area_mm2


def surface_volume_ratio(form: Form) -> float:
    """Area over volume of the mesh, in 1 / mm."""
    return form.area_mm2 / form.volume_mm3


def voxel_volume(form: Form) -> float:
    """Volume as number of voxels times the volume of one, in mm^3."""
    return form.voxel_volume_mm3


SHAPE = Family(
    name="shape",
    scope="roi",
    description="Size and form of the ROI, from a marching-cubes mesh and the principal axes of its voxels.",
    reference="Lorensen 1987, doi:10.1145/37402.37422; PyRadiomics 3.0 shape.py",
    prepare=form,
    gather=lambda forms: forms[0],
    features=(
        Feature("Compactness1", compactness_1, by_name_only=True),
        Feature("Compactness2", compactness_2, by_name_only=True),
        Feature("Elongation", elongation),
        Feature("Flatness", flatness),
        Feature("LeastAxisLength", least_axis_length),
        Feature("MajorAxisLength", major_axis_length),
        Feature("Maximum2DDiameterColumn", maximum_2d_diameter_column),
        Feature("Maximum2DDiameterRow", maximum_2d_diameter_row),
        Feature("Maximum2DDiameterSlice", maximum_2d_diameter_slice),
        Feature("Maximum3DDiameter", maximum_3d_diameter),
        Feature("MeshVolume", mesh_volume),
        Feature("MinorAxisLength", minor_axis_length),
        Feature("SphericalDisproportion", spherical_disproportion, by_name_only=True),
        Feature("Sphericity", sphericity),
        Feature("SurfaceArea", surface_area),
        Feature("SurfaceVolumeRatio", surface_volume_ratio),
        Feature("VoxelVolume", voxel_volume),
    ),
)

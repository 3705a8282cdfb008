"""From the signature back to the images: its features as maps over the lesions of a few patients.

::

    choosing     which features, and which patients: those with the highest and the lowest values
    lesion_maps  one patient: the slice, the maps in it, the enhancement curve
    voxels_step  the cohort step `voxels`
"""

from tilscope.pipeline.voxels.voxels_step import VOXELS

__all__ = ["VOXELS"]

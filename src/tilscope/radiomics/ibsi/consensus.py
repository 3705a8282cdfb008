"""IBSI's consensus values of the digital phantom, beside the features of ours that they belong to.

Source: the reference values of the Image Biomarker Standardisation Initiative for its digital phantom, as in the
IBSI reference manual (Zwanenburg A, Leger S, Vallieres M, Loeck S. arXiv:1612.07003; Zwanenburg 2020,
doi:10.1148/radiol.2020191145), licensed CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/). Changed: laid
out as tables, beside our names; values that tilscope has no feature for are left out (`WITHOUT_FEATURE`).
"""

from __future__ import annotations

from dataclasses import dataclass

from tilscope.radiomics.directions import SliceAxis
from tilscope.radiomics.settings import Norm


@dataclass(frozen=True, slots=True)
class Aggregation:
    """How texture matrices are put together, in IBSI's words and as settings of ours.

    Attributes
    ----------
    suffix : str
        What IBSI appends to the tags.
    name : str
        As in the IBSI manual.
    slice_axis, weighting_norm
        The settings.
    """

    suffix: str
    name: str
    slice_axis: SliceAxis = None
    weighting_norm: Norm | None = None


NOTHING_TO_AGGREGATE = (Aggregation("", ""),)
PER_DIRECTION = (
    Aggregation("_3D_avg", "3D, averaged"),
    Aggregation("_3D_comb", "3D, merged", weighting_norm="no_weighting"),
    Aggregation("_2_5D_avg", "2.5D, direction-merged", slice_axis="z"),
    Aggregation("_2_5D_comb", "2.5D, merged", slice_axis="z", weighting_norm="no_weighting"),
)
ONE_MATRIX = (Aggregation("_3D", "3D"), Aggregation("_2_5D", "2.5D", slice_axis="z"))
"""IBSI's 2D aggregations (features of each slice, averaged) have no counterpart of ours."""


@dataclass(frozen=True, slots=True)
class Consensus:
    """One consensus value.

    Attributes
    ----------
    family : str
        IBSI's, such as ``Grey level co-occurrence``.
    name : str
        IBSI's tag without the aggregation, such as ``cm_joint_max``.
    aggregation : Aggregation
    feature : str
        Ours, such as ``glcm_MaximumProbability``.
    value, tolerance : float
        Published with three significant digits.
    """

    family: str
    name: str
    aggregation: Aggregation
    feature: str
    value: float
    tolerance: float = 0.0

    @property
    def tag(self) -> str:
        """Return IBSI's tag, such as ``cm_joint_max_3D_avg``."""
        return self.name + self.aggregation.suffix


MORPHOLOGY = """
tag                   feature                                        value    tolerance
morph_volume          shape_MeshVolume                               556      4
morph_vol_approx      shape_VoxelVolume                              592      4
morph_area_mesh       shape_SurfaceArea                              388      3
morph_av              shape_SurfaceVolumeRatio                       0.698    0.004
morph_comp_1          shape_Compactness1                             0.0411   0.0003
morph_comp_2          shape_Compactness2                             0.599    0.004
morph_sph_dispr       shape_SphericalDisproportion                   1.19     0.01
morph_sphericity      shape_Sphericity                               0.843    0.005
morph_diam            shape_Maximum3DDiameter                        13.1     0.1
morph_pca_maj_axis    shape_MajorAxisLength                          11.4     0.1
morph_pca_min_axis    shape_MinorAxisLength                          9.31     0.06
morph_pca_least_axis  shape_LeastAxisLength                          8.54     0.05
morph_pca_elongation  shape_Elongation                               0.816    0.005
morph_pca_flatness    shape_Flatness                                 0.749    0.005
"""

# The histogram's other features (ih_mean, ...) are those of the grey levels; ours are those of the intensities.
INTENSITY = """
tag                   feature                                        value
stat_mean             firstorder_Mean                                2.15
stat_var              firstorder_Variance                            3.05
stat_skew             firstorder_Skewness                            1.08
stat_kurt             firstorder_Kurtosis                            -0.355
stat_median           firstorder_Median                              1
stat_min              firstorder_Minimum                             1
stat_p10              firstorder_10Percentile                        1
stat_p90              firstorder_90Percentile                        4
stat_max              firstorder_Maximum                             6
stat_iqr              firstorder_InterquartileRange                  3
stat_range            firstorder_Range                               5
stat_mad              firstorder_MeanAbsoluteDeviation               1.55
stat_rmad             firstorder_RobustMeanAbsoluteDeviation         1.11
stat_energy           firstorder_Energy                              567
stat_rms              firstorder_RootMeanSquared                     2.77
ih_entropy            firstorder_Entropy                             1.27
ih_uniformity         firstorder_Uniformity                          0.512
"""

# Dissimilarity is the difference average, sum variance is the cluster tendency: one feature of ours for both.
CO_OCCURRENCE = """
tag                   feature                                        3D_avg   3D_comb  2_5D_avg 2_5D_comb
cm_joint_max          glcm_MaximumProbability                        0.503    0.509    0.489    0.492
cm_joint_avg          glcm_JointAverage                              2.14     2.15     2.2      2.2
cm_joint_var          glcm_SumSquares                                3.1      3.13     3.22     3.24
cm_joint_entr         glcm_JointEntropy                              2.4      2.57     2.48     2.61
cm_diff_avg           glcm_DifferenceAverage                         1.43     1.38     1.46     1.44
cm_diff_var           glcm_DifferenceVariance                        3.06     3.21     3.11     3.23
cm_diff_entr          glcm_DifferenceEntropy                         1.56     1.64     1.61     1.67
cm_sum_avg            glcm_SumAverage                                4.29     4.3      4.41     4.41
cm_sum_var            glcm_ClusterTendency                           7.07     7.41     7.48     7.65
cm_sum_entr           glcm_SumEntropy                                1.92     2.11     2.01     2.14
cm_energy             glcm_JointEnergy                               0.303    0.291    0.286    0.277
cm_contrast           glcm_Contrast                                  5.32     5.12     5.39     5.29
cm_dissimilarity      glcm_DifferenceAverage                         1.43     1.38     1.46     1.44
cm_inv_diff           glcm_Id                                        0.677    0.688    0.668    0.673
cm_inv_diff_norm      glcm_Idn                                       0.851    0.856    0.847    0.85
cm_inv_diff_mom       glcm_Idm                                       0.618    0.631    0.606    0.613
cm_inv_diff_mom_norm  glcm_Idmn                                      0.898    0.902    0.897    0.899
cm_inv_var            glcm_InverseVariance                           0.0604   0.0574   0.0597   0.0582
cm_corr               glcm_Correlation                               0.157    0.183    0.178    0.182
cm_auto_corr          glcm_Autocorrelation                           5.06     5.19     5.4      5.45
cm_clust_tend         glcm_ClusterTendency                           7.07     7.41     7.48     7.65
cm_clust_shade        glcm_ClusterShade                              16.6     17.4     16.6     16.4
cm_clust_prom         glcm_ClusterProminence                         145      147      147      142
cm_info_corr1         glcm_Imc1                                      -0.157   -0.0288  -0.124   -0.0334
cm_info_corr2         glcm_Imc2                                      0.52     0.269    0.487    0.291
"""

RUN_LENGTHS = """
tag                   feature                                        3D_avg   3D_comb  2_5D_avg 2_5D_comb
rlm_sre               glrlm_ShortRunEmphasis                         0.705    0.729    0.665    0.68
rlm_lre               glrlm_LongRunEmphasis                          3.06     2.76     3.46     3.27
rlm_lgre              glrlm_LowGrayLevelRunEmphasis                  0.603    0.607    0.58     0.585
rlm_hgre              glrlm_HighGrayLevelRunEmphasis                 9.7      9.64     10.3     10.2
rlm_srlge             glrlm_ShortRunLowGrayLevelEmphasis             0.352    0.372    0.296    0.312
rlm_srhge             glrlm_ShortRunHighGrayLevelEmphasis            8.54     8.67     9.03     9.05
rlm_lrlge             glrlm_LongRunLowGrayLevelEmphasis              2.39     2.16     2.79     2.63
rlm_lrhge             glrlm_LongRunHighGrayLevelEmphasis             17.6     15.6     17.9     17
rlm_glnu              glrlm_GrayLevelNonUniformity                   21.8     281      19.5     77.1
rlm_glnu_norm         glrlm_GrayLevelNonUniformityNormalized         0.43     0.43     0.413    0.412
rlm_rlnu              glrlm_RunLengthNonUniformity                   26.9     328      22.3     83.2
rlm_rlnu_norm         glrlm_RunLengthNonUniformityNormalized         0.513    0.501    0.461    0.445
rlm_r_perc            glrlm_RunPercentage                            0.68     0.68     0.632    0.632
rlm_gl_var            glrlm_GrayLevelVariance                        3.46     3.48     3.58     3.59
rlm_rl_var            glrlm_RunVariance                              0.574    0.598    0.758    0.767
rlm_rl_entr           glrlm_RunEntropy                               2.43     2.62     2.52     2.76
"""

ZONES = """
tag                   feature                                        3D       2_5D
szm_sze               glszm_SmallAreaEmphasis                        0.255    0.368
szm_lze               glszm_LargeAreaEmphasis                        550      34.2
szm_lgze              glszm_LowGrayLevelZoneEmphasis                 0.253    0.368
szm_hgze              glszm_HighGrayLevelZoneEmphasis                15.6     16.2
szm_szlge             glszm_SmallAreaLowGrayLevelEmphasis            0.0256   0.0295
szm_szhge             glszm_SmallAreaHighGrayLevelEmphasis           2.76     9.87
szm_lzlge             glszm_LargeAreaLowGrayLevelEmphasis            503      30.6
szm_lzhge             glszm_LargeAreaHighGrayLevelEmphasis           1490     107
szm_glnu              glszm_GrayLevelNonUniformity                   1.4      5.44
szm_glnu_norm         glszm_GrayLevelNonUniformityNormalized         0.28     0.302
szm_zsnu              glszm_SizeZoneNonUniformity                    1        3.44
szm_zsnu_norm         glszm_SizeZoneNonUniformityNormalized          0.2      0.191
szm_z_perc            glszm_ZonePercentage                           0.0676   0.243
szm_gl_var            glszm_GrayLevelVariance                        2.64     3.92
szm_zs_var            glszm_ZoneVariance                             331      17.3
szm_zs_entr           glszm_ZoneEntropy                              2.32     3.08
"""

DIFFERENCES = """
tag                   feature                                        3D       2_5D
ngt_coarseness        ngtdm_Coarseness                               0.0296   0.0285
ngt_contrast          ngtdm_Contrast                                 0.584    0.601
ngt_busyness          ngtdm_Busyness                                 6.54     6.8
ngt_complexity        ngtdm_Complexity                               13.5     14.1
ngt_strength          ngtdm_Strength                                 0.763    0.741
"""

# The normalised non-uniformity of the grey levels among the dependences is the uniformity of the histogram.
DEPENDENCES = """
tag                   feature                                        3D       2_5D
ngl_lde               gldm_SmallDependenceEmphasis                   0.045    0.159
ngl_hde               gldm_LargeDependenceEmphasis                   109      18.8
ngl_lgce              gldm_LowGrayLevelEmphasis                      0.693    0.693
ngl_hgce              gldm_HighGrayLevelEmphasis                     7.66     7.66
ngl_ldlge             gldm_SmallDependenceLowGrayLevelEmphasis       0.00963  0.0477
ngl_ldhge             gldm_SmallDependenceHighGrayLevelEmphasis      0.736    3.07
ngl_hdlge             gldm_LargeDependenceLowGrayLevelEmphasis       102      17.2
ngl_hdhge             gldm_LargeDependenceHighGrayLevelEmphasis      235      50.8
ngl_glnu              gldm_GrayLevelNonUniformity                    37.9     37.9
ngl_glnu_norm         firstorder_Uniformity                          0.512    0.512
ngl_dcnu              gldm_DependenceNonUniformity                   4.86     12.4
ngl_dcnu_norm         gldm_DependenceNonUniformityNormalized         0.0657   0.167
ngl_gl_var            gldm_GrayLevelVariance                         3.05     3.05
ngl_dc_var            gldm_DependenceVariance                        22.1     3.27
ngl_dc_entr           gldm_DependenceEntropy                         4.4      3.36
"""

NOT_IN_IBSI = {
    "shape_Maximum2DDiameterColumn": "diameters within planes",
    "shape_Maximum2DDiameterRow": "diameters within planes",
    "shape_Maximum2DDiameterSlice": "diameters within planes",
    "firstorder_StandardDeviation": "the root of Variance (stat_var)",
    "firstorder_TotalEnergy": "Energy (stat_energy) times the volume of a voxel",
    "glcm_MCC": "maximal correlation coefficient",
}
"""Features of ours that IBSI does not define; all of family shape2D besides."""

WITHOUT_FEATURE = {
    r"morph_asphericity": "it is SphericalDisproportion - 1",
    r"morph_com": "shift of the centre of mass",
    r"morph_(vol|area)_dens_.*": "densities of boxes, ellipsoids and hulls",
    r"morph_(integ_int|moran_i|geary_c)": "integrated intensity and spatial autocorrelation",
    r"loc_peak_.*": "local intensity",
    r"stat_(medad|cov|qcod)": "median deviation, coefficients of variation and dispersion",
    r"ih_(?!entropy|uniformity).*": "statistics and gradients of the grey levels",
    r"ivh_.*": "intensity-volume histogram",
    r"dzm_.*": "grey level distance zones",
    r"ngl_dc_(perc|energy)_.*": "dependence percentage (always 1) and energy",
    r".*_2D(_avg|_comb)?": "features of each slice, averaged",
}
"""IBSI's tags (patterns) that tilscope, as PyRadiomics, has no feature for."""


TABLES = (
    ("Morphology", MORPHOLOGY, NOTHING_TO_AGGREGATE),
    ("Intensity statistics and histogram", INTENSITY, NOTHING_TO_AGGREGATE),
    ("Grey level co-occurrence", CO_OCCURRENCE, PER_DIRECTION),
    ("Grey level run length", RUN_LENGTHS, PER_DIRECTION),
    ("Grey level size zone", ZONES, ONE_MATRIX),
    ("Neighbourhood grey tone difference", DIFFERENCES, ONE_MATRIX),
    ("Neighbouring grey level dependence", DEPENDENCES, ONE_MATRIX),
)


def consensus_values() -> tuple[Consensus, ...]:
    """Return all consensus values that a feature of ours belongs to, family by family."""
    return tuple(
        Consensus(family, name, aggregation, feature, *_value(cells, k, aggregation))
        for family, table, aggregations in TABLES
        for k, aggregation in enumerate(aggregations)
        for name, feature, *cells in (line.split() for line in table.strip().splitlines()[1:])
    )


def _value(cells: list[str], k: int, aggregation: Aggregation) -> tuple[float, ...]:
    """Return the value, and the tolerance where the table has one: not in families of matrices."""
    return (float(cells[k]),) if aggregation.suffix else tuple(map(float, cells))

"""What the features measure, in plain words."""

from __future__ import annotations

from tilscope.vocabulary import ORIGINAL, FeatureParts

FAMILIES = {
    "shape": "shape of the lesion",
    "shape2D": "shape of the lesion in its slice",
    "firstorder": "distribution of the intensities",
    "glcm": "grey levels of neighbouring voxels (co-occurrence matrix)",
    "gldm": "how many neighbours are like a voxel (dependence matrix)",
    "glrlm": "runs of voxels of one grey level along lines (run lengths)",
    "glszm": "connected zones of one grey level (size zones)",
    "ngtdm": "difference of a voxel from the mean around it (neighbourhood differences)",
}
SHAPES = {
    "Compactness1": "how compact the lesion is, compared with a ball",
    "Compactness2": "how compact the lesion is, compared with a ball",
    "Elongation": "how close its second axis is to its longest (1: as long, 0: a line)",
    "Flatness": "how close its shortest axis is to its longest (1: as long, 0: flat)",
    "LeastAxisLength": "length of its shortest axis",
    "MajorAxisLength": "length of its longest axis",
    "Maximum2DDiameterColumn": "largest diameter in the planes along the columns",
    "Maximum2DDiameterRow": "largest diameter in the planes along the rows",
    "Maximum2DDiameterSlice": "largest diameter within a slice",
    "Maximum3DDiameter": "largest diameter",
    "MaximumDiameter": "largest diameter",
    "MeshSurface": "area",
    "MeshVolume": "volume",
    "MinorAxisLength": "length of its second axis",
    "Perimeter": "length of its outline",
    "PerimeterSurfaceRatio": "outline per area: large for small or ragged lesions",
    "PixelSurface": "area, by pixels",
    "SphericalDisproportion": "how much more surface it has than a ball of its volume",
    "Sphericity": "how round it is (1: a ball)",
    "SurfaceArea": "area of its surface",
    "SurfaceVolumeRatio": "surface per volume: large for small or ragged lesions",
    "VoxelVolume": "volume, by voxels",
}
FIRST_ORDER = {
    "10Percentile": "intensity below which a tenth of the voxels lie",
    "90Percentile": "intensity below which nine tenths of the voxels lie",
    "Energy": "sum of the squared intensities (it grows with the lesion)",
    "Entropy": "how evenly the voxels are spread over the grey levels (large: many different intensities)",
    "InterquartileRange": "spread of the middle half of the intensities",
    "Kurtosis": "how heavy the tails of the intensities are (large: a few extreme voxels)",
    "Maximum": "largest intensity",
    "Mean": "mean intensity",
    "MeanAbsoluteDeviation": "mean distance of the intensities from their mean",
    "Median": "median intensity",
    "Minimum": "smallest intensity",
    "Range": "largest minus smallest intensity",
    "RobustMeanAbsoluteDeviation": "the same spread without the lowest and highest tenth of the voxels",
    "RootMeanSquared": "root of the mean squared intensity",
    "Skewness": "lopsidedness of the intensities (positive: a tail of bright voxels)",
    "StandardDeviation": "spread of the intensities",
    "TotalEnergy": "sum of the squared intensities times the voxel's volume (it grows with the lesion)",
    "Uniformity": "how much few grey levels prevail (large: uniform)",
    "Variance": "squared spread of the intensities",
}
PAIRS = {
    "Autocorrelation": "product of neighbouring grey levels (large: bright and coarse)",
    "ClusterProminence": "lopsidedness and tails of the sums of neighbouring levels",
    "ClusterShade": "lopsidedness of the sums of neighbouring levels",
    "ClusterTendency": "how much neighbours are bright together or dark together",
    "Contrast": "squared difference of neighbours (large: much local change)",
    "Correlation": "how linearly a voxel's level follows its neighbour's",
    "DifferenceAverage": "mean difference of neighbours (large: much local change)",
    "DifferenceEntropy": "how varied the differences of neighbours are",
    "DifferenceVariance": "spread of the differences of neighbours",
    "Id": "likeness of neighbours (large: locally homogeneous)",
    "Idm": "likeness of neighbours, small differences weighing most (large: locally homogeneous)",
    "Idmn": "likeness of neighbours, relative to the number of grey levels (large: locally homogeneous)",
    "Idn": "likeness of neighbours, relative to the number of grey levels (large: locally homogeneous)",
    "Imc1": "how much a voxel tells of its neighbour (the more negative, the more ordered)",
    "Imc2": "how much a voxel tells of its neighbour (large: ordered)",
    "InverseVariance": "share of small differences among neighbours that differ",
    "JointAverage": "mean grey level of the pairs",
    "JointEnergy": "how much few pairs of levels prevail (large: uniform)",
    "JointEntropy": "how varied the pairs of levels are (large: irregular)",
    "MCC": "strongest dependence between a voxel and its neighbour (large: ordered)",
    "MaximumProbability": "share of the most frequent pair of levels (large: uniform)",
    "SumAverage": "mean sum of neighbouring levels",
    "SumEntropy": "how varied the sums of neighbouring levels are",
    "SumSquares": "spread of the levels in the pairs",
}
DIFFERENCES = {
    "Busyness": "rapid change between a voxel and its surroundings",
    "Coarseness": "slow change between a voxel and its surroundings (large: large smooth areas)",
    "Complexity": "many rapid changes between areas of different level",
    "Contrast": "range of the levels times their local change",
    "Strength": "clearly visible areas with large steps between their levels",
}
SIZES = {
    "gldm": (
        "Dependence",
        "number of like neighbours",
        "few like neighbours (fine)",
        "many like neighbours (coarse)",
    ),
    "glrlm": ("Run", "length of runs", "short runs (fine)", "long runs (coarse)"),
    "glszm": ("Zone", "size of zones", "small zones (fine)", "large zones (coarse)"),
}
"""Per family of sizes: its word in the names, what has a size, and what small and large sizes mean."""
SMALL, LARGE = ("Small", "Short"), ("Large", "Long")
IMAGES = {
    "original": "the image itself",
    "wavelet": "the image split by scale and direction ({letters}: along each axis, L smoothed, H its detail)",
    "log": "edges of one width (Laplacian of Gaussian)",
    "square": "the squared intensities",
    "squareroot": "the square root of the intensities",
    "logarithm": "the logarithm of the intensities",
    "exponential": "the exponential of the intensities",
    "gradient": "how fast the intensity changes from voxel to voxel",
    "lbp": "local binary patterns",
}
MOMENTS = {
    "mean": "mean over the phases after contrast",
    "variance": "squared spread over the phases after contrast",
    "kurtosis": "kurtosis over the phases after contrast (large: one phase stands out)",
    "skewness": "lopsidedness over the phases after contrast (positive: one phase far above the others)",
}
INTENSITIES = frozenset(
    (
        "10Percentile", "90Percentile", "InterquartileRange", "Maximum", "Mean", "MeanAbsoluteDeviation", "Median",
        "Minimum", "Range", "RobustMeanAbsoluteDeviation", "RootMeanSquared", "StandardDeviation",
    )
)  # fmt: skip


def words_of(parts: FeatureParts) -> str:
    """Return what a feature measures, without a full stop: quantity, image, phase or moment."""
    quantity = quantity_of(parts)
    if parts.is_shape:
        return f"{FAMILIES[parts.family]}: {quantity}"
    when = MOMENTS.get(parts.moment) or f"phase {parts.post_number} after contrast"
    return f"{FAMILIES.get(parts.family, parts.family)}: {quantity}; in {image_in_words(parts.image)}; {when}"


def quantity_of(parts: FeatureParts) -> str:
    """Return what a feature itself measures; its name where there are no words for it."""
    tables = {
        "shape": SHAPES,
        "shape2D": SHAPES,
        "firstorder": FIRST_ORDER,
        "glcm": PAIRS,
        "ngtdm": DIFFERENCES,
    }
    if parts.family in SIZES:
        return _of_sizes(parts.family, parts.feature)
    return tables.get(parts.family, {}).get(parts.feature, parts.feature)


def _of_sizes(family: str, feature: str) -> str:
    """Return the words of a feature of runs, zones or dependences, from the words that its name is made of."""
    _, what, small, large = SIZES[family]
    if "Emphasis" in feature:
        size = small if feature.startswith(SMALL) else large if feature.startswith(LARGE) else ""
        level = next((f"{w.lower()} grey levels" for w in ("High", "Low") if f"{w}GrayLevel" in feature), "")
        return "weight of " + " of ".join(part for part in (size, level) if part)
    if feature.endswith("Percentage"):
        return f"{'runs' if family == 'glrlm' else 'zones'} per voxel (large: fine)"
    if "Entropy" in feature:
        return f"how varied levels and {what} are"
    subject = "grey levels" if feature.startswith("GrayLevel") else what
    if "NonUniformity" in feature:
        grows = "" if feature.endswith("Normalized") else " (it grows with the lesion)"
        return f"how unevenly the {subject} are spread{grows}"
    return f"spread of the {subject}"


def image_in_words(image: str) -> str:
    """Return what a filtered image shows."""
    kind, _, letters = image.partition("-")
    return IMAGES.get(kind, image).format(letters=letters)


def unit_of(parts: FeatureParts) -> str:
    """Return the unit of a feature's map; empty for a number without one."""
    has_unit = parts.family == "firstorder" and parts.feature in INTENSITIES
    if not has_unit or parts.moment in ("kurtosis", "skewness"):
        return ""
    image = "normalised intensity" if parts.image == ORIGINAL else "intensity of the filtered image"
    return f"squared {image}" if parts.moment == "variance" else image

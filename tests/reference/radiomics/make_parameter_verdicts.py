"""Write which values PyRadiomics' schema takes for each key (``parameter_verdicts.csv``); see README.md."""

from __future__ import annotations

import csv
import logging
import tempfile
from pathlib import Path

import pykwalify.core
from pykwalify.errors import PyKwalifyException
from radiomics.featureextractor import RadiomicsFeatureExtractor

HERE = Path(__file__).parent


def listed(text):
    return text.strip().replace("\n", "|").split("|")


KEYS = listed("""
minimumROIDimensions|minimumROISize|geometryTolerance|correctMask|additionalInfo|label|label_channel|binWidth
binCount|normalize|normalizeScale|removeOutliers|resampledPixelSpacing|interpolator|padDistance|distances
force2D|force2Ddimension|resegmentRange|resegmentMode|resegmentShape|preCrop|sigma|start_level|level|wavelet
gradientUseSpacing|lbp2DRadius|lbp2DSamples|lbp2DMethod|lbp3DLevels|lbp3DIcosphereRadius
lbp3DIcosphereSubdivision|voxelArrayShift|symmetricalGLCM|weightingNorm|gldm_a|kernelRadius|binwidth
enableCExtensions
""")
VOXEL_KEYS = ("kernelRadius", "maskedKernel", "initValue", "voxelBatch", "binWidth")
VALUES = listed("""
~|true|yes|0|1|2|3|4|10|11|25|-1|2.5|-2.5|1e-3|.nan|'25'|wide|[]|[1]|[2, 1]|[2, 2, 0]|[2, -2]|[1.5]|[true]|{}
sitkBSpline|sitkLanczosWindowedSinc|sitkBSplineResampler|bspline|absolute|sigma|euclidean|no_weighting
coif1|coif99|mexh|uniform|var|nan
""")
FILES = listed("""
{}|setting:|setting: []|imageType:|imageType: {}|imageType: [Original]|imageType: {Original: }
imageType: {Original: {}}|imageType: {original: {}}|imageType: {Original: {binWidth: 5}}
imageType: {Wavelet: {wavelet: 5}}|imageType: {Original: {kernelRadius: 1}}|imageType: {LBP: {}}
featureClass:|featureClass: {}|featureClass: [glcm]|featureClass: {glcm: }|featureClass: {glcm: []}
featureClass: {glcm: Idm}|featureClass: {glcm: [Idm]}|featureClass: {glcm: [idm]}|featureClass: {glcm: [1]}
featureClass: {GLCM: }|featureClass: {glcm: {Idm: }}|voxelSetting:|voxelSetting: {}|voxelSettings: {}
settings: {}|setting: {binWidth: 5, binWidth: 6}|[]|just text
""")


def texts():
    yield from ((f"setting: {{{key}: {value}}}") for key in KEYS for value in VALUES)
    yield from ((f"voxelSetting: {{{key}: {value}}}") for key in VOXEL_KEYS for value in VALUES)
    yield from (*FILES, "")


def verdict(text, folder):
    file = folder / "parameters.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        RadiomicsFeatureExtractor(str(file))
    except PyKwalifyException:
        return "schema refuses"
    except Exception as error:  # noqa: BLE001 - whatever it is, PyRadiomics cannot use the file
        return f"fails with {type(error).__name__}"
    return "accepted"


def main():
    for name in ("radiomics", pykwalify.core.log.name):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    with (
        tempfile.TemporaryDirectory() as folder,
        (HERE / "parameter_verdicts.csv").open("w", newline="") as file,
    ):
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["text", "verdict"])
        writer.writerows((text, verdict(text, Path(folder))) for text in texts())


if __name__ == "__main__":
    main()

"""A patient's slices as Enhanced MR Image Storage."""

from __future__ import annotations

import numpy as np

from .images import TAGS_OF_PHASES
from .patients import PHASE_S, clock, decimal
from .segmentations import dataset


def enhanced(p):
    """Put every slice into one file of Enhanced MR Image Storage, frames shuffled."""
    p.others = [multiframe(p, [(k, i) for k in range(p.n_phases) for i in range(p.shape[0])])]
    p.slices.clear()


def enhanced_by_phase(p):
    """One Enhanced MR file per phase."""
    p.others = [multiframe(p, [(k, i) for i in range(p.shape[0])]) for k in range(p.n_phases)]
    p.slices.clear()


def multiframe(p, places):
    """Return an Enhanced MR image of some slices."""
    places = [places[k] for k in np.random.default_rng(5).permutation(len(places))]
    d = p.header(*places[0])
    d.SOPClassUID, d.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.4.1", p.uid("enhanced", *places)
    for tag in (*TAGS_OF_PHASES, "InstanceNumber", "ImagePositionPatient", "SliceThickness"):
        delattr(d, tag)
    shared = dataset(
        PixelMeasuresSequence=[dataset(PixelSpacing=d.PixelSpacing, SliceThickness=decimal(p.spacing_mm[0]))],
        PlaneOrientationSequence=[dataset(ImageOrientationPatient=d.ImageOrientationPatient)],
        MRTimingAndRelatedParametersSequence=[dataset(RepetitionTime=4.5, FlipAngle=10.0)],
        MREchoSequence=[dataset(EffectiveEchoTime=1.7)],
    )
    for tag in ("PixelSpacing", "ImageOrientationPatient", "RepetitionTime", "EchoTime", "FlipAngle"):
        delattr(d, tag)
    d.AcquisitionDateTime, d.NumberOfFrames = "20200102100000", len(places)
    d.SharedFunctionalGroupsSequence = [shared]
    d.PerFrameFunctionalGroupsSequence = [frame_groups(p, *place) for place in places]
    d.PixelData = b"".join(p.truth[place].astype("<u2").tobytes() for place in places)
    return d


def frame_groups(p, phase, index):
    moment = dataset(
        FrameAcquisitionDateTime="20200102" + clock(phase * PHASE_S),
        TemporalPositionIndex=phase + 1,
        StackID="1",
        InStackPositionNumber=index + 1,
        DimensionIndexValues=[phase + 1, index + 1],
    )
    position = [decimal(v) for v in (p.affine @ [index, 0, 0, 1])[:3]]
    values = dataset(RescaleIntercept="0", RescaleSlope="1", RescaleType="US")
    return dataset(
        FrameContentSequence=[moment],
        PlanePositionSequence=[dataset(ImagePositionPatient=position)],
        PixelValueTransformationSequence=[values],
        MRImageFrameTypeSequence=[dataset(FrameType=["ORIGINAL", "PRIMARY", "M", "NONE"])],
    )

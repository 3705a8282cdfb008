"""What `tilscope extract` is told of a mask that had to be interpreted."""

import io

import numpy as np
import pydicom

from tilscope.pipeline.drawn_regions import drawn_regions
from tilscope.reading import encode_dicom_seg
from tilscope.vocabulary import Grid, Roi

GRID = Grid((4, 5, 6), (2.0, 1.0, 0.5), (10.0, 20.0, 30.0))


def test_a_fractional_segmentation_is_read_with_a_note(tmp_path):
    mask = np.zeros(GRID.shape, dtype=bool)
    mask[1:3, 1:4, 2:5] = True
    dataset = pydicom.dcmread(io.BytesIO(encode_dicom_seg(Roi(mask, GRID), patient="sub-abcdefgh")))
    dataset.SegmentationType, dataset.SegmentationFractionalType = "FRACTIONAL", "OCCUPANCY"
    dataset.MaximumFractionalValue = 200
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit = 7
    frames = np.zeros((2, 5, 6), dtype=np.uint8)
    frames[:, 1:4, 2:5] = 200
    frames[0, 1, 2], frames[1, 1, 2], frames[0, 0, 0] = 100, 99, 1
    dataset.PixelData = frames.tobytes()
    dataset.save_as(tmp_path / "seg.dcm")
    (region,) = drawn_regions(tmp_path / "seg.dcm", GRID, None)
    positions = [
        f.PlanePositionSequence[0].ImagePositionPatient[2] for f in dataset.PerFrameFunctionalGroupsSequence
    ]
    mask[round((positions[1] - 30.0) / 2.0), 1, 2] = False  # 99 of 200, in the second frame
    np.testing.assert_array_equal(region.mask, mask)
    assert region.notes == (
        "ROI-39 the DICOM SEG is fractional (OCCUPANCY): from 0.5 of 200 on a voxel is inside; "
        "3 voxels lay between 0 and 200",
    )

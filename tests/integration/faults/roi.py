"""Faults 33 to 48: the lesion's mask."""

from __future__ import annotations

import json

import nibabel as nib
import numpy as np
import pandas as pd

from .images import OBLIQUE
from .patients import Patient, decimal, reread, write_nifti
from .records import Case
from .segmentations import SLICER, box, write_contours, write_seg

FAULTS = {
    33: "An empty mask, or Slicer's file of one voxel that means empty",
    34: "A lesion of one voxel, a line, or too few voxels",
    35: "A lesion on one slice",
    36: "A lesion of one intensity, or of one grey level",
    37: "Several labels or segments and none chosen",
    38: "Value 255 inside",
    39: "A mask of real numbers",
    40: "A mask of a cropped extent",
    41: "A mask stored in another order or space (RAS, LPS, flipped axes)",
    42: "A mask whose origin is off the image's",
    43: "A lesion partly outside the image, or at its border",
    44: "A mask without orientation and origin on an image that has them",
    45: "A lesion that does not enhance",
    46: "A mask of another patient or examination",
    47: "A lesion of several parts",
    48: "A DICOM mask with open contours, or damaged",
}
TILTED = {"axes": OBLIQUE}
RESAMPLED = {"imaging": {"resample_masks": True}}


def drawn(mask):
    """Draw another mask: an array, or a function of the patient."""

    def spoil(p: Patient):
        p.mask = mask(p)

    return spoil


def voxels(*where):
    """A mask of these index ranges (slices)."""

    def mask(p):
        made = np.zeros(p.shape, bool)
        made[where] = True
        return made

    return mask


def stored(values, ending="_lesion_post1.nii.gz"):
    """Store a function of the mask instead of the mask."""

    def spoil(p):
        p.write_mask = lambda p: p.write_array(p.mask_file(ending), values(p.mask))

    return spoil


def segment_file(layers, **header):
    """Write a Slicer segmentation; ``layers`` maps the mask to its array."""

    def spoil(p):
        def write(p):
            p.write_array(p.mask_file("_lesion_post1.seg.nrrd"), layers(p.mask), **(SLICER | header))

        p.write_mask = write

    return spoil


def two_labels(mask):
    labels = mask.astype(np.uint8)
    labels[0, :3, :3] = 2
    return labels


TWO_NAMES = {
    "Segment1_ID": "Segment_2",
    "Segment1_Name": "Node",
    "Segment1_LabelValue": "2",
    "Segment1_Layer": "0",
}


def names_of_seg(p):
    def write(p):
        node = np.zeros(p.shape, bool)
        node[0, :3, :3] = True
        write_seg(p.folder / "mask.dcm", p, [p.mask, node], ["Tumour", "Node"])

    p.write_mask = write


def cropped(ending):
    """Store only the lesion's box and a margin, from odd index to even."""

    def spoil(p):
        def write(p):
            low = np.argwhere(p.mask).min(axis=0) - [0, 1, 2]
            high = np.argwhere(p.mask).max(axis=0) + np.array([1, 3, 2])
            affine = p.affine.copy()
            affine[:3, 3] = (p.affine @ [*low, 1])[:3]
            part = p.mask[tuple(map(slice, low, high))].astype(np.uint8)
            header = SLICER if ending == ".seg.nrrd" else {}
            p.write_array(p.mask_file(f"_lesion_post1{ending}"), part, affine, **header)

        p.write_mask = write

    return spoil


def in_space(space):
    def spoil(p):
        def write(p):
            p.write_array(p.mask_file("_lesion_post1.nrrd"), p.mask.astype(np.uint8), space=space)

        p.write_mask = write

    return spoil


def reordered(p):
    """Store the mask with y fastest and z running down."""

    def write(p):
        flipped = p.mask[::-1].transpose(0, 2, 1)
        affine = p.affine[:, [0, 2, 1, 3]].copy()
        affine[:3, 0] *= -1
        affine[:3, 3] = (p.affine @ [p.shape[0] - 1, 0, 0, 1])[:3]
        write_nifti(p.mask_file(), flipped.astype(np.uint8), affine)

    p.write_mask = write


def shifted(voxel):
    """Move the mask's origin along x, by a share of the voxel."""

    def spoil(p):
        def write(p):
            affine = p.affine.copy()
            affine[:3, 3] += voxel * p.affine[:3, 2]
            p.write_array(p.mask_file(), p.mask.astype(np.uint8), affine)

        p.write_mask = write

    return spoil


def shifted_seg(voxel):
    """Move the frames of a segmentation, without its empty ones, along x."""

    def spoil(p):
        def move(d):
            for frame in d.PerFrameFunctionalGroupsSequence:
                place = frame.PlanePositionSequence[0]
                moved = np.array(place.ImagePositionPatient, float) + voxel * p.affine[:3, 2]
                place.ImagePositionPatient = [decimal(v) for v in moved]

        def write(p):
            file = p.folder / "mask.dcm"
            write_seg(file, p, [p.mask], ["Tumour"], omit_empty_frames=True)
            reread(file, move)

        p.write_mask = write

    return spoil


def outside(p):
    """Store a larger mask that reaches beyond the last row."""

    def write(p):
        affine = p.affine.copy()
        affine[:3, 3] = (p.affine @ [0, 6, 0, 1])[:3]
        mask = np.zeros(p.shape, np.uint8)
        mask[3:6, 14:22, 8:12] = 1
        p.write_array(p.mask_file(), mask[:, :23], affine)

    p.write_mask = write


def positionless(p):
    """Write what software writes that knows no position: spacing 1, identity, origin 0."""

    def write(p):
        nib.save(nib.Nifti1Image(p.mask.T.astype(np.uint8), np.eye(4)), p.mask_file())

    p.write_mask = write


def washed_out(p):
    """The lesion loses signal after contrast."""
    for phase, index, d in p.each():
        p.truth[phase, index] = p.truth[phase, index] - 300 * phase * p.mask[index] * (phase > 0)
        d.PixelData = p.truth[phase, index].astype("<u2").tobytes()


def flat_lesion(p):
    for phase, index, d in p.each():
        p.truth[phase, index][p.mask[index]] = 800 + 50 * phase
        d.PixelData = p.truth[phase, index].astype("<u2").tobytes()


def nearly_flat_lesion(p):
    """Two intensities, a fraction of the bin width apart after normalisation."""
    for phase, index, d in p.each():
        p.truth[phase, index][p.mask[index]] = 800 + 50 * phase
        p.truth[phase, index, ::2][p.mask[index, ::2]] += 1
        d.PixelData = p.truth[phase, index].astype("<u2").tobytes()


def stranger(p):
    """Another examination, of which the mask tells."""
    return Patient("ZQOTHER-9", p.folder.parent / "elsewhere", seed=9)


def seg_of_another(p):
    def write(p):
        file = p.folder / "mask.dcm"
        write_seg(file, stranger(p), [p.mask], ["Tumour"])
        reread(file, lambda d: setattr(d, "PatientID", p.id))

    p.write_mask = write


def contours_of_another(p):
    def write(p):
        write_contours(p.folder / "mask.dcm", p, [box(p.mask)], frame_of=stranger(p))

    p.write_mask = write


def seg_in_another_frame(p):
    def write(p):
        file = p.folder / "mask.dcm"
        write_seg(file, p, [p.mask], ["Tumour"])
        reread(file, lambda d: setattr(d, "FrameOfReferenceUID", stranger(p).uid("frame")))

    p.write_mask = write


def seg(cut=0, **options):
    def spoil(p):
        def write(p):
            write_seg(p.folder / "mask.dcm", p, [p.mask], ["Tumour"], **options)
            if cut:
                data = (p.folder / "mask.dcm").read_bytes()
                (p.folder / "mask.dcm").write_bytes(data[:-cut])

        p.write_mask = write

    return spoil


def emptied_seg(p):
    """Clear the pixels of a segmentation that had some."""

    def write(p):
        file = p.folder / "mask.dcm"
        write_seg(file, p, [p.mask], ["Tumour"])
        reread(file, lambda d: setattr(d, "PixelData", bytes(len(d.PixelData))))

    p.write_mask = write


def fractional(share):
    """A fractional segmentation: the lesion's voxels at full, a rim about them at ``share``."""

    def spoil(p):
        def write(p):
            rim = np.zeros(p.shape)
            rim[:, 1:] += p.mask[:, :-1]
            values = np.where(p.mask, 1.0, share * (rim > 0))
            write_seg(
                p.folder / "mask.dcm", p, [values], ["Tumour"], "FRACTIONAL", fractional_type="PROBABILITY"
            )

        p.write_mask = write

    return spoil


def two_parts(p):
    """Add nine voxels in a corner."""
    p.mask[0, :3, :3] = True


def contours(kind="CLOSED_PLANAR", n_points=None):
    def spoil(p):
        p.mask = box(p.mask)
        p.write_mask = lambda p: write_contours(
            p.folder / "mask.dcm", p, [p.mask], kind=kind, n_points=n_points
        )

    return spoil


# what else must hold


def mask_is_true(study, key, p):
    """The imported mask is the drawn one, voxel for voxel."""
    stored = nib.load(study / "rois" / key(p.id) / "reader-A.nii.gz")
    np.testing.assert_array_equal(np.asarray(stored.dataobj).T, p.mask.astype(np.uint8))


def largest_is_kept(study, key, p):
    p.mask[0, :3, :3] = False
    mask_is_true(study, key, p)


def shape_is_missing(study, key, p):
    """3-D shape has no number, and the rest has."""
    features = json.loads((study / "derivatives/features" / f"{key(p.id)}.json").read_text())["features"]
    values = pd.Series(features, dtype=float)
    is_shape = values.index.str.startswith("shape_")
    assert is_shape.sum() == 14
    assert values[is_shape].isna().all()
    assert values[~is_shape].notna().all()


CASES = (
    Case(33, "no voxel", "Q", "ROI-33", drawn(voxels(slice(0, 0)))),
    Case(33, "no voxel in a DICOM SEG", "Q", "ROI-33", emptied_seg),
    Case(
        33,
        "Slicer's one voxel",
        "Q",
        "ROI-33",
        segment_file(lambda mask: np.zeros((1, 1, 1), np.uint8)),
    ),
    Case(34, "one voxel", "Q", "ROI-34", drawn(voxels(4, 12, 11)), words=("1 voxels", "27")),
    Case(
        34,
        "26 voxels",
        "Q",
        "ROI-34",
        drawn(voxels(slice(3, 5), 12, slice(4, 17))),
        words=("26",),
    ),
    Case(
        34,
        "a line of 28 voxels",
        "Q",
        "ROI-34",
        drawn(voxels(4, 12, slice(1, 29))),
        made={"shape": (8, 24, 30)},
        until="extract",
        words=("dimension",),
    ),
    Case(
        35,
        "its 3-D shape features are missing",
        "W",
        "ROI-35",
        lambda p: setattr(p, "mask", p.mask & voxels(4)(p)),
        until="extract",
        check=shape_is_missing,
    ),
    Case(36, "one intensity", "Q", "ROI-36", flat_lesion, until="extract"),
    Case(
        36,
        "one or two grey levels",
        "W",
        "ROI-36",
        nearly_flat_lesion,
        until="extract",
        words=("two in original",),
    ),
    Case(37, "labels 1 and 2", "Q", "ROI-37", stored(two_labels), words=("'1'", "'2'")),
    Case(
        37,
        "two Slicer segments",
        "Q",
        "ROI-37",
        segment_file(two_labels, **TWO_NAMES),
        words=("'Tumour'", "'Node'"),
    ),
    Case(37, "two segments of a DICOM SEG", "Q", "ROI-37", names_of_seg, words=("'Tumour'", "'Node'")),
    Case(
        37,
        "one of two Slicer segments chosen",
        "ok",
        spoil=segment_file(two_labels, **TWO_NAMES),
        settings={"imaging": {"roi_segment": "Tumour"}},
        check=mask_is_true,
    ),
    Case(
        38, "in a NIfTI file", "W", "ROI-38", stored(lambda m: m.astype(np.uint8) * 255), check=mask_is_true
    ),
    Case(
        39, "0.0002 and 0.9998", "ok", spoil=stored(lambda m: np.where(m, 0.9998, 2e-4)), check=mask_is_true
    ),
    Case(39, "probabilities", "Q", "ROI-39", stored(lambda m: np.where(m, 0.7, 0.1))),
    Case(39, "NaN outside", "Q", "ROI-39", stored(lambda m: np.where(m, 1.0, np.nan))),
    Case(39, "fractional DICOM SEG", "W", "ROI-39", fractional(0.4), check=mask_is_true),
    Case(40, "NIfTI", "ok", spoil=cropped(".nii.gz"), check=mask_is_true),
    Case(40, "Slicer on an oblique image", "ok", spoil=cropped(".seg.nrrd"), made=TILTED, check=mask_is_true),
    Case(41, "NRRD in LPS", "ok", spoil=in_space("left-posterior-superior"), made=TILTED, check=mask_is_true),
    Case(41, "NRRD in RAS", "ok", spoil=in_space("right-anterior-superior"), made=TILTED, check=mask_is_true),
    Case(41, "axes swapped and flipped", "ok", spoil=reordered, made=TILTED, check=mask_is_true),
    Case(41, "RTSTRUCT", "ok", spoil=contours(), made=TILTED, check=mask_is_true),
    Case(42, "by 0.0005 voxel", "ok", spoil=shifted(5e-4), check=mask_is_true),
    Case(
        42,
        "by 0.4 voxel and resampling asked for",
        "W",
        "ROI-42",
        shifted(0.4),
        settings=RESAMPLED,
        words=("0.280 mm",),
        check=mask_is_true,  # linear interpolation from one half: 0.6 of the nearest voxel decides
    ),
    Case(42, "by 0.4 voxel", "Q", "ROI-42", shifted(0.4), words=("0.280 mm",)),
    Case(42, "by 3.3 voxels", "Q", "ROI-42", shifted(3.3), words=("2.310 mm",)),
    Case(42, "by 3 whole voxels", "Q", "ROI-42", shifted(3), words=("2.100 mm",)),
    Case(
        42,
        "by 3.3 voxels and resampling asked for",
        "Q",
        "ROI-42",
        shifted(3.3),
        settings=RESAMPLED,
        words=("2.310 mm", "position"),
    ),
    Case(
        42,
        "by 3 whole voxels and resampling asked for",
        "Q",
        "ROI-42",
        shifted(3),
        settings=RESAMPLED,
        words=("2.100 mm", "position"),
    ),
    Case(
        42,
        "DICOM SEG by 3.3 voxels and resampling asked for",
        "Q",
        "ROI-42",
        shifted_seg(3.3),
        settings=RESAMPLED,
        words=("2.310 mm", "position"),
    ),
    Case(43, "partly outside", "Q", "ROI-43", outside, words=("mm",)),
    Case(
        43,
        "at the border",
        "W",
        "ROI-43",
        drawn(voxels(slice(3, 6), slice(0, 6), slice(5, 11))),
        check=mask_is_true,
    ),
    Case(44, "oblique image", "Q", "ROI-44", positionless, made=TILTED),
    Case(44, "image off the origin", "Q", "ROI-44", positionless),
    Case(
        45, "signal falls", "W", "ROI-45", washed_out, until="extract", words=("flipped", "another patient")
    ),
    Case(46, "DICOM SEG of another study", "Q", "ROI-46", seg_of_another, words=("StudyInstanceUID",)),
    Case(
        46,
        "DICOM SEG in another frame of reference",
        "Q",
        "ROI-46",
        seg_in_another_frame,
        words=("FrameOfReferenceUID",),
    ),
    Case(
        46,
        "RTSTRUCT in another frame of reference",
        "Q",
        "ROI-46",
        contours_of_another,
        words=("FrameOfReferenceUID",),
    ),
    Case(47, "two parts", "W", "ROI-47", two_parts, words=("2 ",), check=mask_is_true),
    Case(
        47,
        "the largest kept by setting",
        "W",
        "ROI-47",
        two_parts,
        settings={"imaging": {"largest_lesion_only": True}},
        words=("2 ", "0.010 ml"),
        check=largest_is_kept,
    ),
    Case(48, "open contours", "Q", "ROI-48", contours("OPEN_PLANAR"), words=("OPEN_PLANAR",)),
    Case(48, "contours of two points", "Q", "ROI-48", contours(n_points=2)),
    Case(48, "closed contours", "ok", spoil=contours(), check=mask_is_true),
    Case(48, "cut DICOM SEG", "Q", "ROI-48", seg(cut=60)),
    Case(48, "DICOM SEG with frames left out", "ok", spoil=seg(omit_empty_frames=True), check=mask_is_true),
)

"""Ways to spoil images: each function edits a patient before, or the files after they are written."""

from __future__ import annotations

import gzip
import json
import struct

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
)

from .patients import CANARY, ENHANCEMENT, PHASE_S, SIGMA_MM, Patient, clock, decimal, reread, set_pixels

MIDDLE = 4
PRIVATE = "1.2.840.113619.5.2.990"
JPIP = "1.2.840.10008.1.2.4.94"  # pixels on a server, none in the file
TAGS_OF_PHASES = ("TemporalPositionIdentifier", "AcquisitionNumber", "AcquisitionTime")
OBLIQUE = ((0.8, 0.6 * 0.96, 0.6 * 0.28), (-0.6, 0.8 * 0.96, 0.8 * 0.28))


def drop(*where):
    """Leave out slices: pairs of phase (None: all) and index."""

    def spoil(p: Patient):
        for phase, index in where:
            for k in range(p.n_phases) if phase is None else [phase]:
                del p.slices[k, index]

    return spoil


def each(edit):
    """Edit every slice with its phase and index."""

    def spoil(p: Patient):
        for phase, index, d in p.each():
            edit(p, d, phase, index)

    return spoil


def one(edit, phase=1, index=MIDDLE):
    """Edit one slice."""
    return lambda p: edit(p.slices[phase, index])


def move(d, by):
    d.ImagePositionPatient = [decimal(float(a) + b) for a, b in zip(d.ImagePositionPatient, by, strict=True)]


def shifted(amount):
    """Move the slices from the middle on along the normal, by a share of the spacing or (a string) by mm."""

    def edit(p, d, phase, index):
        by = float(amount) if isinstance(amount, str) else amount * p.spacing_mm[0]
        if index >= MIDDLE and (isinstance(amount, str) or index == MIDDLE):
            move(d, by * p.normal)

    return each(edit)


def sheared(p, d, phase, index):
    move(d, 0.1 * index * np.array(p.axes[0]))


# 3 and 4: number of phases


def second_post_missing(p):
    for key in [k for k in p.slices if k[0] == 2]:
        del p.slices[key]


def fourth_not_used(p):
    p.truth = p.truth[:3]


# 5, 6: copies


def copied(p):
    (p.folder / "copy").write_bytes(p.file(1, MIDDLE).read_bytes())


def copied_and_changed(p):
    copied(p)
    reread(p.folder / "copy", lambda d: set_pixels(d, p.truth[1, MIDDLE] + 1))


def one_place_twice(p):
    copied(p)

    def edit(d):
        d.SOPInstanceUID = p.uid("another")
        set_pixels(d, p.truth[1, MIDDLE] + 1)

    reread(p.folder / "copy", edit)


# 7: how phases are told apart


def told_by(keyword, value=None):
    """Leave only one attribute that tells the phases; ``value`` maps the phase to it."""

    def edit(p, d, phase, index):
        for tag in TAGS_OF_PHASES:
            if tag != keyword:
                delattr(d, tag)
        if value is not None:
            setattr(d, keyword, value(p, phase))

    return each(edit)


def series_each(p):
    """One series per phase, numbered against the order of time."""
    for phase, _, d in p.each():
        d.SeriesInstanceUID, d.SeriesNumber = p.uid("series", phase), 30 - phase
        del d.TemporalPositionIdentifier
        d.AcquisitionNumber = 1


def told_by_nothing(p, d, phase, index):
    for tag in (*TAGS_OF_PHASES, "InstanceNumber"):
        delattr(d, tag)


def key_is(name, times=(-PHASE_S, 0.0, PHASE_S)):
    def check(study, key, p):
        record = json.loads((study / "images" / key(p.id) / "dce.json").read_text())
        assert record["phase_key"] == name
        assert record["times_s"] == (None if times is None else list(times))

    return check


# 8: times


def times(*seconds):
    def edit(p, d, phase, index):
        d.AcquisitionTime = clock(seconds[phase])

    return each(edit)


# 9, 31: further images


def further(p: Patient, number, image_type, **changes):
    """Add an image that is like a slice of the last phase, but for its type and series."""
    d = p.header(p.n_phases - 1, MIDDLE)
    d.SOPInstanceUID = p.uid("further", number, *image_type)
    d.ImageType = list(image_type)
    for keyword, value in changes.items():
        setattr(d, keyword, value)
    p.others.append(d)
    return d


def localiser(p):
    d = further(p, 1, ("ORIGINAL", "PRIMARY", "LOCALIZER"))
    d.ImageOrientationPatient = [0, 1, 0, 0, 0, -1]


def derived(*image_type):
    """Add a whole derived stack in a series of its own."""

    def spoil(p):
        for index in range(p.shape[0]):
            d = further(p, index, image_type, SeriesInstanceUID=p.uid(*image_type), SeriesNumber=900)
            d.ImagePositionPatient = p.slices[0, index].ImagePositionPatient

    return spoil


def ct_stack(p):
    for index in range(p.shape[0]):
        d = further(p, index, ("ORIGINAL", "PRIMARY", "AXIAL"), SeriesInstanceUID=p.uid("ct"))
        d.SOPClassUID, d.Modality = "1.2.840.10008.5.1.4.1.1.2", "CT"
        d.ImagePositionPatient = p.slices[0, index].ImagePositionPatient


def set_aside(n, reason):
    def check(study, key, p):
        counted = json.loads((study / "derivatives" / "import.json").read_text())["set_aside"]
        assert sum(count for why, count in counted.items() if reason in why) == n, counted

    return check


def shuffle_numbers(p):
    numbers = np.random.default_rng(3).permutation(len(p.slices)) + 1
    for number, (_, _, d) in zip(numbers, p.each(), strict=True):
        d.InstanceNumber = int(number)


# 15: grids


def regridded(is_same_frame):
    """Acquire the last phase on a grid of its own, somewhat larger than the others' and with other spacings."""

    def spoil(p):
        shape, spacing = (12, 24, 26), (1.6, 1.0, 0.9)
        half = (np.array(shape) - 1) / 2 * spacing
        row, column = np.array(p.axes)
        origin = p.centre - half[0] * p.normal - half[1] * column - half[2] * row
        other = Patient(
            p.id,
            p.folder,
            p.seed,
            p.n_phases,
            shape=shape,
            spacing_mm=spacing,
            axes=p.axes,
            origin_mm=tuple(origin),
        )
        last = p.n_phases - 1
        for index in range(p.shape[0]):
            del p.slices[last, index]
        p.others = [other.slices[last, index] for index in range(shape[0])]
        for d in p.others:
            d.FrameOfReferenceUID = p.uid("frame" if is_same_frame else "another frame")

    return spoil


# Linear interpolation misses at most a cell's (h / 2)^2 / 2 times the second derivative along each axis, which is
# amplitude / sigma^2 at the lesion's centre, and voxels are whole numbers.
BETWEEN = (1.6**2 + 1.0**2 + 0.9**2) / 8 * ENHANCEMENT[2] / SIGMA_MM**2 + 1


# 16 to 18: what a header says of pixels


def without(keyword):
    return each(lambda p, d, phase, index: delattr(d, keyword))


def set_all(keyword, value):
    return each(lambda p, d, phase, index: setattr(d, keyword, value))


def own_slopes(p):
    for phase, index, d in p.each():
        slope, intercept = 0.37 + 0.013 * index + 0.1 * phase, -12.5 * index
        d.RescaleSlope, d.RescaleIntercept = decimal(slope), decimal(intercept)
        p.truth[phase, index] = p.truth[phase, index] * float(d.RescaleSlope) + float(d.RescaleIntercept)


def signed_as_unsigned(p):
    for phase, index, d in p.each():
        set_pixels(d, (p.truth[phase, index] - 620).astype(np.int16).view(np.uint16))


# 19, 20: transfer syntaxes


def compressed(syntax, **options):
    return each(lambda p, d, phase, index: d.compress(syntax, generate_instance_uid=False, **options))


def deflated(p, d, phase, index):
    d.file_meta.TransferSyntaxUID = DeflatedExplicitVRLittleEndian


def big_endian(p, d, phase, index):
    d.file_meta.TransferSyntaxUID = ExplicitVRBigEndian
    d.PixelData = np.frombuffer(d.PixelData, "<u2").astype(">u2").tobytes()
    d["PixelData"].VR = "OW"


def jpeg_2000(p):
    """Encode with OpenJPEG, by Pillow."""
    import io

    from PIL import Image
    from pydicom.encaps import encapsulate

    for _, _, d in p.each():
        buffer = io.BytesIO()
        pixels = np.frombuffer(d.PixelData, "<u2").reshape(d.Rows, d.Columns)
        Image.fromarray(pixels).save(buffer, "JPEG2000", irreversible=False, no_jp2=True, num_resolutions=3)
        d.PixelData = encapsulate([buffer.getvalue()])
        d["PixelData"].VR = "OB"
        d.file_meta.TransferSyntaxUID = JPEG2000Lossless


def named(syntax):
    """Write another syntax over that of JPEG 2000; all UIDs have 22 characters."""

    def damage(p):
        for phase, index in p.slices:
            path = p.file(phase, index)
            path.write_bytes(path.read_bytes().replace(JPEG2000Lossless.encode(), syntax.encode()))

    return damage


def declared_lossy(p, d, phase, index):
    d.LossyImageCompression, d.LossyImageCompressionRatio = "01", "10"


# 21, 22: bytes


def cut_fragment(p):
    """Encapsulate the first half of a compressed slice as if it were whole."""
    from pydicom.encaps import encapsulate, generate_frames

    def edit(d):
        (stream,) = generate_frames(d.PixelData, number_of_frames=1)
        d.PixelData = encapsulate([stream[: len(stream) // 2]])

    reread(a_slice(p), edit)


def cut(file, n_bytes):
    """Cut the end of a file off."""

    def damage(p):
        path = file(p)
        path.write_bytes(path.read_bytes()[:-n_bytes])

    return damage


def keep(file, n_bytes):
    def damage(p):
        path = file(p)
        path.write_bytes(path.read_bytes()[:n_bytes])

    return damage


def a_slice(p):
    return p.file(1, MIDDLE)


def a_phase(p):
    return p.folder / f"phase-1{p.images}"


def flip(place):
    """Flip a bit at a share of the file's length."""

    def damage(p):
        data = bytearray(a_phase(p).read_bytes())
        data[int(len(data) * place)] ^= 0x10
        a_phase(p).write_bytes(bytes(data))

    return damage


def header_of_nifti(edit):
    """Edit the header bytes of a plain .nii file."""

    def damage(p):
        path = a_phase(p)
        data = bytearray(path.read_bytes())
        edit(data)
        path.write_bytes(bytes(data))

    return damage


def pack(code, offset, *values):
    def edit(data):
        struct.pack_into(f"<{len(values)}{code}", data, offset, *values)

    return edit


def sheared_form(data):
    """Tilt the sform's z axis by 0.1 mm along x, and drop the qform."""
    struct.pack_into("<h", data, 252, 0)
    struct.pack_into("<f", data, 280 + 8, 0.1)


def cut_inside_gzip(p):
    path = a_phase(p)
    path.write_bytes(gzip.compress(gzip.decompress(path.read_bytes())[:-500]))


# 23, 24: whose images


def of_another(p, d, phase, index):
    if index == MIDDLE and phase == 1:
        d.PatientID = "ZQOTHER-9"


def nameless_folder(p):
    p.folder.rename(p.folder.with_name("MR1"))


def second_study(p):
    for phase, index in p.slices:
        twin = p.header(phase, index)
        twin.StudyInstanceUID, twin.SeriesInstanceUID = p.uid("study 2"), p.uid("series 2")
        twin.SOPInstanceUID = p.uid("slice 2", phase, index)
        p.others.append(twin)


def examination_named(p):
    table = p.folder.parent / "examinations.csv"
    table.write_text(f"patient_id,study_uid\n{p.id},{p.uid('study')}\n")


# 26, 27: values


def float_pixels(p):
    """Floating-point pixels, one of them not a number."""
    for phase, index, d in p.each():
        values = p.truth[phase, index].astype("<f4")
        if (phase, index) == (1, MIDDLE):
            values[3, 3] = np.nan
        del d.PixelData, d.PixelRepresentation, d.BitsStored, d.HighBit
        d.BitsAllocated, d.FloatPixelData = 32, values.tobytes()


def voxel(value):
    def spoil(p):
        p.truth[1, MIDDLE, 3, 3] = value

    return spoil


def flat(value):
    def spoil(p):
        p.truth[2] = value
        for d in p.phase_slices(2) if p.slices else ():
            set_pixels(d, p.truth[2, 0])

    return spoil


# 32


def strays(p):
    for name in ("Thumbs.db", ".DS_Store", "export.zip", "notes.pdf"):
        (p.folder / name).write_bytes(b"PK\3\4 no image " * 30)


def dicomdir(p):
    d = Dataset()
    d.file_meta = FileMetaDataset()
    d.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    d.SOPClassUID, d.SOPInstanceUID = "1.2.840.10008.1.3.10", p.uid("dicomdir")
    d.FileSetID = "EXPORT"
    record = Dataset()
    record.DirectoryRecordType, record.PatientID, record.PatientName = "PATIENT", p.id, f"{CANARY}^ANNA"
    d.DirectoryRecordSequence = [record]
    d.save_as(p.folder / "DICOMDIR", enforce_file_format=True)

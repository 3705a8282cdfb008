"""The scanner that headers tell: one name per maker, tesla, nothing that identifies a hospital."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydicom.dataset import Dataset

from tilscope.reading.dicom_headers import slice_header
from tilscope.reading.dicom_scanner import maker, scanner_of, tesla
from tilscope.vocabulary import Scanner


def header(**values):
    dataset = Dataset()
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    return slice_header(Path("a.dcm"), dataset, {})


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("SIEMENS", "Siemens"),
        ("Siemens Healthineers", "Siemens"),
        ("GE MEDICAL SYSTEMS", "GE"),
        ("GE", "GE"),
        ("Philips Medical Systems", "Philips"),
        ("TOSHIBA_MEC", "Canon"),
        ("UIH", "United Imaging"),
        ("Genesis", "Genesis"),
        ("", None),
    ],
)
def test_makers_have_one_name(text, name):
    assert maker(text) == name


@pytest.mark.parametrize(
    ("written", "field_t", "unit"),
    [
        (1.5, 1.5, ""),
        (1.494, 1.5, ""),
        (2.89362, 3.0, ""),
        (3, 3.0, ""),
        (0.58, 0.6, ""),
        (2.3, 2.3, ""),
        (15000, 1.5, "gauss"),
        (30000, 3.0, "gauss"),
        (1500, 1.5, "millitesla"),
        (None, None, ""),
        (0, None, ""),
        (-1, None, ""),
        (123456, None, "no field strength"),
    ],
)
def test_field_strengths_are_in_tesla(written, field_t, unit):
    found, note = tesla(written)
    assert found == field_t
    assert unit in note
    assert bool(note) == bool(unit)


def test_a_scanner_has_one_label_however_it_is_written():
    one = header(Manufacturer="SIEMENS", ManufacturerModelName="Avanto", MagneticFieldStrength="1.5")
    other = header(
        Manufacturer="Siemens HealthCare GmbH",
        ManufacturerModelName=" AVANTO ",
        MagneticFieldStrength="15000",
    )
    first, notes = scanner_of([one, one])
    second, told = scanner_of([other])
    assert first == Scanner("Siemens", "Avanto", 1.5)
    assert (first.label, second.label) == ("Siemens AVANTO 1.5 T",) * 2
    assert notes == ()
    assert told == ("IMG-34 MagneticFieldStrength 15000 was read as 1.5 T (written in gauss)",)


def test_nothing_told_is_no_scanner():
    assert scanner_of([header(Modality="MR")]) == (None, ())
    assert scanner_of([header(Manufacturer="Philips")])[0].label == "Philips"


def test_several_scanners_are_none():
    one = header(Manufacturer="SIEMENS", ManufacturerModelName="Avanto")
    other = header(Manufacturer="SIEMENS", ManufacturerModelName="Skyra")
    scanner, notes = scanner_of([one, other])
    assert scanner is None
    assert notes == ("IMG-34 the images tell of several scanners (Siemens, Avanto, Skyra); none is noted",)


def test_images_that_tell_less_do_not_disagree():
    full = header(Manufacturer="GE", ManufacturerModelName="Signa HDxt", MagneticFieldStrength="1.5")
    less = header(Manufacturer="GE MEDICAL SYSTEMS", ManufacturerModelName="SIGNA HDxt")
    assert scanner_of([less, full, header()])[0].label == "GE SIGNA HDXT 1.5 T"
    assert scanner_of([less, full, header()])[1] == ()


def test_odd_marks_and_institutions_stay_out():
    told = header(
        Manufacturer="SIEMENS",
        ManufacturerModelName="<b>Sky\nra</b>\x07",
        InstitutionName="St. Elsewhere",
        StationName="MR7",
        DeviceSerialNumber="4711",
    )
    scanner, _ = scanner_of([told])
    assert scanner == Scanner("Siemens", "bSkyra/b", None)
    assert not any("lsewhere" in str(value) or "4711" in str(value) for value in vars_of(told))


def vars_of(record):
    return [getattr(record, name) for name in record.__slots__]

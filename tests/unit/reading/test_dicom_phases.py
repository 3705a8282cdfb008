"""Phases told apart, by every key of the cascade, and refused where no key is right."""

import numpy as np
import pytest

from tilscope.reading import read_dicom_series
from tilscope.vocabulary import PhaseKeyTrial, SeriesError


def number(keyword, values=lambda phase, index: phase + 1):
    def edit(dataset, phase, index):
        setattr(dataset, keyword, values(phase, index))

    return edit


def series_per_phase(dataset, phase, index):
    dataset.SeriesInstanceUID = f"1.2.3.{9 - phase}"
    dataset.SeriesNumber = 5 + phase


TOLD = [
    ("SeriesInstanceUID", series_per_phase, None),
    ("TemporalPositionIdentifier", number("TemporalPositionIdentifier"), None),
    ("AcquisitionNumber", number("AcquisitionNumber"), None),
    ("AcquisitionTime", number("AcquisitionTime", lambda p, i: f"10{p:02d}30"), (-60.0, 0.0, 60.0)),
    ("TriggerTime", number("TriggerTime", lambda p, i: str(p * 62500.0)), (-62.5, 0.0, 62.5)),
    ("ContentTime", number("ContentTime", lambda p, i: f"1000{p * 20:02d}"), (-20.0, 0.0, 20.0)),
    ("order of repeats (InstanceNumber)", number("InstanceNumber", lambda p, i: p * 6 + i + 1), None),
    ("order of repeats (InstanceNumber)", number("InstanceNumber", lambda p, i: i * 3 + p + 1), None),
    ("order of repeats (InstanceNumber)", number("InstanceNumber", lambda p, i: (5 - i) * 3 + p + 1), None),
]


@pytest.mark.parametrize(("key", "edit", "times"), TOLD)
def test_each_key_alone_splits_the_phases(examination, key, edit, times):
    examination.write(edit)
    series = read_dicom_series(examination.folder)
    assert series.phase_key == key
    assert series.times_s == times
    assert series.phase_names == ("pre", "post1", "post2")
    for volume, truth in zip(series.phases, examination.truth(), strict=True):
        np.testing.assert_array_equal(volume.array, truth)
        assert volume.spacing_mm == pytest.approx((2.0, 0.75, 0.5), abs=1e-9)


def test_series_without_times_are_told_to_be_in_order_of_their_numbers(examination):
    examination.write(series_per_phase)
    notes = read_dicom_series(examination.folder).notes
    assert any("SeriesNumber" in note for note in notes)


def test_series_are_ordered_by_time_not_by_number(examination, timed):
    def edit(dataset, phase, index):
        series_per_phase(dataset, phase, index)
        dataset.SeriesNumber = 9 - phase
        timed(dataset, phase, index)

    examination.write(edit)
    series = read_dicom_series(examination.folder)
    assert series.phase_key == "SeriesInstanceUID"
    assert series.times_s == (-90.0, 0.0, 90.0)
    np.testing.assert_array_equal(series.phases[2].array, examination.truth()[2])


def test_a_key_that_lumps_phases_together_is_not_used_and_is_named(examination, timed):
    def edit(dataset, phase, index):
        dataset.AcquisitionNumber = 1 if phase == 0 else 2  # as in the UCSF examination
        timed(dataset, phase, index)

    examination.write(edit)
    series = read_dicom_series(examination.folder)
    assert series.phase_key == "AcquisitionTime"
    assert any("AcquisitionNumber would give 2 groups of 6 + 12" in note for note in series.notes)
    assert series.disagreeing_keys == (
        PhaseKeyTrial("AcquisitionNumber", (6, 12), 0, 6, "6 slices too many at their position"),
    )


def test_a_key_that_orders_the_phases_otherwise_is_named(examination, timed):
    def edit(dataset, phase, index):
        dataset.TemporalPositionIdentifier = phase + 1
        dataset.AcquisitionNumber = 9 - phase

    examination.write(edit)
    (trial,) = read_dicom_series(examination.folder).disagreeing_keys
    assert (trial.key, trial.group_sizes, trial.n_missing, trial.n_repeated) == (
        "AcquisitionNumber",
        (6, 6, 6),
        0,
        0,
    )
    assert "another order" in trial.reason


def test_keys_that_agree_are_no_disagreement(examination, timed):
    def edit(dataset, phase, index):
        series_per_phase(dataset, phase, index)
        dataset.SeriesNumber = 9 - phase  # series have no order of their own
        dataset.AcquisitionNumber = dataset.TemporalPositionIdentifier = phase + 1
        timed(dataset, phase, index)

    examination.write(edit)
    assert read_dicom_series(examination.folder).disagreeing_keys == ()


CONTRAST = [
    # first post-contrast phase at 10:01:30.5, last pre-contrast one 90 s before it
    ("100040", "contrast", (-39.5, 50.5, 140.5)),
    ("100110.5", "contrast", (-70.0, 20.0, 110.0)),
    ("100150.5", "contrast", (-110.0, -20.0, 70.0)),  # a little after the first post phase began
    ("100000.5", "contrast", (0.0, 90.0, 180.0)),
    ("095900", "post1", (-90.0, 0.0, 90.0)),  # before the pre-contrast phase
    ("100300", "post1", (-90.0, 0.0, 90.0)),  # 90 s into the post-contrast phases
    ("no time", "post1", (-90.0, 0.0, 90.0)),
]


@pytest.mark.parametrize(("start", "zero", "times"), CONTRAST)
def test_times_count_from_the_contrast_where_it_is_plausible(examination, timed, start, zero, times):
    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        dataset.add_new("ContrastBolusStartTime", "LO", start)

    examination.write(edit)
    series = read_dicom_series(examination.folder)
    assert (series.time_zero, series.times_s) == (zero, times)
    is_doubted = any("contrast injection is not believed" in note for note in series.notes)
    assert is_doubted == (zero == "post1" and start != "no time")


def test_the_contrast_given_with_the_later_phases_only_and_over_midnight(examination):
    def edit(dataset, phase, index):
        dataset.AcquisitionDate = "20200102" if phase == 0 else "20200103"
        dataset.AcquisitionTime = ("235900", "000030", "000200")[phase]
        if phase > 0:
            dataset.ContrastBolusStartTime = "235950"

    examination.write(edit)
    series = read_dicom_series(examination.folder)
    assert (series.time_zero, series.times_s) == ("contrast", (-50.0, 40.0, 130.0))


def test_two_contrast_starts_are_not_believed(examination, timed):
    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        dataset.ContrastBolusStartTime = "100040" if phase < 2 else "100045"

    examination.write(edit)
    assert read_dicom_series(examination.folder).time_zero == "post1"


@pytest.mark.parametrize("keyword", ["TriggerTime", "ContentTime"])
def test_times_that_are_no_clock_of_the_acquisition_count_from_the_first_post_phase(examination, keyword):
    def edit(dataset, phase, index):
        setattr(dataset, keyword, f"10{phase:02d}00")
        dataset.ContrastBolusStartTime = "100030"

    examination.write(edit)
    assert read_dicom_series(examination.folder).time_zero == "post1"


def test_phases_picked_by_number(make_examination, tmp_path, timed):
    six = make_examination(tmp_path / "six", n_phases=6)
    six.write(timed)
    series = read_dicom_series(six.folder, phases=[0, 2, 5])
    assert series.phase_names == ("pre", "post1", "post2")
    assert series.times_s == (-180.0, 0.0, 270.0)
    for volume, number in zip(series.phases, (0, 2, 5), strict=True):
        np.testing.assert_array_equal(volume.array, six.truth()[number])
    (note,) = [n for n in series.notes if n.startswith("IMG-04")]
    assert "not used: 1, 3, 4" in note
    assert len(series.sop_uids) == 3


def test_phases_that_do_not_exist(examination, timed):
    examination.write(timed)
    with pytest.raises(SeriesError, match=r"0 to 2.*imaging\.phases") as caught:
        read_dicom_series(examination.folder, phases=[0, 1, 3])
    assert caught.value.rule == "IMG-03"


def test_times_that_differ_from_slice_to_slice_do_not_hide_the_phases(examination):
    def edit(dataset, phase, index):
        dataset.TemporalPositionIdentifier = phase + 1
        seconds = phase * 90 + index  # 2D interleaving: every slice has its own time
        dataset.AcquisitionTime = f"10{seconds // 60:02d}{seconds % 60:02d}"

    examination.write(edit)
    series = read_dicom_series(examination.folder)
    assert series.phase_key == "TemporalPositionIdentifier"
    assert series.times_s == (-90.0, 0.0, 90.0)


def test_times_run_over_midnight(examination):
    def edit(dataset, phase, index):
        dataset.AcquisitionDate = "20200102" if phase == 0 else "20200103"
        dataset.AcquisitionTime = ("235930", "000100", "000230")[phase]

    examination.write(edit)
    assert read_dicom_series(examination.folder).times_s == (-90.0, 0.0, 90.0)


def test_acquisition_date_and_time_in_one_attribute(examination):
    edit = number("AcquisitionDateTime", lambda p, i: f"2020010210{p:02d}00.000000+0100")
    examination.write(edit)
    series = read_dicom_series(examination.folder)
    assert (series.phase_key, series.times_s) == ("AcquisitionTime", (-60.0, 0.0, 60.0))


def test_content_times_of_another_day_are_not_believed(examination):
    def edit(dataset, phase, index):
        dataset.TemporalPositionIdentifier = phase + 1
        dataset.ContentDate, dataset.ContentTime = "20200505", f"1000{phase:02d}"

    examination.write(edit)
    assert read_dicom_series(examination.folder).times_s is None


def test_shuffled_instance_numbers_alone_are_refused(examination):
    order = np.random.default_rng(1).permutation(18)
    examination.write(number("InstanceNumber", lambda p, i: int(order[p * 6 + i]) + 1))
    with pytest.raises(SeriesError, match="cannot be told apart") as caught:
        read_dicom_series(examination.folder)
    assert caught.value.rule == "IMG-07"


def test_nothing_that_differs_is_refused(examination):
    examination.write()
    with pytest.raises(SeriesError) as caught:
        read_dicom_series(examination.folder)
    assert caught.value.rule == "IMG-07"
    assert "18 slices at 6 positions" in str(caught.value)


@pytest.mark.parametrize(
    "minutes", [(0, 2, 2), (2, 1, 3), (3, 2, 1)], ids=["two equal", "first later", "reversed"]
)
def test_times_that_do_not_increase_are_refused(examination, minutes):
    def edit(dataset, phase, index):
        dataset.TemporalPositionIdentifier = phase + 1
        dataset.AcquisitionTime = f"10{minutes[phase]:02d}00"

    examination.write(edit)
    with pytest.raises(SeriesError) as caught:
        read_dicom_series(examination.folder)
    assert caught.value.rule == "IMG-08"


def test_series_of_equal_time_are_refused(examination):
    def edit(dataset, phase, index):
        series_per_phase(dataset, phase, index)
        dataset.AcquisitionTime = ("100000", "100130", "100130")[phase]

    examination.write(edit)
    with pytest.raises(SeriesError) as caught:
        read_dicom_series(examination.folder)
    assert caught.value.rule == "IMG-08"


def test_series_without_any_order_are_refused(examination):
    def edit(dataset, phase, index):
        series_per_phase(dataset, phase, index)
        dataset.SeriesNumber = 7

    examination.write(edit)
    with pytest.raises(SeriesError, match="nothing tells the order") as caught:
        read_dicom_series(examination.folder)
    assert caught.value.rule == "IMG-08"


def test_the_number_of_phases_is_data(make_examination, tmp_path, timed):
    six = make_examination(tmp_path / "six", n_phases=6)
    six.write(timed)
    series = read_dicom_series(six.folder, n_pre=2)
    assert series.phase_names == ("pre1", "pre2", "post1", "post2", "post3", "post4")
    assert series.times_s[2] == 0.0


def test_one_phase_alone_counts_as_post_contrast(make_examination, tmp_path):
    one = make_examination(tmp_path / "one", n_phases=1)
    one.write()
    series = read_dicom_series(one.folder)
    assert (series.phase_names, series.phase_key, series.times_s) == (("post1",), "one phase", None)


@pytest.mark.parametrize(("expected", "rule"), [(4, "IMG-03"), (2, "IMG-04")])
def test_another_number_of_phases_than_expected_is_refused(examination, timed, expected, rule):
    examination.write(timed)
    with pytest.raises(SeriesError) as caught:
        read_dicom_series(examination.folder, n_phases=expected)
    assert caught.value.rule == rule


def test_slice_uids_follow_phase_and_position(examination, timed):
    own = {}

    def edit(dataset, phase, index):
        timed(dataset, phase, index)
        own[phase, index] = dataset.SOPInstanceUID

    examination.write(edit)
    uids = read_dicom_series(examination.folder).sop_uids
    assert uids == tuple(tuple(own[p, i] for i in range(6)) for p in range(3))


def test_series_across_midnight_without_a_date_are_refused(examination):
    """23:58, 23:59:30, 00:01 would sort the last phase first."""

    def edit(dataset, phase, index):
        series_per_phase(dataset, phase, index)
        dataset.AcquisitionTime = ("235800", "235930", "000100")[phase]
        if "AcquisitionDate" in dataset:
            del dataset.AcquisitionDate

    examination.write(edit)
    with pytest.raises(SeriesError, match="hours apart") as caught:
        read_dicom_series(examination.folder)
    assert caught.value.rule == "IMG-08"

"""Messages about one patient name no other one either."""

from types import SimpleNamespace

import pytest

from tilscope.pipeline.importing_patient import cleaner
from tilscope.study import Linkage

OWN = "ZQ-001"
OTHERS = ("ZQ-002", "ZQ-0021", "12", "4711823")


@pytest.fixture
def study(tmp_path):
    Linkage(b"s" * 32, {}).with_ids([OWN, *OTHERS]).save(tmp_path)
    return SimpleNamespace(source_folder=tmp_path)


@pytest.fixture
def key():
    return Linkage(b"s" * 32, {}).key


def test_every_known_id_and_the_own_names_are_replaced(study, key):
    clean = cleaner(study, key(OWN), SimpleNamespace(private_words=(OWN, "DOE")))
    said = clean("zq-001 of Doe, ZQ-002_IM1, ZQ-0021 and 4711823")
    assert said == f"{key(OWN)} of {key(OWN)}, {key('ZQ-002')}_IM1, {key('ZQ-0021')} and {key('4711823')}"


def test_counts_in_a_sentence_stay_and_ids_in_a_file_name_do_not(study, key):
    source = SimpleNamespace(private_words=(OWN,))
    assert cleaner(study, key(OWN), source)("12 of 30 slices") == "12 of 30 slices"
    assert cleaner(study, key(OWN), source, is_name=True)("12_IM1.dcm") == f"{key('12')}_IM1.dcm"

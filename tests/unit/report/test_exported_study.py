"""The made-up study as an export: every table is found, and every column of it is described."""

from __future__ import annotations

from tilscope.pipeline.exporting.dictionary import meaning_of
from tilscope.pipeline.exporting.gathering import gather
from tilscope.pipeline.exporting.sources import SOURCES

NOT_MADE_UP = {"reproducibility", "honesty", "renamed_genes", "counts", "robust_genes"}


def test_every_table_and_every_column(study):
    gathered = gather(study)
    assert {source.name for source in SOURCES} - NOT_MADE_UP <= {table.name for table in gathered.tables}
    clinical = {"stils", "age", "menopause", "t_stage", "site"}
    flags_of_patients = set(gathered.table("quality").frame)
    for table in gathered.tables:
        assert len(table.frame), table.name
        if table.cells is not None:
            assert table.cells.description
            assert meaning_of(str(table.frame.columns[0])) is not None
            continue
        own = clinical if table.name == "participants" else set()
        own |= flags_of_patients if table.name == "quality" else set()
        assert [c for c in table.frame if meaning_of(str(c)) is None and c not in own] == [], table.name


def test_counts_of_the_made_up_study(study):
    gathered = gather(study)
    # 20 patients, 3 of them without features; 3 features and the volume; 1,200 genes
    assert len(gathered.table("participants").frame) == 20
    assert gathered.table("features").frame.shape == (17, 5)
    assert len(gathered.table("genes").frame) == 1200
    assert gathered.notes == ("PHI-88: 1 clinical column(s) of free text left out: remark",)

"""The parts of the honesty panel that can be done apart: which there are, and how one is done.

A batch is a few repetitions of one kind. Each repetition has its own stream of random numbers, told by its kind
and number alone, so that neither the size of batches nor the number of workers changes a result.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from tilscope.pipeline.control_features import CONTROL_KINDS, control_file, load_control
from tilscope.pipeline.loading import load_participants
from tilscope.pipeline.performance_record import storable
from tilscope.pipeline.signature_inputs import Cohort, cohort_inputs, load_cohort, load_preparation
from tilscope.pipeline.signature_step import SIGNATURE
from tilscope.pipeline.status import usable_patients
from tilscope.pipeline.step import Batches, Products, Step
from tilscope.study import Study, encode_json
from tilscope.vocabulary import TilscopeError

if TYPE_CHECKING:
    from tilscope.signature import ClinicalColumns, HonestySettings, WholeFit

HONESTY_STREAM = 5
SPLITS, NESTED, PERMUTATIONS = "splits", "nested", "permutations"
STREAMS = {SPLITS: 1, NESTED: 2, PERMUTATIONS: 3, "permutation folds": 4, "baselines": 5}
NOT_FOR_FITS = ("cohort.name", "evaluation")  # settings of the signature that change no fit


@dataclass(frozen=True)
class Panel:
    """What every repetition starts from."""

    study: Study

    @cached_property
    def cohort(self) -> Cohort:
        """Features, roles and classes, under aliases."""
        return load_cohort(self.study)

    @cached_property
    def whole_fit(self) -> WholeFit:
        """What is repeated."""
        from tilscope.signature import WholeFit

        preparation = load_preparation(self.study, self.cohort)
        settings = self.study.settings.selection
        return WholeFit(self.cohort.features, self.cohort.levels, settings, preparation)

    @cached_property
    def clinical(self) -> ClinicalColumns:
        """Columns of the clinical-only model, of the patients with a class, under aliases."""
        from tilscope.signature import clinical_columns

        known = self.whole_fit.known_levels.index
        table = load_participants(self.study).drop(columns="stils")
        rows = table.reindex(self.cohort.participants.loc[known]).set_axis(known)
        return clinical_columns(rows, self.study.settings.honesty.clinical_columns)

    @cached_property
    def baselines(self) -> dict[str, pd.DataFrame]:
        """Columns of each simple model; a model without columns is not there."""
        from tilscope.signature.baselines import VOLUME

        values = self.cohort.features.values
        tables = {"volume": values[[c for c in (VOLUME,) if c in values]], "clinical": self.clinical.frame}
        return {name: table for name, table in tables.items() if table.shape[1]}

    @property
    def own_roles(self) -> pd.Series:
        """Roles of the study's own split, by alias."""
        roles = self.cohort.features.roles
        return self.whole_fit.known_levels.iloc[:0] if roles is None else roles.dropna()

    @property
    def own_scores(self) -> pd.Series:
        """Scores of the study's own validation patients, by alias."""
        file = self.study.signature_folder / "scores.tsv"
        table = pd.read_csv(file, sep="\t", index_col="participant_id", na_values="n/a")
        rows = table.reindex(self.cohort.participants).set_axis(self.cohort.participants.index)
        return rows.loc[rows["role"] == "validation", "rad_tils_score"].dropna()

    def control(self, kind: str) -> WholeFit:
        """Return the whole fit on the features of a negative control; patients without them are left out."""
        keys = self.cohort.participants
        table = load_control(self.study, tuple(keys), kind)
        has_control = keys.isin(table.index)
        rows = self.cohort.features.rows(map(str, keys.index[has_control]))
        values = table.reindex(keys[has_control]).set_axis(rows.values.index)
        return self.whole_fit.with_features(replace(rows, values=values))

    def stream(self, kind: str, number: int) -> np.random.Generator:
        """Return the random numbers of one repetition."""
        return np.random.default_rng([self.study.settings.cohort.seed, HONESTY_STREAM, STREAMS[kind], number])


@dataclass(frozen=True)
class Kind:
    """One kind of repetition.

    Attributes
    ----------
    name : str
    per_batch : int
        Repetitions that are done together.
    n_units : callable (settings) -> int
        How many there are.
    settings : tuple of str
        Keys of study.toml that shape a result, beside those of the signature.
    repeat : callable (panel) -> callable (number) -> dict
        Prepares, and then does one.
    """

    name: str
    per_batch: int
    n_units: Callable[[HonestySettings], int]
    settings: tuple[str, ...]
    repeat: Callable[[Panel], Callable[[int], dict[str, Any]]]


def _splits(panel: Panel) -> Callable[[int], dict[str, Any]]:
    from tilscope.signature.repeated_splits import one_split

    fraction, baselines = panel.study.settings.split.training_fraction, panel.baselines
    return lambda number: asdict(
        one_split(
            panel.whole_fit,
            panel.stream(SPLITS, number),
            training_fraction=fraction,
            baselines=baselines,
        )
    )


def _control_splits(kind: str) -> Callable[[Panel], Callable[[int], dict[str, Any]]]:
    def repeat(panel: Panel) -> Callable[[int], dict[str, Any]]:
        from tilscope.signature.repeated_splits import one_split

        whole_fit, fraction = panel.control(kind), panel.study.settings.split.training_fraction
        return lambda number: asdict(
            one_split(
                whole_fit,
                panel.stream(SPLITS, number),
                training_fraction=fraction,
                among=panel.whole_fit.known_levels,
            )
        )

    return repeat


def _nested(panel: Panel) -> Callable[[int], dict[str, Any]]:
    from tilscope.signature.nested import nested_repeat

    n_folds = panel.study.settings.honesty.n_nested_folds
    return lambda number: asdict(
        nested_repeat(panel.whole_fit, panel.stream(NESTED, number), n_folds=n_folds)
    )


def _permutations(panel: Panel) -> Callable[[int], dict[str, Any]]:
    from tilscope.signature.permutation import permutation_folds, permuted_auc

    n_folds = panel.study.settings.honesty.n_permutation_folds
    folds = permutation_folds(panel.whole_fit, n_folds, panel.stream("permutation folds", 0))
    return lambda number: {
        "auc": permuted_auc(
            panel.whole_fit, folds, panel.stream(PERMUTATIONS, number), is_permuted=number > 0
        )
    }


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(NESTED, 1, lambda s: s.n_nested_repeats, ("honesty.n_nested_folds",), _nested),
        Kind(SPLITS, 10, lambda s: s.n_splits, ("honesty.clinical_columns",), _splits),
        Kind(
            PERMUTATIONS,
            5,
            lambda s: s.n_permutations + 1 if s.n_permutations else 0,  # the first has the true classes
            ("honesty.n_permutation_folds",),
            _permutations,
        ),
        *(
            Kind(
                kind,
                10,
                lambda s: min(s.n_control_splits, s.n_splits) if s.controls else 0,
                (),
                _control_splits(kind),
            )
            for kind in CONTROL_KINDS
        ),
    )
}


def batch_file(study: Study, name: str) -> Path:
    """Return where the results of a batch lie."""
    return study.signature_folder / "honesty" / f"{name}.json"


def batch_names(study: Study) -> tuple[str, ...]:
    """Return every batch of the panel: its kind, its first repetition, and the one after its last."""
    settings = study.settings.honesty
    names = []
    for kind in KINDS.values():
        n = kind.n_units(settings)
        names += [
            f"{kind.name}-{first}-{min(first + kind.per_batch, n)}" for first in range(0, n, kind.per_batch)
        ]
    return tuple(names)


def kind_of(name: str) -> tuple[Kind, range]:
    """Return the kind and the repetitions of a batch."""
    kind, first, end = name.split("-")
    return KINDS[kind], range(int(first), int(end))


def _do(study: Study, name: str) -> Products:
    kind, numbers = kind_of(name)
    once = kind.repeat(Panel(study))
    rows = [{"number": number} | _attempt(once, number) for number in numbers]
    return Products({batch_file(study, name): encode_json({"results": rows})})


def _attempt(once: Callable[[int], dict[str, Any]], number: int) -> dict[str, Any]:
    """Return a repetition, or why it could not be done: some random splits of few patients cannot be fitted."""
    try:
        result: dict[str, Any] = storable(once(number))
        return result
    except TilscopeError as error:
        return {"failed": f"{error.rule}: {error.message}"}


def panel_inputs(study: Study) -> tuple[Path, ...]:
    """Return the files of the cohort that every batch reads."""
    return cohort_inputs(study, usable_patients(study))


def _inputs(study: Study, name: str) -> tuple[Path, ...]:
    if kind_of(name)[0].name not in CONTROL_KINDS:
        return panel_inputs(study)
    files = (control_file(study, patient) for patient in usable_patients(study))
    return (*panel_inputs(study), *(file for file in files if file.is_file()))


def step_of(name: str) -> Step:
    """Return the step that does one batch."""
    kind, _ = kind_of(name)
    settings = tuple(key for key in SIGNATURE.settings if key not in NOT_FOR_FITS)
    return Step(
        "honesty",
        2,
        "repeat the whole fit",
        (*settings, *kind.settings),
        ("numpy", "numba", "scipy"),
        _inputs,
        lambda study, batch: batch_file(study, batch).with_suffix(".provenance.json"),
        _do,
        is_cohort=True,
    )


def n_fits(study: Study, name: str) -> int:
    """Return how many fits a batch is, for the progress bar."""
    kind, numbers = kind_of(name)
    settings = study.settings.honesty
    folds = {NESTED: settings.n_nested_folds, PERMUTATIONS: settings.n_permutation_folds}
    return len(numbers) * folds.get(kind.name, 1)


HONESTY_BATCHES = Batches(batch_names, step_of, n_fits)

"""What a configuration asks for: its data sets, runs and stress grids, checked before anything is computed."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from datagen.errors import InputError, naming
from datagen.kinds import data_kind, kind_module, kind_names
from datagen.stress_factors import factor_modules
from ssrvae.base.suggestions import suggest
from ssrvae.study.config import load_config, source_name
from ssrvae.study.estimator_paths import check_estimator_paths
from ssrvae.study.grids import every_combination, grid_values, value_text
from ssrvae.study.stress_cells import Cell, cell_options, check_cells, grid_cells

BASE = "base"


@dataclass(frozen=True)
class PlannedDataset:
    """One data set: the `data` stanza it is made from, the dotted keys that its sweep varies, and who is run on it.

    swept_from: which of `datasets` its sweep varies; "" for the base, and for a data set that no sweep made.
    """

    name: str
    data: dict[str, Any]
    varied: dict[str, Any]
    methods: tuple[str, ...]
    swept_from: str = ""


@dataclass(frozen=True)
class PlannedGrid:
    """One stress grid: the fitted models it tests, and its cells."""

    name: str
    dataset: str
    methods: tuple[str, ...]
    cells: tuple[Cell, ...]
    per_class: int
    per_class_of: Mapping[str, int]
    options: Mapping[str, Any]
    confusion: bool


@dataclass(frozen=True)
class Run:
    """One fit."""

    dataset: str
    method: str
    seed: int


@dataclass(frozen=True)
class StressJob:
    """One fitted model on one whole grid."""

    grid: str
    method: str
    seed: int


@dataclass(frozen=True)
class Plan:
    """A checked configuration spelt out."""

    config: dict[str, Any]
    datasets: dict[str, PlannedDataset]
    grids: dict[str, PlannedGrid]

    @property
    def seeds(self) -> tuple[int, ...]:
        """The replicate seeds."""
        return tuple(self.config["seeds"])

    @property
    def own_tables(self) -> dict[str, tuple[str, ...]]:
        """The kinds whose runs have a table of their own, each with the names of its data sets."""
        kinds = dict.fromkeys(dataset.data["kind"] for dataset in self.datasets.values())
        return {kind: self.of_kind(kind) for kind in kinds if data_kind(kind).table_columns}

    def of_kind(self, kind: str) -> tuple[str, ...]:
        """Name the data sets of a kind."""
        return tuple(name for name, dataset in self.datasets.items() if dataset.data["kind"] == kind)

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """Every fit: data sets x their methods x seeds."""
        return tuple(
            Run(dataset.name, method, seed)
            for dataset in self.datasets.values()
            for method in dataset.methods
            for seed in self.seeds
        )

    @cached_property
    def stress_jobs(self) -> tuple[StressJob, ...]:
        """Every fitted model on every grid that tests it."""
        return tuple(
            StressJob(grid.name, method, seed)
            for grid in self.grids.values()
            for method in grid.methods
            for seed in self.seeds
        )

    def data_recipe(self, dataset: str) -> dict[str, Any]:
        """Give all that the images of a data set depend on, besides the replicate seed."""
        return {"root_seed": self.config["seed"], "data": self.datasets[dataset].data}

    def fit_recipe(self, dataset: str, method: str) -> dict[str, Any]:
        """Give all that a fit depends on, besides the replicate seed."""
        return self.data_recipe(dataset) | {"method": self.config["methods"][method]}

    def stress_recipe(self, grid: str, method: str) -> dict[str, Any]:
        """Give all that the images of a stress grid for a method depend on, besides the replicate seed."""
        planned = self.grids[grid]
        per_class = planned.per_class_of.get(method, planned.per_class)
        recipe = {"cells": list(planned.cells), "per_class": per_class, "options": dict(planned.options)}
        return self.data_recipe(planned.dataset) | recipe | {"confusion": planned.confusion}

    def data_module(self, dataset: str) -> str:
        """Name the module of a data set's kind, which the jobs that draw its images import by name."""
        return kind_module(self.datasets[dataset].data["kind"])

    def stress_modules(self, grid: str) -> list[str]:
        """Name the modules of a grid's factors and of its data set's kind."""
        planned = self.grids[grid]
        return [self.data_module(planned.dataset), *factor_modules(name for cell in planned.cells for name in cell)]


def load_plan(source: str | Path) -> Plan:
    """Read a YAML file, or JSON text that starts with "{", check it and spell it out; InputError naming file or key."""
    return make_plan(load_config(source), source_name(source))


def make_plan(config: Mapping[str, Any], name: str = "config") -> Plan:
    """Spell out a checked configuration, which errors call `name`; raises InputError for what the schema cannot see.

    That is: names of methods, data sets and data keys that do not exist, estimators that cannot be imported, and
    values that a data set or a stress cell does not allow.
    """
    config = dict(config)
    with naming(name):
        check_estimator_paths(config["methods"])
        datasets = _by_name(_datasets(config))
        grids = {grid: _grid(grid, stanza, datasets) for grid, stanza in config.get("stress", {}).items()}
    return Plan(config, datasets, grids)


def _datasets(config: Mapping[str, Any]) -> Iterator[PlannedDataset]:
    every_method = tuple(config["methods"])
    for name, stanza in config.get("datasets", {}).items():
        methods = _known(stanza.get("methods", every_method), every_method, f"datasets.{name}.methods")
        _check_data(stanza["data"], f"datasets.{name}.data")
        yield PlannedDataset(name, stanza["data"], {}, methods)
    if config.get("sweeps"):
        yield from _swept(config, every_method)
    elif not config.get("datasets"):
        _check_data(config["data"], "data")
        yield PlannedDataset(BASE, config["data"], {}, every_method)


def _swept(config: Mapping[str, Any], every_method: tuple[str, ...]) -> Iterator[PlannedDataset]:
    named = config.get("datasets", {})
    for sweep, stanza in config["sweeps"].items():
        where = f"sweeps.{sweep}"
        methods = _known(stanza.get("methods", every_method), every_method, f"{where}.methods")
        for source in _known(stanza["datasets"], tuple(named), f"{where}.datasets") if "datasets" in stanza else [""]:
            if not source and "data" not in config:
                raise InputError(f"{where}: needs a data set to vary; give the base, the key 'data', or 'datasets'")
            data = named[source]["data"] if source else config["data"]
            grids = {key: grid_values(spec, f"{where}.vary.{key}") for key, spec in stanza["vary"].items()}
            for key in grids:
                _check_varied_key(key, data["kind"], f"{where}.vary")
            for values in every_combination(grids, f"{where}.vary"):
                varied = dict(zip(grids, values, strict=True))
                name = "_".join([*filter(None, [source]), sweep, *map(value_text, values)])
                _check_data(own := _replaced(data, varied), f"{where}: {varied}: data")
                yield PlannedDataset(name, own, varied, methods, source)


def _by_name(datasets: Iterator[PlannedDataset]) -> dict[str, PlannedDataset]:
    named: dict[str, PlannedDataset] = {}
    for dataset in datasets:
        if dataset.name in named:
            raise InputError(f"two data sets are called {dataset.name!r}; rename one of datasets or sweeps")
        named[dataset.name] = dataset
    return named


def _replaced(data: Mapping[str, Any], varied: Mapping[str, Any]) -> dict[str, Any]:
    own = deepcopy(dict(data))
    for key, value in varied.items():
        *sections, last = key.split(".")
        stanza = own
        for section in sections:
            stanza = stanza.setdefault(section, {})
        stanza[last] = value
    return own


def _check_varied_key(key: str, kind: str, where: str) -> None:
    allowed = data_kind(kind).swept_keys()
    if key not in allowed:
        raise InputError(f"{where}: unknown data key {key!r} for kind {kind}; {suggest(key, allowed)}")


def _check_data(data: Mapping[str, Any], where: str) -> None:
    """Let the generator check what it will be given; a file is read, and checked, by the job that needs it."""
    try:
        data_kind(data["kind"]).check(data)
    except InputError as error:
        raise InputError(where.removesuffix("data") + str(error)) from error


def _grid(name: str, stanza: Mapping[str, Any], datasets: Mapping[str, PlannedDataset]) -> PlannedGrid:
    where = f"stress.{name}"
    (dataset,) = _known([stanza["dataset"]], tuple(datasets), f"{where}.dataset")
    methods = _known(stanza["methods"], datasets[dataset].methods, f"{where}.methods")
    _check_can_be_drawn_anew(dataset, datasets[dataset].data["kind"], f"{where}.dataset")
    cells = grid_cells(stanza, where)
    check_cells(cells, where)
    per_class_of = stanza.get("per_class_of", {})
    _known(per_class_of, methods, f"{where}.per_class_of")
    options = cell_options(cells, stanza)
    return PlannedGrid(name, dataset, methods, cells, stanza["per_class"], per_class_of, options, stanza["confusion"])


def _check_can_be_drawn_anew(dataset: str, kind: str, where: str) -> None:
    if data_kind(kind).fresh_images is None:
        able = [name for name in kind_names() if data_kind(name).fresh_images]
        raise InputError(
            f"{where}: {dataset!r} is of kind {kind}, so no images can be made anew for a grid; "
            f"stress grids need data of kind {' or '.join(able)}"
        )


def _known(names: Any, allowed: tuple[str, ...], where: str) -> tuple[str, ...]:
    for name in names:
        if name not in allowed:
            raise InputError(f"{where}: unknown name {name!r}; {suggest(name, allowed)}")
    return tuple(names)

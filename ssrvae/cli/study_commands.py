"""Subcommands of a study, one for each rule of the workflow, and those that check and plan it."""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ssrvae.cli.command import Command

if TYPE_CHECKING:
    from collections.abc import Callable

    from ssrvae.study.result_files import ResultFiles
    from ssrvae.study.run_folder import RunFolder


def _add_fetch(parser: argparse.ArgumentParser) -> None:
    from datagen.external import FOLDER

    parser.add_argument("archives", nargs="*", metavar="ARCHIVE", help="file name of an archive; default: all")
    parser.add_argument("--into", type=Path, default=FOLDER, help="folder to put them in; default %(default)s")
    parser.add_argument("--from", dest="copy", type=Path, help="folder with a copy to make them of, without a network")
    parser.add_argument(
        "--stand-in", action="store_true", help="leave an empty file for one that cannot be had, and go on"
    )


def _fetch(arguments: argparse.Namespace) -> int:
    from datagen.errors import InputError
    from datagen.external import fetch, fetch_or_stand_in
    from datagen.kinds import archives

    known = archives()
    for name in arguments.archives or known:
        if name not in known:
            raise InputError(f"there is no archive {name!r} to fetch; allowed are {', '.join(known)}")
        if arguments.copy or not arguments.stand_in:
            print(fetch(known[name], arguments.into, arguments.copy))
        elif reason := fetch_or_stand_in(known[name], arguments.into):
            print(f"warning: {reason}", file=sys.stderr)
        else:
            print(arguments.into / name)
    return 0


def _add_identity(parser: argparse.ArgumentParser, *names: str) -> None:
    """Add what names a row of the tables, the replicate seed last."""
    for name in names:
        parser.add_argument(f"--{name}", required=True, help=f"name of the {name} in tables")
    parser.add_argument("--seed", required=True, type=int, help="replicate seed")


def _add_recipe(parser: argparse.ArgumentParser, *keys: str) -> None:
    """Add the JSON that a job depends on, with the keys it must have."""

    def recipe(text: str) -> dict[str, Any]:
        try:
            found = json.loads(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"is no JSON ({error})") from error
        absent = [key for key in keys if not isinstance(found, dict) or key not in found]
        if absent:
            raise argparse.ArgumentTypeError(f"has no {', '.join(absent)}; needed are {', '.join(keys)}")
        return found

    parser.add_argument("--recipe", required=True, type=recipe, help=f"JSON: {', '.join(keys)}")


def _add_cost(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--cost", type=Path, help="JSON file for seconds and peak memory")


def _add_data(parser: argparse.ArgumentParser) -> None:
    _add_recipe(parser, "root_seed", "data")
    _add_identity(parser)
    parser.add_argument("--out", required=True, type=Path, help="the .npz to write")
    _add_cost(parser)


def _data(arguments: argparse.Namespace) -> int:
    from datagen.dataset import save_dataset
    from ssrvae.study.costs import write_cost
    from ssrvae.study.jobs.data import make_dataset, told_of

    dataset = make_dataset(arguments.recipe, arguments.seed)
    save_dataset(dataset, arguments.out)
    for told in told_of(dataset.header):
        print(told)
    if arguments.cost:
        write_cost(arguments.cost)
    print(arguments.out)
    return 0


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", type=Path, help="the data set's .npz")
    _add_identity(parser, "dataset", "method")
    _add_recipe(parser, "root_seed", "data", "method")
    parser.add_argument("--on-error", choices=("record", "raise"), default="record", help="what a failed fit does")
    parser.add_argument("--out", required=True, type=Path, help="the run's folder")


def _run(arguments: argparse.Namespace) -> int:
    from ssrvae.study.jobs.fit import run

    identity = {name: getattr(arguments, name) for name in ("dataset", "method", "seed")}
    outcome = run(arguments.data, arguments.out, identity, arguments.recipe, arguments.on_error)
    name = f"{arguments.method} on {arguments.dataset}, seed {arguments.seed}"
    print(f"warning: {name} failed: {outcome.reason}" if outcome.reason else f"{name}: {outcome.status}")
    return 0


def _add_stress(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, help="folder of the fitted run")
    _add_identity(parser, "grid", "method")
    _add_recipe(parser, "root_seed", "data", "cells", "per_class", "options", "confusion")
    parser.add_argument("--out", required=True, type=Path, help="table of scores to write")
    parser.add_argument("--confusion-out", required=True, type=Path, help="table of confusions to write")
    _add_cost(parser)


def _stress(arguments: argparse.Namespace) -> int:
    from ssrvae.study.costs import write_cost
    from ssrvae.study.jobs.stress import run_stress
    from ssrvae.study.run_folder import RunFolder

    identity = {name: getattr(arguments, name) for name in ("grid", "method", "seed")}
    run_stress(RunFolder(arguments.run), arguments.recipe, identity, arguments.out, arguments.confusion_out)
    if arguments.cost:
        write_cost(arguments.cost)
    print(arguments.out)
    return 0


def _add_readings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, help="folder of the fitted run")
    parser.add_argument("--data", required=True, type=Path, help="the .npz of the run's data set")
    parser.add_argument("--out", required=True, type=Path, help="the .npz to write")


def _readings(arguments: argparse.Namespace) -> int:
    from ssrvae.study.jobs.pose_readings import write_readings

    return _read_model(arguments, write_readings)


def _latents(arguments: argparse.Namespace) -> int:
    from ssrvae.study.jobs.latent_maps import write_latent_map

    return _read_model(arguments, write_latent_map)


def _averages(arguments: argparse.Namespace) -> int:
    from ssrvae.study.jobs.class_averages import write_class_averages

    return _read_model(arguments, write_class_averages)


def _read_model(arguments: argparse.Namespace, write: "Callable[[RunFolder, Path, Path], None]") -> int:
    from ssrvae.study.run_folder import RunFolder

    write(RunFolder(arguments.run), arguments.data, arguments.out)
    print(arguments.out)
    return 0


def _add_collect(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", required=True, help="YAML file, or JSON text, of the study")
    parser.add_argument("--results", required=True, type=Path, help="results folder that holds the runs")
    parser.add_argument("--out", required=True, type=Path, help="folder of the tables")


def _collect(arguments: argparse.Namespace) -> int:
    from ssrvae.analysis.tables import collect
    from ssrvae.study.plan import load_plan

    collect(load_plan(arguments.config), arguments.results, arguments.out)
    print(f"tables: {arguments.out}")
    return 0


def _add_study(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--results", type=Path, default=Path("results"), help="results folder; default %(default)s")
    parser.add_argument(
        "--config", help="YAML file, or JSON text, of the study; default: that of <results>/tables/manifest.json"
    )


def _add_results(parser: argparse.ArgumentParser) -> None:
    _add_study(parser)
    parser.add_argument("--reference", type=Path, help="folder with paper/*.csv; default: what the package ships")


def _result_files(arguments: argparse.Namespace) -> "ResultFiles":
    from ssrvae.analysis.tables import collected_plan
    from ssrvae.study.plan import load_plan
    from ssrvae.study.result_files import ResultFiles

    plan = load_plan(arguments.config) if arguments.config else collected_plan(arguments.results)
    return ResultFiles(plan, arguments.results)


def _add_agreement(parser: argparse.ArgumentParser) -> None:
    _add_results(parser)
    parser.add_argument("--out", required=True, type=Path, help="table to write")


def _agreement(arguments: argparse.Namespace) -> int:
    from ssrvae.analysis.agreement import REFERENCE, agreement_table
    from ssrvae.base.files import write_csv

    write_csv(agreement_table(_result_files(arguments), arguments.reference or REFERENCE), arguments.out)
    print(arguments.out)
    return 0


def _add_leaderboard(parser: argparse.ArgumentParser) -> None:
    _add_study(parser)
    parser.add_argument("--out", type=Path, help="folder to write to; default <results>/tables")


def _leaderboard(arguments: argparse.Namespace) -> int:
    from ssrvae.analysis.object_leaderboard import write_leaderboard

    print(write_leaderboard(_result_files(arguments), arguments.out or arguments.results / "tables"))
    return 0


def _add_figure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="which figure; without a name, all are listed")
    _add_results(parser)
    parser.add_argument("--out", type=Path, help="path without extension; default <results>/figures/NAME")


def _figure(arguments: argparse.Namespace) -> int:
    from ssrvae.analysis.agreement import REFERENCE
    from ssrvae.figures.drawing.study_results import StudyResults
    from ssrvae.figures.registry import draw, figures, find

    if arguments.name is None:
        print("\n".join(figures()))
        return 0
    figure, out = find(arguments.name), arguments.out or arguments.results / "figures" / arguments.name
    draw(figure, StudyResults(_result_files(arguments), arguments.reference or REFERENCE), out)
    print(", ".join(f"{out}.{extension}" for extension in figure.extensions))
    return 0


def _add_regression(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("accuracy", type=Path, help="accuracy.csv of the regression study")
    parser.add_argument("--reference", type=Path, default=Path("results/reference/regression.csv"))


def _regression(arguments: argparse.Namespace) -> int:
    from ssrvae.analysis.regression import compare_with_reference, report_lines

    comparisons = compare_with_reference(arguments.accuracy, arguments.reference)
    print("\n".join(report_lines(comparisons)))
    return int(any(comparison.verdict != "same" for comparison in comparisons))


def _bless(arguments: argparse.Namespace) -> int:
    from ssrvae.analysis.regression import bless

    bless(arguments.accuracy, arguments.reference)
    print(f"{arguments.accuracy} is now the reference: {arguments.reference}")
    return 0


def _add_reference(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "listed", nargs="?", type=Path, default=Path("config/reference.yaml"), help="default %(default)s"
    )
    parser.add_argument("--cores", type=int, help="jobs at a time; default: all cores")


def _reference(arguments: argparse.Namespace) -> int:
    from ssrvae.analysis.reference import make_reference

    for kept in make_reference(arguments.listed, Path.cwd(), arguments.cores):
        print(kept)
    return 0


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", help="YAML file, or JSON text, of a study")


def _plan(arguments: argparse.Namespace) -> int:
    from ssrvae.study.costs import summarise
    from ssrvae.study.plan import load_plan

    plan = load_plan(arguments.config)
    for run in plan.runs:
        print(run.dataset, run.method, f"seed{run.seed}")
    for job in plan.stress_jobs:
        print("stress", job.grid, job.method, f"seed{job.seed}")
    print(summarise(plan, lambda result: not Path(result).exists()))
    return 0


def _add_validate(parser: argparse.ArgumentParser) -> None:
    _add_config(parser)
    parser.add_argument("--name", help="what errors call the study; default: its file")


def _validate(arguments: argparse.Namespace) -> int:
    from datagen.errors import naming
    from datagen.kinds import data_kind
    from ssrvae.study.config import source_name
    from ssrvae.study.estimator_paths import check_parameters
    from ssrvae.study.plan import load_plan

    plan = load_plan(arguments.config)
    with naming(arguments.name or source_name(arguments.config)):
        for name, stanza in plan.config["methods"].items():
            check_parameters(name, stanza)
        for dataset in plan.datasets.values():
            data_kind(dataset.data["kind"]).open_files(dataset.data)
    print(f"valid: {len(plan.datasets)} data sets, {len(plan.runs)} runs, {len(plan.stress_jobs)} stress grids")
    return 0


def _add_schema(parser: argparse.ArgumentParser) -> None:
    """It takes no argument."""


def _schema(arguments: argparse.Namespace) -> int:
    from ssrvae.study.config_schema import config_schema

    print(json.dumps(config_schema(), indent=2, ensure_ascii=False))
    return 0


COMMANDS = {
    "fetch": Command(_fetch, _add_fetch, "Download the archives that real images come in, and check them."),
    "data": Command(_data, _add_data, "Generate a data set, or check and copy the user's own."),
    "run": Command(_run, _add_run, "Fit one method to one data set with one seed, and score it."),
    "stress": Command(_stress, _add_stress, "Classify every cell of a stress grid with a fitted model."),
    "readings": Command(_readings, _add_readings, "Read class, pose and style of the test images with a fitted model."),
    "latents": Command(
        _latents, _add_readings, "Draw images over two style variables, and read these in the test images."
    ),
    "averages": Command(
        _averages,
        _add_readings,
        "Average the test images of each class, turned to fit, with a fitted model of exemplars.",
    ),
    "collect": Command(_collect, _add_collect, "Collect runs and stress grids into tidy tables."),
    "agreement": Command(_agreement, _add_agreement, "Measure how close our panels come to the paper's."),
    "leaderboard": Command(
        _leaderboard, _add_leaderboard, "Rank the methods of a study of sets of objects, as CSV and Markdown."
    ),
    "figure": Command(_figure, _add_figure, "Draw one figure or video from tables and runs."),
    "regression": Command(
        _regression, _add_regression, "Compare the regression study with its reference; 1 if a score moved."
    ),
    "bless": Command(_bless, _add_regression, "Make the regression study's scores the reference."),
    "reference": Command(
        _reference, _add_reference, "Make all reference results from one clean commit of the checkout you stand in."
    ),
    "plan": Command(_plan, _add_config, "List what a configuration would run, and how long it should take."),
    "validate": Command(_validate, _add_validate, "Check a configuration and the files and fonts it names."),
    "schema": Command(_schema, _add_schema, "Print the JSON schema of configurations, for editors that check YAML."),
}

"""The command line: fit, classify and library for people with micrographs; a subcommand for each rule of the workflow.

Heavy packages are imported inside the commands, so that help is instant and the number of threads is set before NumPy
and torch start theirs.
"""

import argparse
import errno
import json
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

_THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def main(argv: Sequence[str] | None = None) -> int:
    """Run a subcommand. Returns 0, 1 for a regression, or 2 after printing `error: <message>` for bad input."""
    arguments = _parser().parse_args(argv)
    for variable in _THREAD_VARIABLES:
        os.environ[variable] = str(arguments.threads)
    logging.getLogger("tifffile").addHandler(logging.NullHandler())  # damaged files are told of in a line of our own
    from ssrvae.errors import InputError

    try:
        return arguments.command(arguments)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
    except OSError as error:
        if error.errno not in _NO_ROOM:
            raise
        where = f" for {error.filename}" if error.filename else ""
        print(f"error: no room left on the disk{where}; free some, or choose another results folder", file=sys.stderr)
    return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="ssrvae", description="Semi-supervised learning of images with strong rotational disorder."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, (command, add_arguments, text) in _COMMANDS.items():
        subparser = commands.add_parser(name, help=text, description=text)
        subparser.add_argument("--threads", type=int, default=1, help="threads that numerical libraries may use")
        subparser.set_defaults(command=command)
        add_arguments(subparser)
    return parser


def _add_fit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", type=Path, help="a micrograph, a folder of them, a folder or an .npz of patches")
    parser.add_argument("--labels", required=True, type=Path, help="CSV: image,row,column,label or patch,label")
    parser.add_argument("--settings", type=Path, help="YAML: segmentation, cutting, turn_labelled, model")
    parser.add_argument("--out", required=True, type=Path, help="the model's folder")


def _fit(arguments: argparse.Namespace) -> int:
    from ssrvae.library.fit import fit_library

    print(fit_library(arguments.data, arguments.labels, arguments.settings, arguments.out))
    return 0


def _add_classify(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, help="the model's folder")
    parser.add_argument("images", type=Path, nargs="+", help="micrographs or patches: files, folders, .npz")
    parser.add_argument("--settings", type=Path, help="other settings than the model's, to find and cut objects by")
    parser.add_argument("--as", dest="kind", choices=("micrographs", "patches"), help="default: as the model's data")
    parser.add_argument("--out", required=True, type=Path, help="the library's folder; what is done is not done again")


def _classify(arguments: argparse.Namespace) -> int:
    from ssrvae.library.classify import classify

    print(classify(arguments.model, arguments.images, arguments.out, arguments.settings, arguments.kind))
    return 0


def _add_library(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("library", type=Path, help="the library's folder")


def _library(arguments: argparse.Namespace) -> int:
    from ssrvae.library.browse import draw_library

    print(draw_library(arguments.library))
    return 0


def _add_fetch(parser: argparse.ArgumentParser) -> None:
    from datagen.external import ARCHIVES, FOLDER

    parser.add_argument("archives", nargs="*", metavar="ARCHIVE", help=f"{', '.join(ARCHIVES)}; default: all")
    parser.add_argument("--into", type=Path, default=FOLDER, help="folder to put them in; default %(default)s")
    parser.add_argument(
        "--stand-in", action="store_true", help="leave an empty file for one that cannot be had, and go on"
    )


def _fetch(arguments: argparse.Namespace) -> int:
    from datagen.external import ARCHIVES, fetch, fetch_or_stand_in
    from ssrvae.errors import InputError

    for name in arguments.archives or ARCHIVES:
        if name not in ARCHIVES:
            raise InputError(f"there is no archive {name!r} to fetch; allowed are {', '.join(ARCHIVES)}")
        if not arguments.stand_in:
            print(fetch(ARCHIVES[name], arguments.into))
        elif reason := fetch_or_stand_in(ARCHIVES[name], arguments.into):
            print(f"warning: {reason}", file=sys.stderr)
    return 0


def _add_example(parser: argparse.ArgumentParser) -> None:
    from datagen.micrograph_examples import SOURCES

    parser.add_argument("source", metavar="SOURCE", help=f"{' or '.join(SOURCES)} (the latter is fetched)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the simulation")
    parser.add_argument("--out", type=Path, default=Path("results/examples"), help="folder; default %(default)s")


def _example(arguments: argparse.Namespace) -> int:
    from datagen.external import PYPARTY, fetch
    from datagen.micrograph_examples import write_example

    if arguments.source == "nanogold":
        fetch(PYPARTY)
    print("\n".join(str(path) for path in write_example(arguments.source, arguments.out, arguments.seed)))
    return 0


def _add_data(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--recipe", required=True, type=json.loads, help="JSON: root_seed, data")
    parser.add_argument("--seed", required=True, type=int, help="replicate seed")
    parser.add_argument("--out", required=True, type=Path, help="the .npz to write")
    parser.add_argument("--cost", type=Path, help="JSON file for seconds and peak memory")


def _data(arguments: argparse.Namespace) -> int:
    from datagen.dataset import save_dataset
    from ssrvae.costs import write_cost
    from ssrvae.dataset_recipe import make_dataset

    save_dataset(make_dataset(arguments.recipe, arguments.seed), arguments.out)
    if arguments.cost:
        write_cost(arguments.cost)
    return 0


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", type=Path, help="the data set's .npz")
    parser.add_argument("--dataset", required=True, help="name of the data set in tables")
    parser.add_argument("--method", required=True, help="name of the method in tables")
    parser.add_argument("--seed", required=True, type=int, help="replicate seed")
    parser.add_argument("--recipe", required=True, type=json.loads, help="JSON: root_seed, data, method")
    parser.add_argument("--on-error", choices=("record", "raise"), default="record", help="what a failed fit does")
    parser.add_argument("--out", required=True, type=Path, help="the run's folder")


def _run(arguments: argparse.Namespace) -> int:
    from ssrvae.run import run

    identity = {name: getattr(arguments, name) for name in ("dataset", "method", "seed", "threads")}
    outcome = run(arguments.data, arguments.out, identity, arguments.recipe, arguments.on_error)
    print(f"{arguments.method} on {arguments.dataset}, seed {arguments.seed}: {outcome.status} {outcome.reason}")
    return 0


def _add_stress(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, help="folder of the fitted run")
    parser.add_argument("--grid", required=True, help="name of the grid in tables")
    parser.add_argument("--method", required=True, help="name of the method in tables")
    parser.add_argument("--seed", required=True, type=int, help="replicate seed")
    parser.add_argument("--recipe", required=True, type=json.loads, help="JSON: root_seed, data, cells, ...")
    parser.add_argument("--out", required=True, type=Path, help="table of scores to write")
    parser.add_argument("--confusion-out", required=True, type=Path, help="table of confusions to write")
    parser.add_argument("--cost", type=Path, help="JSON file for seconds and peak memory")


def _stress(arguments: argparse.Namespace) -> int:
    from ssrvae.costs import write_cost
    from ssrvae.run_folder import RunFolder
    from ssrvae.stress import run_stress

    identity = {name: getattr(arguments, name) for name in ("grid", "method", "seed")}
    run_stress(RunFolder(arguments.run), arguments.recipe, identity, arguments.out, arguments.confusion_out)
    if arguments.cost:
        write_cost(arguments.cost)
    return 0


def _add_readings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, help="folder of the fitted run")
    parser.add_argument("--data", required=True, type=Path, help="the .npz of the run's data set")
    parser.add_argument("--out", required=True, type=Path, help="the .npz to write")


def _readings(arguments: argparse.Namespace) -> int:
    from ssrvae.readings import write_readings
    from ssrvae.run_folder import RunFolder

    write_readings(RunFolder(arguments.run), arguments.data, arguments.out)
    return 0


def _latents(arguments: argparse.Namespace) -> int:
    from ssrvae.latent_maps import write_latent_map
    from ssrvae.run_folder import RunFolder

    write_latent_map(RunFolder(arguments.run), arguments.data, arguments.out)
    return 0


def _add_collect(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", required=True, help="YAML file, or JSON text, of the study")
    parser.add_argument("--results", required=True, type=Path, help="results folder that holds the runs")
    parser.add_argument("--out", required=True, type=Path, help="folder of the tables")


def _collect(arguments: argparse.Namespace) -> int:
    from ssrvae.config import load_config
    from ssrvae.plan import make_plan
    from ssrvae.tables import collect

    collect(make_plan(load_config(arguments.config)), arguments.results, arguments.out)
    return 0


def _add_agreement(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--results", required=True, type=Path, help="results folder that holds the tables")
    parser.add_argument("--reference", type=Path, default=Path("results/reference"), help="folder with paper/*.csv")
    parser.add_argument("--out", required=True, type=Path, help="table to write")


def _agreement(arguments: argparse.Namespace) -> int:
    from ssrvae.agreement import agreement_table
    from ssrvae.run_folder import write_csv

    write_csv(agreement_table(arguments.results, arguments.reference), arguments.out)
    return 0


def _add_figure(parser: argparse.ArgumentParser) -> None:
    from ssrvae.figures import NAMES

    parser.add_argument("name", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--results", type=Path, default=Path("results"), help="results folder to draw from")
    parser.add_argument("--reference", type=Path, default=Path("results/reference"), help="folder with paper/*.csv")
    parser.add_argument("--out", type=Path, help="path without extension; default <results>/figures/NAME")


def _figure(arguments: argparse.Namespace) -> int:
    from ssrvae.figures import draw

    out = arguments.out or arguments.results / "figures" / arguments.name
    draw(arguments.name, arguments.results, arguments.reference, out)
    return 0


def _add_regression(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("accuracy", type=Path, help="accuracy.csv of the regression study")
    parser.add_argument("--reference", type=Path, default=Path("results/reference/regression.csv"))


def _regression(arguments: argparse.Namespace) -> int:
    from ssrvae.regression import compare_with_reference, report_lines

    comparisons = compare_with_reference(arguments.accuracy, arguments.reference)
    print("\n".join(report_lines(comparisons)))
    return int(any(comparison.verdict != "same" for comparison in comparisons))


def _bless(arguments: argparse.Namespace) -> int:
    from ssrvae.regression import bless

    bless(arguments.accuracy, arguments.reference)
    print(f"{arguments.accuracy} is now the reference: {arguments.reference}")
    return 0


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("config", help="YAML file, or JSON text, of a study")


def _plan(arguments: argparse.Namespace) -> int:
    from ssrvae.config import load_config
    from ssrvae.costs import summarise
    from ssrvae.plan import make_plan

    plan = make_plan(load_config(arguments.config))
    for run in plan.runs:
        print(run.dataset, run.method, f"seed{run.seed}")
    for job in plan.stress_jobs:
        print("stress", job.grid, job.method, f"seed{job.seed}")
    print(summarise(plan, lambda result: not Path(result).exists()))
    return 0


def _validate(arguments: argparse.Namespace) -> int:
    from ssrvae.config import load_config
    from ssrvae.dataset_recipe import check_source
    from ssrvae.plan import make_plan

    plan = make_plan(load_config(arguments.config))
    for dataset in plan.datasets.values():
        check_source(dataset.data)
    print(f"valid: {len(plan.datasets)} data sets, {len(plan.runs)} runs, {len(plan.stress_jobs)} stress grids")
    return 0


_COMMANDS = {
    "fit": (_fit, _add_fit, "Fit a model to the objects of your own images, some of them labelled."),
    "classify": (_classify, _add_classify, "Cut out, classify and measure the objects of images with a fitted model."),
    "library": (_library, _add_library, "Draw contact sheets of a library, and a page to browse it."),
    "fetch": (_fetch, _add_fetch, "Download the archives that real images come in, and check them."),
    "example": (_example, _add_example, "Write a micrograph and the truth about its objects, to try things on."),
    "data": (_data, _add_data, "Generate a data set, or check and copy the user's own."),
    "run": (_run, _add_run, "Fit one method to one data set with one seed, and score it."),
    "stress": (_stress, _add_stress, "Classify every cell of a stress grid with a fitted model."),
    "readings": (_readings, _add_readings, "Read class, pose and style of the test images with a fitted model."),
    "latents": (_latents, _add_readings, "Draw images over two style variables, and read these in the test images."),
    "collect": (_collect, _add_collect, "Collect runs and stress grids into tidy tables."),
    "agreement": (_agreement, _add_agreement, "Measure how close our panels come to the paper's."),
    "figure": (_figure, _add_figure, "Draw one figure or video from tables and runs."),
    "regression": (
        _regression,
        _add_regression,
        "Compare the regression study with its reference; 1 if a score moved.",
    ),
    "bless": (_bless, _add_regression, "Make the regression study's scores the reference."),
    "plan": (_plan, _add_config, "List what a configuration would run, and how long it should take."),
    "validate": (_validate, _add_config, "Check a configuration and the files and fonts it names."),
}

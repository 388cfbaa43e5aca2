"""Subcommands for people with micrographs: fit, classify, library, example."""

import argparse
from pathlib import Path

from ssrvae.cli.command import Command


def _add_fit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", type=Path, help="a micrograph, a folder of them, a folder or an .npz of patches")
    parser.add_argument("--labels", required=True, type=Path, help="CSV: image,row,column,label or patch,label")
    parser.add_argument("--settings", type=Path, help="YAML: segmentation, cutting, turn_labelled, model, parameters")
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


def _add_example(parser: argparse.ArgumentParser) -> None:
    from datagen.particles import EXAMPLES

    parser.add_argument("source", metavar="SOURCE", help=f"{' or '.join(EXAMPLES)} (the latter is fetched)")
    parser.add_argument("--seed", type=int, default=0, help="seed of the simulation")
    parser.add_argument("--out", type=Path, default=Path("results/examples"), help="folder; default %(default)s")


def _example(arguments: argparse.Namespace) -> int:
    from datagen.external import fetch
    from datagen.particles.example_micrographs import write_example
    from datagen.particles.nanogold import PYPARTY

    if arguments.source == "nanogold":
        fetch(PYPARTY)
    print("\n".join(str(path) for path in write_example(arguments.source, arguments.out, arguments.seed)))
    return 0


COMMANDS = {
    "fit": Command(_fit, _add_fit, "Fit a model to the objects of your own images, some of them labelled."),
    "classify": Command(
        _classify, _add_classify, "Cut out, classify and measure the objects of images with a fitted model."
    ),
    "library": Command(_library, _add_library, "Draw contact sheets of a library, and a page to browse it."),
    "example": Command(_example, _add_example, "Write a micrograph and the truth about its objects, to try things on."),
}

"""Fit a model to a user's objects: some labelled, all the others unlabelled."""

import time
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from datagen.contract import UNLABELLED
from datagen.errors import InputError
from datagen.micrographs.patches import turn_upright
from ssrvae.base.files import claim_folder, write_json
from ssrvae.library.decisions import decide_together
from ssrvae.library.hits import named_objects
from ssrvae.library.labels import Labels, read_labels
from ssrvae.library.learning import Learnt, Training, learn
from ssrvae.library.left_out_scores import told_of_few
from ssrvae.library.messages import print_notes, progress
from ssrvae.library.model_folder import FittedModel, ModelFolder
from ssrvae.library.objects import Cut, cut
from ssrvae.library.overlays import write_overlay
from ssrvae.library.settings import Settings, read_settings
from ssrvae.library.sources import MICROGRAPHS, Source, check_apart, find_sources


class Gathered(NamedTuple):
    """Objects of all sources: images [n, side, side]; names of their classes [n], "" unlabelled."""

    images: np.ndarray
    names: np.ndarray


def fit_library(data: Path, labels_path: Path, settings_path: Path | None, out: Path) -> str:
    """Cut the objects of `data`, fit a classifier to them, and write the model's folder; returns a line on it.

    Overlays are written before labels are matched, so that a label that hits no object can be looked up in them.
    Raises InputError for input that no model can be fitted to.
    """
    started = time.time()
    settings, labels = read_settings(settings_path), read_labels(labels_path)
    sources, folder = find_sources([data], labels.kind), ModelFolder(out)
    kind = sources[0].kind
    if kind != labels.kind:
        raise InputError(f"{labels.path}: labels pixels of micrographs, but {data} holds patches; expected patch,label")
    labels.check_names(_names(sources))
    check_apart(sources, [folder.overlays])
    claim_folder(out)
    if kind == MICROGRAPHS:
        settings = decide_together(sources, labels, settings)
    problems: list[str] = []
    try:
        gathered = gather(sources, labels, settings, folder, problems)
        training = _encode(gathered, labels)
        problems += told_of_few(training.labelled().codes, training.class_names)
    finally:
        print_notes(problems)
    learnt = learn(training, settings)
    folder.write(FittedModel(learnt.model, training.class_names, kind, learnt.settings))
    report = _report(training, problems, learnt, time.time() - started)
    write_json(report, folder.report)
    labelled = ", ".join(f"{count} {name}" for name, count in report["labelled"].items())
    check = f"; check the outlines in {folder.overlays}" if kind == MICROGRAPHS else ""
    return f"{out}: fitted to {report['objects']} objects, of them labelled {labelled}{check}"


def _names(sources: list[Source]) -> list[str]:
    """Name what labels may name: micrographs, or patches by file name and by number."""
    if sources[0].kind == MICROGRAPHS:
        return [source.name for source in sources]
    source = sources[0]
    if source.files[0].suffix.lower() == ".npz":
        return list(map(str, cut(source, read_settings(None)).table["object"]))
    return [name for number, file in enumerate(source.files) for name in (f"{source.name}/{file.name}", str(number))]


def gather(
    sources: list[Source], labels: Labels, settings: Settings, folder: ModelFolder, problems: list[str]
) -> Gathered:
    """Cut all sources, draw their overlays into the model's folder, and name the objects that labels hit.

    What was left out or changed is added to `problems`, "where: what".
    """
    images, names = [], []
    for source in progress(sources, "cut", "file"):
        try:
            found = cut(source, settings)
        except InputError as error:
            if len(sources) == 1:
                raise
            problems.append(f"skipped {error}")
            problems += [f"{labels.where(label)}: {source.name} was skipped" for label, _ in labels.of(source.name)]
            continue
        problems += found.notes
        for scene in found.scenes:
            write_overlay(scene, folder.overlays)
        named, missed = named_objects(found, source, labels)
        problems += missed
        turn = settings.turn_labelled and source.kind == MICROGRAPHS
        images.append(_turned(found, named != "") if turn else found.images)
        names.append(named)
    if not images:
        raise InputError("no file could be read; see the lines above")
    return Gathered(np.concatenate(images), np.concatenate(names))


def _turned(found: Cut, labelled: np.ndarray) -> np.ndarray:
    images = found.images.copy()
    if labelled.any():
        images[labelled] = turn_upright(images[labelled], found.orientation_rad[labelled])
    return images


def _encode(gathered: Gathered, labels: Labels) -> Training:
    class_names = sorted({label.label for label in labels.labels}, key=_natural)
    left = Counter(gathered.names.tolist())
    for name in class_names:
        if not left[name]:
            raise InputError(
                f"{labels.path}: no label of class {name!r} hits an object; see the overlays and lines above"
            )
    if len(class_names) < 2:
        raise InputError(f"{labels.path}: names one class, {class_names[0]!r}; label objects of two at least")
    position = {name: code for code, name in enumerate(class_names)} | {"": UNLABELLED}
    return Training(gathered.images, np.array([position[name] for name in gathered.names]), class_names)


def _natural(name: str) -> tuple[float, str]:
    """Order "2" before "10", and numbers before words."""
    return (float(name), name) if name.isdecimal() else (float("inf"), name)


def _report(training: Training, problems: list[str], learnt: Learnt, seconds: float) -> dict[str, Any]:
    from ssrvae.base.provenance import git_commit, software_versions

    counts = np.bincount(training.labelled().codes, minlength=len(training.class_names)).tolist()
    strange = learnt.model.readings(training.images).stranger
    return {
        "objects": len(training.images),
        "labelled": dict(zip(training.class_names, counts, strict=True)),
        "side_px": int(training.images.shape[-1]),
        "model": learnt.settings.model,
        "compared": {name: round(score, 4) for name, score in learnt.compared.items()},
        "cross_validation": learnt.scores.told() if learnt.scores else None,
        "strangers": round(float(strange.mean()), 4),
        "problems": problems,
        "seconds": round(seconds, 1),
        "commit": git_commit(),
        "versions": software_versions(),
    }

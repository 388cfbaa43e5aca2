"""Data sets by kind; one whose real images are missing stands in with its reason, and its run is a row."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from datagen.dataset import FEWER_LABELS, REMARKS, save_dataset
from datagen.external import MISSING, MissingArchive, refuse_stand_in
from ssrvae.study.config import check_config
from ssrvae.study.jobs.data import make_dataset, needed_archive, source_paths, told_of
from ssrvae.study.jobs.fit import run

PARTS = {part: {"per_class": 3, "rotation_deg": 30} for part in ("labelled", "unlabelled", "test")}
PARTICLES = {"labelled": {"per_class": 3}, "classes": 3, "image_size": 24, "patch_px": 40}
KINDS = {
    "cards": {"kind": "cards", "image_size": 16, **PARTS},
    "digits": {"kind": "digits", "image_size": 34, **PARTS},
    "silhouettes": {"kind": "silhouettes", "image_size": 40, **PARTS},
    "simulated": {"kind": "particles", "source": "simulated", **PARTICLES},
    "nanogold": {"kind": "particles", "source": "nanogold", **PARTICLES},
    "cell_outlines": {"kind": "cell_outlines", "image_size": 64, **PARTS},
    "nanoshapes": {"kind": "nanoshapes", "image_size": 24, "labelled": {"per_class": 3}},
    "chula_rbc": {"kind": "chula_rbc", "image_size": 24, "labelled": {"per_class": 3}},
}
FETCHED = ("silhouettes", "cell_outlines", "nanogold", "nanoshapes", "chula_rbc")
TREE = {"estimator": "sklearn.tree.DecisionTreeClassifier", "use": "labelled"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_passes_the_schema_and_is_made_or_stood_in_for(kind: str, tmp_path: Path):
    data = check_config({"study": "s", "data": KINDS[kind], "methods": {"tree": TREE}})["data"]
    dataset = make_dataset({"root_seed": 0, "data": data}, 0, external=tmp_path)
    save_dataset(dataset, tmp_path / "d.npz")
    archive = needed_archive(data)
    assert (MISSING in dataset.header) == (archive is not None) == (kind in FETCHED)
    assert [path.name for path in source_paths(data)] == ([archive.filename] if archive else [])
    assert dataset.images.shape[1] == data["image_size"]


def test_the_run_of_a_stand_in_is_written_with_its_reason(tmp_path: Path):
    dataset = make_dataset({"root_seed": 0, "data": KINDS["nanogold"]}, 0, external=tmp_path)
    np.testing.assert_array_equal(dataset.images, 0)
    with pytest.raises(MissingArchive, match=r"pyparty-0.3.0.tar.gz"):
        refuse_stand_in(dataset.header)
    save_dataset(dataset, tmp_path / "d.npz")
    identity = {"dataset": "base", "method": "tree", "seed": 0}
    recipe = {"root_seed": 0, "data": KINDS["nanogold"], "method": TREE}
    outcome = run(tmp_path / "d.npz", tmp_path / "run", identity, recipe, "record")
    assert outcome.status == "error"
    assert "is missing; run `ssrvae fetch`" in json.loads((tmp_path / "run" / "metrics.json").read_text())["reason"]
    with pytest.raises(MissingArchive):
        run(tmp_path / "d.npz", tmp_path / "run", identity, recipe, "raise")


def test_a_class_with_fewer_labels_than_asked_is_a_warning_and_marked_in_its_runs(tmp_path: Path):
    dataset = make_dataset({"root_seed": 0, "data": KINDS["cards"]}, 0)
    told = {REMARKS: ["2 objects cut by the border are left out"], FEWER_LABELS: {"hearts": 1}}
    save_dataset(dataclasses.replace(dataset, header=dataset.header | told), tmp_path / "d.npz")
    assert list(told_of(told)) == [
        "2 objects cut by the border are left out",
        "warning: class hearts has 1 labelled images, fewer than data.labelled.per_class",
    ]
    identity, recipe = {"dataset": "base", "method": "tree", "seed": 0}, {"root_seed": 0, "data": {}, "method": TREE}
    run(tmp_path / "d.npz", tmp_path / "run", identity, recipe, "record")
    assert json.loads((tmp_path / "run" / "metrics.json").read_text())[FEWER_LABELS] == {"hearts": 1}
    assert list(told_of(dataset.header)) == []

"""Stress grids, against a direct loop and with estimators whose answers are known."""

import json
import tracemalloc
import weakref

import numpy as np
import pandas as pd
import pytest

from datagen.cards.card_images import cards_spec, generate_images
from datagen.cards.templates import load_templates
from datagen.corruption import add_noise, contaminate
from datagen.factors import FactorRanges
from ssrvae.study.jobs.stress import run_stress, score_cells, stress_cells
from ssrvae.study.run_folder import RunFolder
from ssrvae.study.stress_cells import cell_corruption_rng, cell_image_rng, cell_ranges

NAMES = ("clubs", "spades", "hearts", "diamonds")


class BrightnessClassifier:
    """Names class i when the mean grey value lies in the i-th quarter of [0, 0.4]."""

    classes_ = np.arange(4)

    def predict(self, images):
        return np.clip((images.mean(axis=1) * 10).astype(int), 0, 3)


def recipe_of(cells, per_class=6, mode="set", confusion=False):
    data = {
        "kind": "cards",
        "image_size": 16,
        "labelled": {"per_class": 2},
        "unlabelled": {"per_class": 2, "rotation_deg": 60, "shear_deg": 15, "scale": [1.0, 1.3], "shift": 0.1},
        "test": {"per_class": 2},
    }
    recipe = {"root_seed": 0, "data": data, "cells": cells, "per_class": per_class}
    return recipe | {"options": {"mode": mode}, "confusion": confusion}


def cell_images(cell, seed=0, **options):
    ((_, images, truth),) = stress_cells(recipe_of([cell], **options), seed)
    return images, truth


def test_a_grid_gives_what_a_direct_loop_gives():
    cells = [{"noise_sigma": sigma, "rotation_deg": angle} for sigma in (0.0, 0.5) for angle in (0.0, 90.0)]
    scored = score_cells(BrightnessClassifier(), stress_cells(recipe_of(cells), 0), NAMES, confusion=False)
    table = pd.DataFrame([row for rows in scored for row in rows.scores])
    expected = []
    templates = load_templates(None, 16)
    for cell in cells:
        ranges = FactorRanges(rotation_deg=cell["rotation_deg"], shear_deg=15, scale=(1.0, 1.3), shift=0.1)
        images, truth, _ = generate_images(templates, ranges, 6, 16, cell_image_rng(0, 0, cell))
        noisy = add_noise(images, cell["noise_sigma"], cell_corruption_rng(0, 0, cell)).reshape(24, -1)
        expected.append(sum(int(BrightnessClassifier().predict(noisy)[i] == truth[i]) for i in range(24)) / 24)
    accuracy = table[table["metric"] == "accuracy"]
    assert accuracy["value"].tolist() == expected
    assert accuracy[["noise_sigma", "rotation_deg"]].to_dict("records") == cells
    assert set(accuracy["n"]) == {24}
    assert len(set(expected)) > 1


def test_a_cells_images_depend_on_neither_other_cells_nor_their_order():
    cells = [{"shear_deg": 5.0}, {"shear_deg": 10.0}, {"shear_deg": 15.0}]
    forwards = {cell["shear_deg"]: images for cell, images, _ in stress_cells(recipe_of(cells), 0)}
    backwards = {cell["shear_deg"]: images for cell, images, _ in stress_cells(recipe_of(cells[::-1]), 0)}
    assert forwards.keys() == backwards.keys()
    for value, images in forwards.items():
        np.testing.assert_array_equal(images, backwards[value])
    assert not np.array_equal(forwards[5.0], forwards[10.0])


def test_the_order_of_axes_changes_no_image():
    one, _ = cell_images({"shear_deg": 5.0, "noise_sigma": 0.1})
    other, _ = cell_images({"noise_sigma": 0.1, "shear_deg": 5.0})
    np.testing.assert_array_equal(one, other)


def test_cells_that_differ_in_corruption_alone_share_their_images():
    clean, truth = cell_images({"noise_sigma": 0.0})
    noisy, same_truth = cell_images({"noise_sigma": 0.01})
    np.testing.assert_array_equal(truth, same_truth)
    assert 0 < np.abs(noisy - clean).max() < 0.1


def test_replicate_seeds_give_other_images():
    assert not np.array_equal(cell_images({"shear_deg": 5.0}, seed=0)[0], cell_images({"shear_deg": 5.0}, seed=1)[0])


@pytest.mark.parametrize("mode", ["set", "add"])
def test_contamination_is_the_generators(mode):
    cell = {"contamination_density": 0.25, "contamination_intensity": 0.5}
    clean, _ = cell_images({"noise_sigma": 0.0})
    expected = contaminate(clean, 0.25, 0.5, mode, cell_corruption_rng(0, 0, cell))
    contaminated, _ = cell_images(cell, mode=mode)
    np.testing.assert_array_equal(contaminated, expected)
    assert (contaminated != clean).reshape(24, -1).sum(axis=1).max() <= 64


def test_factors_that_a_cell_does_not_name_keep_the_data_sets_test_ranges():
    base = cards_spec(recipe_of([])["data"]).test.ranges
    assert cell_ranges(base, {"noise_sigma": 0.1}) == base
    assert cell_ranges(base, {"rotation_deg": 100}) == FactorRanges(100, 15, (1.0, 1.3), 0.1)
    assert cell_ranges(base, {"scale": 1.5}) == FactorRanges(60, 15, (1.5, 1.5), 0.1)


def test_only_one_cell_is_in_memory_at_a_time():
    cells = [{"noise_sigma": i / 10} for i in range(12)]
    one_cell_bytes = 4 * 200 * 16 * 16 * 4

    def peak_bytes(chosen):
        tracemalloc.start()
        list(score_cells(BrightnessClassifier(), stress_cells(recipe_of(chosen, 200), 0), NAMES, confusion=False))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    peak_bytes(cells[:2])
    assert peak_bytes(cells) - peak_bytes(cells[:2]) < 2 * one_cell_bytes


@pytest.mark.parametrize("n_cells", [2, 12])
@pytest.mark.parametrize("confusion", [False, True])
def test_the_images_of_a_cell_are_let_go_before_the_next_are_made(monkeypatch, n_cells, confusion):
    made, held = [], []

    def watched(*arguments):
        held.append(sum(reference() is not None for reference in made))
        images, truth, factors = generate_images(*arguments)
        made.append(weakref.ref(images))
        return images, truth, factors

    monkeypatch.setattr("datagen.kinds.cards.generate_images", watched)
    cells = [{"rotation_deg": float(i)} for i in range(n_cells)]
    rows = list(score_cells(BrightnessClassifier(), stress_cells(recipe_of(cells), 0), NAMES, confusion))
    assert len(rows) == len(held) == n_cells
    assert max(held) == 0


def test_the_tables_of_a_failed_run_have_rows_without_a_value(tmp_path):
    run = RunFolder(tmp_path / "run")
    run.write_metrics({"status": "diverged", "class_names": list(NAMES), "estimator": "absent.Absent"})
    out = tmp_path / "scores.csv"
    identity = {"grid": "noise", "method": "ssrvae", "seed": 0}
    run_stress(run, recipe_of([{"noise_sigma": 0.1}]), identity, out, tmp_path / "confusion.csv")
    rows = pd.read_csv(out)
    assert rows.columns.tolist() == ["grid", "method", "seed", "noise_sigma", "metric", "value", "n"]
    assert rows["value"].isna().all()
    assert set(rows["n"]) == {0}
    assert pd.read_csv(tmp_path / "confusion.csv").columns.tolist()[-2:] == ["fraction", "n"]


def test_the_tables_of_a_run_have_a_row_a_metric_and_the_confusion_of_each_cell(tmp_path):
    run = RunFolder(tmp_path / "run")
    estimator = "sklearn.dummy.DummyClassifier"
    run.write_metrics({"status": "ok", "class_names": list(NAMES), "estimator": estimator})
    from sklearn.dummy import DummyClassifier

    run.save_model(DummyClassifier(strategy="constant", constant=2).fit(np.zeros((4, 256)), np.arange(4)))
    cells = [{"noise_sigma": 0.1}, {"noise_sigma": 1.0}]
    identity = {"grid": "noise", "method": "dummy", "seed": 0}
    run_stress(run, recipe_of(cells, confusion=True), identity, tmp_path / "s.csv", tmp_path / "c.csv")
    scores, confusion = pd.read_csv(tmp_path / "s.csv"), pd.read_csv(tmp_path / "c.csv")
    assert scores["value"].tolist() == [0.25] * 4
    assert len(confusion) == 2 * 16
    assert confusion.query("predicted == 'hearts'")["fraction"].tolist() == [1.0] * 8


def test_recipes_are_plain_json():
    recipe = recipe_of([{"noise_sigma": 0.1}])
    assert json.loads(json.dumps(recipe)) == recipe

"""Maps over style variables, and where test images lie there."""

from __future__ import annotations

import numpy as np
import pytest

from datagen.npz import write_npz
from ssrvae.study.jobs.latent_maps import LatentMap
from ssrvae.study.jobs.model_arrays import load_arrays
from tests.figures.drawings import drawn, words


def test_maps_of_vaes_stand_above_the_test_images_that_their_csv_holds(one_seed):
    drawing = drawn("fig5_simulated", one_seed)
    assert [axes.get_title() for axes in drawing.figure.axes] == ["VAE", "rVAE", "", ""]
    for method, axes in zip(("vae", "rvae"), drawing.figure.axes[2:], strict=True):
        own = drawing.data[drawing.data["method"] == method]
        scattered = np.concatenate([points.get_offsets() for points in axes.collections])
        np.testing.assert_allclose(scattered, own.query("panel == 'test images'")[["z1", "z2"]], rtol=1e-6)
        assert (own["panel"] == "drawn").sum() == 49


def test_the_second_style_variable_of_a_map_rises_upwards(one_seed):
    drawing = drawn("fig6_marginal_gold", one_seed)
    axes = drawing.figure.axes[0]
    picture = axes.images[0].get_array()
    assert picture[: picture.shape[0] // 2].mean() > picture[picture.shape[0] // 2 :].mean()  # brightens with z2
    labels = [text.get_text() for text in axes.get_yticklabels()]
    assert (labels[0], labels[-1]) == ("2", "−2")
    tiles = drawing.data[(drawing.data["panel"] == "drawn") & (drawing.data["class"] == "single")]
    brightest = tiles.filter(like="pixel_").max(axis=1).groupby(tiles["z2"]).max()
    assert brightest.is_monotonic_increasing


def test_class_conditioned_maps_stand_beside_the_confusion_of_all_seeds(three_seeds):
    drawing = drawn("fig6_marginal_gold", three_seeds)
    assert [axes.get_title() for axes in drawing.figure.axes[:3]] == ["single", "double", "larger"]
    cells = drawing.data[drawing.data["panel"] == "confusion"]
    np.testing.assert_array_equal(drawing.figure.axes[4].collections[0].get_array().ravel(), cells["fraction"])
    assert "Confusion: mean of 3 seeds" in words(drawing)


@pytest.mark.parametrize("name", ["fig5_gold", "fig6_ssrvae_gold"])
def test_a_failed_map_leaves_its_reason(name, with_failures):
    assert "3 of 3 runs failed (seed 0, 1, 2: diverged, loss is NaN)" in words(drawn(name, with_failures))


def test_images_that_a_scatter_does_not_reach_are_counted(write_results):
    results = write_results((0,))
    path = results / "latents/simulated/vae/seed0.npz"
    latents = load_arrays(path, LatentMap)
    write_npz(vars(latents) | {"style": np.concatenate([[[9.0, 0.0]], 0.1 * latents.style[1:]])}, path)
    said = words(drawn("fig5_simulated", results))
    assert "VAE: 1 of 80 test images lie outside the frame." in said

"""Figures and videos of images show the pixels and points of their CSV."""

from __future__ import annotations

import numpy as np

from tests.figures.drawings import drawn, words


def test_data_figure_stores_the_pixels_it_shows(one_seed):
    drawing = drawn("fig2_data", one_seed)
    assert len(drawing.data) == 2 * 4 * 7
    first = drawing.data.filter(like="pixel_").iloc[0].to_numpy().reshape(48, 48)
    np.testing.assert_array_equal(drawing.figure.axes[0].images[0].get_array()[:48, :48], first)


def test_traversals_are_those_after_the_last_epoch(one_seed):
    drawing = drawn("fig3c_ssrvae_traversals", one_seed)
    with np.load(one_seed / "runs/rotation_60/ssrvae/seed0/snapshots.npz") as stored:
        last = stored["traversal"][-1]
    np.testing.assert_array_equal(drawing.data.filter(like="pixel_"), last.reshape(56, -1))
    rows = drawing.data[["class", "style_variable"]].drop_duplicates()
    assert rows.iloc[[0, 1, 2]].to_numpy().tolist() == [["clubs", 1], ["clubs", 2], ["spades", 1]]


def test_marginal_traversals_are_of_the_widest_rotation(one_seed):
    drawing = drawn("marginal_traversals", one_seed)
    assert "Trained on rotation_180, seed 0" in words(drawing)


def test_training_video_scatters_the_rows_of_its_csv(one_seed):
    film = drawn("videoS2_ssrvae", one_seed)
    last = film.data[film.data["epoch"] == 60]
    panel = next(axes for axes in film.frames[-1].axes if axes.get_xlabel() == "Style $z_1$ (prior s.d.)")
    points = np.concatenate([scatter.get_offsets() for scatter in panel.collections])
    assert len(points) == 80
    np.testing.assert_allclose(points, last[["z1", "z2"]])


def test_label_video_goes_from_few_labels_to_many(one_seed):
    film = drawn("videoS3_labels", one_seed)
    assert film.data["labels_per_class"].unique().tolist() == [8, 10, 50, 500]
    assert [frame.get_suptitle() for frame in film.frames][-1] == "ss-rVAE, 500 labelled images a class"


def test_a_model_with_one_style_variable_is_scattered_on_a_line(write_results):
    results = write_results((0,))
    path = results / "runs/rotation_60/ssrvae/seed0/snapshots.npz"
    with np.load(path) as stored:
        members = dict(stored)
    np.savez(path, **members | {"style": members["style"][..., :1], "traversal": members["traversal"][:, :, :1]})
    film = drawn("videoS2_ssrvae", results)
    np.testing.assert_array_equal(film.data["z1"], members["style"][..., 0].ravel())
    assert (film.data["z2"] == 0).all()

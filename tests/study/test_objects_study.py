"""The study of real objects: what its longer stanzas mean."""

from pathlib import Path

import numpy as np

from ssrvae import VAE
from ssrvae.study.estimator_paths import build_estimator
from ssrvae.study.plan import load_plan

STUDY = Path(__file__).parents[2] / "config" / "objects.yaml"


def test_the_rvae_learns_from_all_images_and_labelled_ones_alone_are_neighbours():
    rng = np.random.default_rng(0)
    images, labels = rng.random((30, 64), dtype=np.float32), np.repeat([0, 1, -1], 10)
    stanza = load_plan(STUDY).config["methods"]["rvae_neighbours"]
    quick = {"epochs": 2, "hidden": (8,)}
    model = build_estimator(stanza, random_state=0)
    model.set_params(**{f"rvae__{name}": value for name, value in quick.items()}).fit(images, labels)
    style = (
        VAE(invariances=["rotation", "translation"], n_style=10, random_state=0, **quick).fit(images).transform(images)
    )
    distance = np.linalg.norm(style[:, None] - style[None, labels >= 0], axis=-1)
    nearest = labels[labels >= 0][np.argsort(distance, axis=1)[:, :10]]
    np.testing.assert_allclose(model.predict_proba(images)[:, 1], nearest.mean(1))

"""Data sets of particles: which objects they hold, upright or as they lie, and a message for each bad key."""

from pathlib import Path

import numpy as np
import pytest

from datagen.dataset import load_dataset, save_dataset
from datagen.errors import InputError
from datagen.external import MissingArchive
from datagen.particles.particle_sets import ParticlesSpec, generate_particles, half_to_test, particles_spec

SMALL = ParticlesSpec(per_class=5)


def orientation(image: np.ndarray) -> float:
    """Give the angle of the long axis by second moments, degrees counter-clockwise from x."""
    row, column = np.indices(image.shape)
    weight = image / image.sum()
    x, y = column - (weight * column).sum(), (weight * row).sum() - row
    xx, yy, xy = ((weight * product).sum() for product in (x * x, y * y, x * y))
    return float(np.degrees(0.5 * np.arctan2(2 * xy, xx - yy)))


@pytest.fixture(scope="module")
def particles():
    return generate_particles(SMALL, 3)


def test_each_class_has_its_labels_and_the_tested_are_the_unlabelled(particles):
    assert particles.class_names == ("single", "double", "triple", "quadruple")
    labelled, unlabelled, test = (particles.part(split) for split in ("labelled", "unlabelled", "test"))
    assert np.bincount(labelled.labels).tolist() == [5, 5, 5, 5]
    np.testing.assert_array_equal(unlabelled.images, test.images)
    np.testing.assert_array_equal(unlabelled.labels, -1)
    assert 380 < len(test.images) <= 477
    assert particles.images.shape[1:] == (48, 48)
    np.testing.assert_allclose(particles.images.max(axis=(1, 2)), 1)


def test_area_grows_with_the_number_of_particles(particles):
    area = particles.factors["area_px"]
    means = [area[particles.truth == number].mean() for number in range(4)]
    np.testing.assert_allclose(np.diff(means), means[0], rtol=0.25)


def test_labelled_pairs_lie_within_the_jitter_and_the_others_at_every_angle(particles):
    pairs = {split: particles.part(split) for split in ("labelled", "test")}
    angles = {
        split: np.array([orientation(image) for image in part.images[part.truth == 1]]) for split, part in pairs.items()
    }
    assert np.abs(angles["labelled"]).max() < 4 + 6  # the objects' pixels, the margin and noise move the axis a little
    assert np.histogram(angles["test"], bins=6, range=(-90, 90))[0].min() > 3


def test_the_columns_tell_the_orientation_that_the_images_show(particles):
    test = particles.part("test")
    pairs = test.truth == 1
    shown = np.array([orientation(image) for image in test.images[pairs]])
    turned = shown - np.degrees(test.factors["orientation_rad"][pairs])
    assert np.abs((turned + 90) % 180 - 90).max() < 10


def test_more_labels_begin_with_the_fewer_and_move_no_test_image(particles):
    more = generate_particles(ParticlesSpec(per_class=8), 3)
    few, many = particles.part("labelled"), more.part("labelled")
    for image in few.images:
        assert (np.abs(many.images - image).max(axis=(1, 2)) < 1e-6).any()
    np.testing.assert_array_equal(particles.part("test").images, more.part("test").images)


def test_three_classes_leave_the_largest_out_and_another_seed_draws_anew(particles):
    three = generate_particles(ParticlesSpec(per_class=5, classes=3), 3)
    assert set(three.truth.tolist()) == {0, 1, 2}
    assert (three.split == "test").sum() == ((particles.split == "test") & (particles.truth < 3)).sum()
    assert not np.array_equal(generate_particles(SMALL, 4).images[:5], particles.images[:5])


def test_larger_agglomerates_left_out_or_in_the_last_class_are_those_of_four(particles):
    left_out, last = (ParticlesSpec(per_class=5, classes=3, larger=larger) for larger in ("left_out", "last_class"))
    three, more = generate_particles(left_out, 3), generate_particles(last, 3)
    assert three.class_names == ("single", "double", "triple")
    assert more.class_names == ("single", "double", "larger")
    tested = particles.truth[particles.split == "test"]
    np.testing.assert_array_equal(np.sort(more.truth[more.split == "test"]), np.sort(np.minimum(tested, 2)))
    np.testing.assert_array_equal(np.sort(three.truth[three.split == "test"]), np.sort(tested[tested < 3]))


def test_halves_alternate_with_the_replicate():
    gold = ParticlesSpec("nanogold", tested_half="alternate")
    assert [half_to_test(gold, seed) for seed in range(3)] == ["left", "right", "left"]
    assert half_to_test(ParticlesSpec("nanogold", tested_half="right"), 0) == "right"
    assert half_to_test(SMALL, 0) == ""


def test_raw_patches_show_the_neighbours_up_to_the_corners():
    masked, raw = (generate_particles(ParticlesSpec(per_class=5, patches=patches), 3) for patches in ("masked", "raw"))
    assert (raw.images > 0.2).mean() > 1.5 * (masked.images > 0.2).mean()
    corners = raw.part("labelled").images[:, [0, 0, -1, -1], [0, -1, 0, -1]]
    assert (corners > 0).mean() > 0.25  # of background noise, half lies above its median


def test_a_data_set_survives_its_file(particles, tmp_path: Path):
    save_dataset(particles, tmp_path / "d.npz")
    read = load_dataset(tmp_path / "d.npz", require=("labelled", "unlabelled", "test"))
    np.testing.assert_array_equal(read.images, particles.images)
    assert set(read.factors) == {"area_px", "row", "column", "orientation_rad"}


@pytest.mark.parametrize(("half", "asked", "replicate"), [("left", "left", 1), ("right", "alternate", 1)])
def test_the_asked_half_of_the_real_micrograph_is_tested_and_the_other_labelled(half: str, asked: str, replicate: int):
    spec = ParticlesSpec("nanogold", tested_half=asked, per_class=5, patch_px=40)
    try:
        real = generate_particles(spec, 0, replicate=replicate)
    except MissingArchive as error:
        pytest.skip(str(error))
    in_left = real.factors["column"] < 1012 / 2
    np.testing.assert_array_equal(in_left, (real.split != "labelled") == (half == "left"))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"source": "gold"}, "data.source: 'gold'"),
        ({"labels": "peaks"}, "data.labels: 'peaks'"),
        ({"tested_half": "top"}, "data.tested_half: 'top'"),
        ({"classes": 5}, "data.classes: 5"),
        ({"larger": "kept"}, "data.larger: 'kept'"),
        ({"patches": "cut"}, "data.patches: 'cut'"),
        ({"patch_px": 2}, "data.patch_px: 2"),
        ({"unlabelled": {"per_class": 5}}, "data: unknown key 'unlabelled'"),
        ({"labelled": {"per_class": 0}}, "data.labelled.per_class: 0"),
        ({"labelled": {"shift": 0.1}}, "data.labelled: unknown key 'shift'"),
    ],
)
def test_a_bad_key_is_named(change: dict, message: str):
    stanza = {"kind": "particles", "source": "simulated", "labelled": {"per_class": 5}}
    with pytest.raises(InputError, match=message):
        particles_spec(stanza | change)


def test_too_many_labels_and_a_missing_archive_are_told(tmp_path: Path):
    with pytest.raises(InputError, match=r"labelled.per_class: 40 .* only \d+ objects of class quadruple"):
        generate_particles(ParticlesSpec(per_class=40), 0)
    with pytest.raises(MissingArchive, match=r"pyparty-0.3.0.tar.gz, which holds the gold-nanoparticle micrograph"):
        generate_particles(ParticlesSpec(source="nanogold"), 0, tmp_path)

"""Generated data sets: what is in them, that they repeat byte by byte, and that streams do not touch."""

import subprocess
import sys

import numpy as np
import pytest

from datagen.affine import warp
from datagen.cards.card_images import cards_spec, generate_cards, generate_images
from datagen.cards.templates import load_templates
from datagen.dataset import save_dataset
from datagen.errors import InputError
from datagen.factors import FACTOR_NAMES, FactorRanges
from datagen.seeds import seed_sequence
from datagen.splits import PartSpec

RANGES = FactorRanges(60, 15, (1.0, 1.3), 0.1)
STANZA = {"per_class": 3, "rotation_deg": 60, "shear_deg": 15, "scale": [1.0, 1.3], "shift": 0.1}


def config(**changes) -> dict:
    return {"labelled": {"per_class": 2}, "unlabelled": STANZA, "test": {"per_class": 5}} | changes


def factors_by_class(dataset, split: str, name: str) -> np.ndarray:
    """Every factor of the images of one class, in an order that shuffling cannot change."""
    part = dataset.part(split)
    rows = part.truth == dataset.class_names.index(name)
    return np.array(sorted(zip(*(part.factors[factor][rows] for factor in FACTOR_NAMES), strict=True)))


def test_splits_stand_in_order_with_their_counts_and_labels_only_where_labelled(dataset):
    assert dataset.images.shape == (12 + 27 + 15, 24, 24)
    assert dataset.images.dtype == np.float32
    assert dataset.split.tolist() == ["labelled"] * 12 + ["unlabelled"] * 27 + ["test"] * 15
    np.testing.assert_array_equal(dataset.labels, np.where(dataset.split == "labelled", dataset.truth, -1))
    for split, count in (("labelled", 4), ("unlabelled", 9), ("test", 5)):
        truth = dataset.part(split).truth
        assert np.bincount(truth).tolist() == [count] * 3
        assert (np.diff(truth) < 0).any()  # shuffled


def test_images_are_white_on_black_and_follow_from_the_stored_factors(dataset, make_spec):
    templates = load_templates(make_spec().templates, 24)
    again = warp(templates.images, dataset.truth, dataset.factors, 24)
    np.testing.assert_array_equal(dataset.images, again)
    assert dataset.images.min() == 0
    assert (dataset.images.max(axis=(1, 2)) > 0.9).all()


def test_each_split_keeps_its_own_ranges(dataset):
    labelled, unlabelled = dataset.part("labelled").factors, dataset.part("unlabelled").factors
    assert np.abs(labelled["rotation_deg"]).max() <= 4 < np.abs(unlabelled["rotation_deg"]).max() <= 60
    assert np.abs(labelled["shift_x"]).max() == 0 < np.abs(unlabelled["shift_x"]).max() <= 0.1
    for factors in (labelled, unlabelled):
        assert factors["scale"].min() >= 1
        assert factors["scale"].max() <= 1.3


def test_the_same_seed_gives_the_same_file_bytes_and_another_seed_others(make_spec, tmp_path):
    for name, seed in (("first", 0), ("again", 0), ("other", 1)):
        save_dataset(generate_cards(make_spec(), seed_sequence(seed, "data", 0)), tmp_path / name)
    first, again, other = ((tmp_path / name).read_bytes() for name in ("first", "again", "other"))
    assert first == again
    assert first != other


def test_splits_classes_and_replicates_have_streams_of_their_own(make_spec):
    datasets = [generate_cards(make_spec(), seed_sequence(0, "data", replicate)) for replicate in (0, 1)]
    shears = [
        factors_by_class(dataset, split, name)[:, FACTOR_NAMES.index("shear_x_deg")]
        for dataset in datasets
        for split in ("labelled", "unlabelled", "test")
        for name in dataset.class_names
    ]
    values = np.concatenate(shears)
    assert len(shears) == 18
    assert len(np.unique(values)) == len(values)


def test_another_class_count_or_range_moves_no_other_image(dataset, make_spec):
    glyphs = {"spades": "\u2660", **make_spec().templates["glyphs"]}
    more = generate_cards(make_spec(glyphs, labelled=7, rotation_deg=180), 0)
    for name in dataset.class_names:
        few, many = factors_by_class(dataset, "labelled", name), factors_by_class(more, "labelled", name)
        assert {tuple(row) for row in few} < {tuple(row) for row in many}
        for split in ("unlabelled", "test"):
            small, wide = factors_by_class(dataset, split, name), factors_by_class(more, split, name)
            np.testing.assert_allclose(wide[:, 0], 3 * small[:, 0])
            np.testing.assert_array_equal(wide[:, 1:], small[:, 1:])


def test_the_header_says_what_made_the_data(dataset):
    assert dataset.header["spec"]["unlabelled"] == {
        "per_class": 9,
        "ranges": {"rotation_deg": 60.0, "shear_deg": 15.0, "scale": [1.0, 1.3], "shift": 0.1},
    }
    assert dataset.header["spec"]["templates"]["font"] == "DejaVu Sans"
    assert dataset.header["seed"] == {"entropy": 0, "stream": []}


def test_a_test_set_made_in_pieces_is_the_one_made_at_once():
    templates = load_templates(None, 24)
    images, truth, factors = generate_images(templates, RANGES, 6, 24, np.random.default_rng(3))
    rng = np.random.default_rng(3)
    pieces = [generate_images(templates, RANGES, count, 24, rng) for count in (1, 3, 2)]
    assert truth.tolist() == [0, 1, 2, 3] * 6
    np.testing.assert_array_equal(np.concatenate([piece[0] for piece in pieces]), images)
    np.testing.assert_array_equal(np.concatenate([piece[1] for piece in pieces]), truth)
    for name in FACTOR_NAMES:
        np.testing.assert_array_equal(np.concatenate([piece[2][name] for piece in pieces]), factors[name])


def test_test_ranges_default_to_those_of_the_unlabelled_and_may_be_overridden():
    assert cards_spec(config()).test == PartSpec(5, RANGES)
    overridden = cards_spec(config(test={"per_class": 5, "rotation_deg": 90, "shift": 0})).test.ranges
    assert overridden == FactorRanges(90, 15, (1.0, 1.3), 0)


def test_a_spec_without_templates_or_image_size_is_the_paper_s():
    spec = cards_spec(config(kind="cards"))
    assert (spec.image_size, spec.templates) == (48, None)
    assert spec.labelled.ranges == FactorRanges()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"labelled": {"per_class": 0}},
            "data.labelled.per_class: 0 is not allowed; expected a whole number >= 1",
        ),
        ({"unlabelled": {"per_class": 2.5}}, "data.unlabelled.per_class: 2.5"),
        ({"test": {"per_class": -1}}, "data.test.per_class: -1"),
        ({"test": {"per_class": True}}, "data.test.per_class: True"),
        ({"test": {}}, "data.test.per_class is missing"),
        ({"test": None}, "data.test: None is not a mapping"),
        ({"unlabelled": STANZA | {"scale": [2, 1]}}, r"data.unlabelled.scale: \[2, 1\] is not allowed"),
        (
            {"labelled": STANZA | {"angle": 3}},
            "data.labelled: unknown key 'angle'; allowed are per_class, rotation_deg",
        ),
        ({"image_sise": 48}, "data: unknown key 'image_sise'; allowed are kind, templates, image_size"),
        ({"image_size": 1}, "data.image_size: 1 is not allowed; expected a whole number, 2 to 1024: memory"),
    ],
)
def test_a_stanza_that_cannot_be_is_refused_by_key(changes, message):
    with pytest.raises(InputError, match=message):
        cards_spec(config(**changes))


def test_no_images_a_class_are_refused_when_streaming(rng):
    with pytest.raises(InputError, match="per_class: 0"):
        generate_images(load_templates(), RANGES, 0, 48, rng)


def test_importing_the_package_loads_neither_torch_nor_matplotlib():
    modules = "corruption, dataset, factors, seeds, affine"
    of_cards = "card_images, glyphs, templates"
    heavy = "{'torch', 'matplotlib', 'scipy'}"
    imports = f"from datagen import {modules}; from datagen.cards import {of_cards}"
    code = f"import sys; {imports}; print({heavy} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"

"""Data sets of objects: the split by micrograph, the draws, and what is told."""

from dataclasses import replace

import numpy as np
import pytest

from datagen.contract import check_dataset
from datagen.dataset import FEWER_LABELS, REMARKS, Dataset
from datagen.errors import InputError
from datagen.micrographs.object_masks import LabelledMicrograph, LabelledMicrographs, ObjectMask
from datagen.micrographs.object_sets import ObjectSetSpec, object_set

SPEC = ObjectSetSpec(("bar", "square"), side_px=24, image_size=16, per_class=3, unlabelled=0.25, test=0.35)
SIDES = {"bar": (4, 14), "square": (8, 8), "rod": (3, 18), "": (6, 10)}
AT = (5, 35, 65, 95)


def micrograph(name: str, classes: list[str], at: tuple[int, ...] = AT) -> LabelledMicrograph:
    """Bright objects of some classes in a row, 120 px wide and 40 high."""
    pixels = np.full((40, 120), 0.2, dtype=np.float32)
    objects = []
    for class_name, column in zip(classes, at, strict=False):
        mask = np.ones(SIDES[class_name], dtype=bool)
        objects.append(ObjectMask(12, column, mask, class_name))
        pixels[12 : 12 + mask.shape[0], column : column + mask.shape[1]] = 0.7
    return LabelledMicrograph(name, pixels, objects)


def many(n: int = 12, classes: tuple[str, ...] = ("bar", "square", "rod", "")) -> LabelledMicrographs:
    return LabelledMicrographs([micrograph(f"{number}.png", list(classes)) for number in range(n)], [])


def micrographs_of(dataset: Dataset, split: str) -> set[float]:
    return set(dataset.part(split).factors["micrograph"].tolist())


@pytest.mark.parametrize("seed", range(5))
def test_no_two_splits_share_a_micrograph_and_each_has_what_it_should(seed):
    dataset = object_set(SPEC, many(), seed, {"kind": "drawn"})
    check_dataset(dataset, "drawn")
    parts = [micrographs_of(dataset, split) for split in ("labelled", "unlabelled", "test")]
    assert sum(map(len, parts)) == len(set.union(*parts))
    assert np.bincount(dataset.part("labelled").labels).tolist() == [3, 3]
    # Of unlabelled micrographs every object is there, whatever its class; of test ones those of the classes.
    assert sorted(dataset.part("unlabelled").truth.tolist()) == [-1] * 6 + [0] * 3 + [1] * 3
    assert np.bincount(dataset.part("test").truth).tolist() == [4, 4]


def test_draws_differ_by_seed_and_are_the_same_for_one():
    first, again, other = (object_set(SPEC, many(), seed, {}) for seed in (1, 1, 2))
    np.testing.assert_array_equal(first.images, again.images)
    assert micrographs_of(first, "test") != micrographs_of(other, "test")


def test_more_labels_begin_with_the_fewer_and_move_no_other_split():
    few, more = (object_set(replace(SPEC, per_class=n), many(), 3, {}) for n in (2, 4))
    places = [
        set(np.ravel(each.part("labelled").factors["micrograph"] * 1000 + each.part("labelled").factors["column"]))
        for each in (few, more)
    ]
    assert places[0] < places[1]
    for split in ("unlabelled", "test"):
        np.testing.assert_array_equal(few.part(split).images, more.part(split).images)


def test_labelled_objects_are_turned_upright_when_asked_and_others_never():
    def standing_bar(each: LabelledMicrograph) -> LabelledMicrograph:
        pixels = np.full((40, 120), 0.2, dtype=np.float32)
        pixels[8:22, 10:14], pixels[12:20, 60:68] = 0.7, 0.7
        bar = ObjectMask(8, 10, np.ones((14, 4), dtype=bool), "bar")
        return LabelledMicrograph(each.name, pixels, [bar, ObjectMask(12, 60, np.ones((8, 8), dtype=bool), "square")])

    source = LabelledMicrographs([standing_bar(each) for each in many().micrographs], [])
    turned, lying = (object_set(replace(SPEC, upright=upright), source, 0, {}) for upright in (True, False))
    wide = [each.part("labelled").images[each.part("labelled").labels == 0].sum(axis=0) for each in (turned, lying)]
    spans = [((image > 0.1).any(axis=0).sum(), (image > 0.1).any(axis=1).sum()) for image in wide]
    assert spans[0][0] > spans[0][1]
    assert spans[1][0] < spans[1][1]
    np.testing.assert_array_equal(turned.part("test").images, lying.part("test").images)
    assert np.abs(
        turned.part("labelled").factors["orientation_rad"][turned.part("labelled").labels == 0]
    ) == pytest.approx(np.pi / 2)


def test_a_class_with_fewer_labels_than_asked_is_used_and_told():
    source = many()
    for each in source.micrographs[2:]:
        each.objects.pop(0)
    dataset = object_set(replace(SPEC, per_class=9), source, 0, {})
    assert dataset.header[FEWER_LABELS] == {"bar": 1, "square": 5}
    assert np.bincount(dataset.part("labelled").labels).tolist() == [1, 5]


def test_objects_at_the_border_and_wider_than_the_patch_are_left_out_and_told():
    source = many()
    for each in source.micrographs:
        each.objects.append(ObjectMask(30, 0, np.ones((8, 8), dtype=bool), "square"))
        each.objects.append(ObjectMask(2, 40, np.ones((4, 30), dtype=bool), "bar"))
    dropped = object_set(SPEC, LabelledMicrographs(source.micrographs, ["read"]), 0, {})
    assert dropped.header[REMARKS] == [
        "read",
        "12 objects cut by the border are left out",
        "12 objects wider than side_px = 24 are left out",
    ]
    kept = object_set(replace(SPEC, at_border="keep"), source, 0, {})
    assert kept.header[REMARKS] == ["12 objects wider than side_px = 24 are left out"]
    assert [len(each.part("test").truth) for each in (dropped, kept)] == [8, 12]
    fitted = object_set(replace(SPEC, at_border="keep", size="fitted"), source, 0, {})
    assert fitted.header[REMARKS] == []


def test_paler_objects_stay_paler_only_where_a_micrograph_s_brightness_is_kept():
    source = many()
    for each in source.micrographs:
        each.pixels[:, 30:55] = 0.2 + (each.pixels[:, 30:55] - 0.2) / 2  # the square at 35
    highest = {}
    for whose in ("object", "micrograph"):
        tested = object_set(replace(SPEC, brightness=whose), source, 0, {}).part("test")
        highest[whose] = tested.images.max(axis=(1, 2))[np.argsort(tested.truth, kind="stable")]
    assert highest["object"] == pytest.approx(1)
    assert highest["micrograph"] == pytest.approx(np.repeat([1, 0.5], 4), abs=0.01)


def test_every_class_that_has_an_object_is_used_where_none_is_named():
    assert object_set(replace(SPEC, class_names=()), many(), 0, {}).class_names == ("bar", "rod", "square")


@pytest.mark.parametrize(
    ("classes", "told"),
    [
        ([["bar", "square"]] * 2, "2 micrographs cannot be labelled, unlabelled, test: at least 3 are needed"),
        (
            [["bar", "square"], ["square"], ["square"], ["square"]],
            r"all labels of class bar are of one micrograph, 0.png",
        ),
        ([["square"]] * 5, "no object of class bar can be used"),
    ],
)
def test_labels_that_cannot_be_split_are_told(classes, told):
    source = LabelledMicrographs([micrograph(f"{n}.png", own) for n, own in enumerate(classes)], [])
    with pytest.raises(InputError, match=told):
        object_set(SPEC, source, 0, {})


@pytest.mark.parametrize("seed", range(10))
def test_a_class_in_two_micrographs_of_twenty_is_labelled_in_one_and_tested_in_the_other(seed):
    source = many(20, ("square", "square"))
    for each in source.micrographs[:2]:
        each.objects.append(ObjectMask(25, 95, np.ones((4, 14), dtype=bool), "bar"))
    dataset = object_set(SPEC, source, seed, {})
    assert (dataset.part("labelled").truth == 0).sum() == (dataset.part("test").truth == 0).sum() == 1


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"side_px": 4}, "side_px: 4"),
        ({"class_names": ("bar",)}, "class_names"),
        ({"class_names": ("bar", "bar")}, "class_names"),
        ({"per_class": 0}, "labelled.per_class: 0"),
        ({"upright": 1}, "labelled.upright: 1"),
        ({"brightness": "none"}, "brightness: 'none'"),
        ({"at_border": "cut"}, "at_border: 'cut'"),
        ({"size": "large"}, "size: 'large'"),
        ({"test": 0.0}, "test.fraction: 0.0"),
        ({"unlabelled": 0.7}, r"test.fraction: 0.35 is not allowed; expected less than 1 - unlabelled.fraction = 0.3"),
    ],
)
def test_values_that_cannot_be_are_refused_by_key(change, told):
    with pytest.raises(InputError, match=told):
        replace(SPEC, **change)

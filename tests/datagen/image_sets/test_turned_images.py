"""Digits and silhouettes as data sets: each image once, turned back they are the upright ones; no pickle but arrays."""

import gzip
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from datagen.errors import InputError
from datagen.external import FOLDER, MissingArchive
from datagen.kinds import data_kind
from datagen.kinds.digits import read_digits
from datagen.kinds.silhouettes import MEMBERS, read_silhouettes
from datagen.seeds import seed_sequence


def stanza(**parts: dict) -> dict:
    data = {"kind": "digits", "image_size": 34, "labelled": {"per_class": 3, "rotation_deg": 4}}
    return data | {"unlabelled": {"per_class": 5, "rotation_deg": 180}, "test": {"per_class": 4}} | parts


def generate(data: dict, external: Path = FOLDER):
    return data_kind(data["kind"]).generate(data, seed_sequence(0), 0, external)


@pytest.fixture(scope="module")
def digits():
    return generate(stanza())


def test_digits_are_scikit_learn_s_without_9(digits):
    from sklearn.datasets import load_digits

    source = read_digits()
    original, labels = load_digits(return_X_y=True)
    np.testing.assert_array_equal(source.truth, labels[labels < 9])
    blocks = source.images.reshape(-1, 8, 3, 8, 3)[:, :, 1, :, 1]  # the middle of each enlarged pixel
    np.testing.assert_allclose(blocks.reshape(-1, 64), original[labels < 9] / 16, atol=1e-6)
    assert digits.class_names == tuple("012345678")


def test_each_split_has_its_counts_and_rotations(digits):
    for split, per_class, rotation in (("labelled", 3, 4), ("unlabelled", 5, 180), ("test", 4, 180)):
        part = digits.part(split)
        assert np.bincount(part.truth).tolist() == [per_class] * 9
        assert rotation / 2 < np.abs(part.factors["rotation_deg"]).max() <= rotation


def test_chosen_classes_are_those_images_alone_in_the_given_order(digits):
    chosen = generate(stanza(class_names=["6", "2"]))
    assert chosen.class_names == ("6", "2")
    for number, name in enumerate(chosen.class_names):
        own, same = chosen.part("test"), digits.part("test")
        own, same = own.images[own.truth == number], same.images[same.truth == int(name)]
        np.testing.assert_array_equal(np.sort(own.sum(axis=(1, 2))), np.sort(same.sum(axis=(1, 2))))


def test_no_image_is_used_twice(digits):
    counts = {"labelled": 3, "unlabelled": 150, "test": 10}
    upright = generate(stanza(**{part: {"per_class": n} for part, n in counts.items()}))
    assert len(np.unique(upright.images.reshape(len(upright.images), -1), axis=0)) == 9 * 163
    assert len(upright.images) == 9 * 163


def test_more_labels_begin_with_the_fewer_and_move_no_other_split(digits):
    more = generate(stanza(labelled={"per_class": 6, "rotation_deg": 4}))
    for split in ("unlabelled", "test"):
        np.testing.assert_array_equal(more.part(split).images, digits.part(split).images)
    many = more.part("labelled").images
    for image in digits.part("labelled").images:
        assert (np.abs(many - image).max(axis=(1, 2)) < 1e-6).any()


def test_too_many_images_a_class_are_refused():
    with pytest.raises(InputError, match=r"3 \+ 300 \+ 4.* images of class 0"):
        generate(stanza(unlabelled={"per_class": 300}))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"image_size": 2}, "data.image_size: 2"),
        ({"templates": {}}, "data: unknown key 'templates'"),
        ({"class_names": ["1", "9"]}, r"data.class_names: \['1', '9'\] is not allowed; expected some of 0, 1"),
        ({"class_names": ["1"]}, r"data.class_names: \['1'\] is not allowed; expected two or more"),
        ({"test": {"rotation_deg": 5}}, "data.test.per_class is missing"),
    ],
)
def test_a_bad_key_is_named(change: dict, message: str):
    with pytest.raises(InputError, match=message):
        data_kind("digits").check(stanza() | change)


def write_wheel(path: Path, data: object, label: object) -> None:
    with zipfile.ZipFile(path, "w") as wheel:
        for part, content in (("data", data), ("label", label)):
            wheel.writestr(MEMBERS[part], gzip.compress(pickle.dumps(content)))


def old_names(array: np.ndarray) -> bytes:
    """Pickle an array under the module names of NumPy 1, as the package has it."""
    return pickle.dumps(array, protocol=3).replace(b"numpy._core.multiarray", b"numpy.core.multiarray")


def test_silhouettes_are_read_once_each_from_arrays_pickled_by_an_older_numpy(tmp_path: Path, rng):
    images = rng.integers(0, 256, size=(4, 28, 28), dtype=np.uint8)
    doubled = images[[0, 1, 1, 2, 3, 0]]
    with zipfile.ZipFile(tmp_path / "a.whl", "w") as wheel:
        wheel.writestr(MEMBERS["data"], gzip.compress(old_names(doubled)))
        wheel.writestr(MEMBERS["label"], gzip.compress(old_names(np.array([5, 6, 6, 7, 8, 5]))))
    silhouettes = read_silhouettes(tmp_path / "a.whl")
    np.testing.assert_allclose(silhouettes.images, images / 255, atol=1e-7)
    assert silhouettes.truth.tolist() == [5, 6, 7, 8]


class Harmful:
    """What a harmful pickle does: call a function when it is read."""

    def __reduce__(self):
        return print, ("called",)


def test_a_pickle_that_calls_anything_is_refused_unread(tmp_path: Path, capsys: pytest.CaptureFixture):
    write_wheel(tmp_path / "a.whl", Harmful(), [1])
    with pytest.raises(InputError, match=r"builtins.print is not allowed"):
        read_silhouettes(tmp_path / "a.whl")
    assert capsys.readouterr().out == ""


def test_a_missing_archive_is_told(tmp_path: Path):
    with pytest.raises(MissingArchive, match=r"animal_mnist-0.4-py3-none-any.whl, which holds the animal silhouettes"):
        generate(stanza(kind="silhouettes"), tmp_path)

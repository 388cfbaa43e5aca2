"""Data sets as files: the round trip, the user's own, and a message for each broken one."""

import dataclasses
import errno
import zipfile

import numpy as np
import pytest

from datagen.dataset import Dataset, load_dataset, save_dataset
from datagen.errors import InputError


@pytest.fixture
def saved(dataset, tmp_path):
    save_dataset(dataset, tmp_path / "seed0.npz")
    return tmp_path / "seed0.npz"


def assert_same(one: Dataset, other: Dataset) -> None:
    for column in ("images", "labels", "truth", "split"):
        np.testing.assert_array_equal(getattr(one, column), getattr(other, column), strict=True)
    assert one.factors.keys() == other.factors.keys()
    for name, values in one.factors.items():
        np.testing.assert_array_equal(values, other.factors[name], strict=True)
    assert (one.class_names, one.header) == (other.class_names, other.header)


def test_a_saved_data_set_comes_back_whole(dataset, saved):
    assert_same(load_dataset(saved, require=("labelled", "unlabelled", "test")), dataset)


def test_saving_what_was_loaded_gives_the_same_bytes(saved, tmp_path):
    save_dataset(load_dataset(saved), tmp_path / "new folder" / "again.npz")
    assert (tmp_path / "new folder" / "again.npz").read_bytes() == saved.read_bytes()


def test_numpy_reads_the_file_without_pickles(dataset, saved):
    with np.load(saved, allow_pickle=False) as members:
        np.testing.assert_array_equal(members["images"], dataset.images)
        assert {"factor_rotation_deg", "header", "truth"} < set(members.files)


def test_the_training_set_is_all_but_the_test_part_with_unlabelled_as_minus_one(dataset):
    images, labels = dataset.training_set()
    assert images.shape == (39, 24 * 24)
    np.testing.assert_array_equal(images.reshape(-1, 24, 24), dataset.images[:39])
    np.testing.assert_array_equal(labels, np.r_[dataset.truth[:12], np.full(27, -1)])


def test_the_test_set_has_the_true_classes(dataset):
    images, truth = dataset.test_set()
    np.testing.assert_array_equal(images.reshape(-1, 24, 24), dataset.images[39:])
    np.testing.assert_array_equal(truth, dataset.truth[39:])


def test_parts_divide_the_data_set(dataset):
    parts = [dataset.part(split) for split in ("labelled", "unlabelled", "test")]
    np.testing.assert_array_equal(np.concatenate([part.images for part in parts]), dataset.images)
    assert [len(part.factors["scale"]) for part in parts] == [12, 27, 15]


def own_file(path, **changes):
    """A user's smallest data set: two classes, one image unlabelled."""
    members = {
        "images": np.random.default_rng(0).random((5, 6, 7)),
        "labels": np.array([0, 1, -1, 1, 0]),
        "class_names": np.array(["one", "two"]),
    } | changes
    np.savez(path, **{name: values for name, values in members.items() if values is not None})
    return path


def test_a_user_s_file_needs_only_images_labels_and_class_names(tmp_path):
    dataset = load_dataset(own_file(tmp_path / "mine.npz"))
    assert dataset.images.dtype == np.float32
    assert dataset.split.tolist() == ["labelled", "labelled", "unlabelled", "labelled", "labelled"]
    assert dataset.labels.tolist() == dataset.truth.tolist() == [0, 1, -1, 1, 0]
    assert (dataset.class_names, dataset.factors, dataset.header) == (("one", "two"), {}, {})


def test_a_label_outside_the_labelled_split_is_for_scoring_only(tmp_path):
    split = np.array(["labelled", "labelled", "unlabelled", "unlabelled", "test"])
    dataset = load_dataset(own_file(tmp_path / "mine.npz", split=split))
    assert dataset.labels.tolist() == [0, 1, -1, -1, -1]
    assert dataset.truth.tolist() == [0, 1, -1, 1, 0]


IMAGES = np.full((5, 6, 7), 0.5)
WITH_NAN = IMAGES.copy()
WITH_NAN[3, 0, 0] = np.nan
BAD_FILES = [
    ({"class_names": None}, "has no class_names; a data set needs images, labels, class_names"),
    ({"images": None, "labels": None}, "has no images, labels"),
    ({"images": IMAGES * 255}, r"images reach from 127.5 to 127.5; rescale them to \[0, 1\]"),
    ({"images": IMAGES - 1}, "images reach from -0.5"),
    ({"images": WITH_NAN}, "NaN pixels in 1 of the images"),
    ({"images": np.where(np.isnan(WITH_NAN), np.inf, 0.5)}, "images reach from 0.5 to inf"),
    ({"images": (IMAGES * 255).astype(np.uint8)}, r"images are uint8; expected float32 in \[0, 1\]"),
    ({"images": IMAGES[0]}, r"images have shape \(6, 7\); expected \[n, height, width\]"),
    ({"images": IMAGES[:0], "labels": np.array([], dtype=int)}, r"images have shape \(0, 6, 7\)"),
    ({"images": IMAGES[:4]}, r"labels has shape \(5,\); expected one for each of 4 images"),
    ({"labels": np.array([0, 1, -1, 2, 0])}, r"labels has \[2\]; expected -1 or a class number, 0..1"),
    ({"labels": np.array([0, 1, -2, 1, 0])}, r"labels has \[-2\]"),
    ({"labels": np.array([0, 1, np.nan, 1, 0])}, "labels are float64; expected whole numbers"),
    ({"labels": np.array([0, -1, -1, 0, 0])}, "no labelled image of two; label some or leave the class out"),
    ({"labels": np.full(5, -1)}, "has no labelled image; give a few images of every class a label"),
    ({"class_names": np.array(["one"])}, r"class_names are \['one'\]; expected at least 2"),
    ({"class_names": np.array(["one", "one"])}, "class_names are .*; expected at least 2, all different"),
    ({"split": np.array(["labelled"] * 4)}, r"split has shape \(4,\), labels \(5,\)"),
    (
        {"split": np.array(["labelled"] * 4 + ["tset"])},
        r"split has \['tset'\]; expected labelled, unlabelled",
    ),
    ({"split": np.array(["labelled"] * 5)}, "images of split 'labelled' have label -1"),
    ({"split": np.array(["labelled"] * 2 + ["test"] * 3)}, "images of split 'test' have no true class"),
    ({"truth": np.array([0, 1, 5, 1, 0])}, r"truth has \[5\]"),
    ({"truth": np.array([0, 1])}, r"truth has shape \(2,\)"),
    ({"factor_scale": np.ones(3)}, r"scale has shape \(3,\)"),
    ({"header": np.array("{not json")}, "header is not JSON"),
    ({"class_names": np.array(["one", None], dtype=object)}, "is not a whole .npz of plain arrays"),
]


@pytest.mark.parametrize(("changes", "message"), BAD_FILES)
def test_a_file_that_breaks_the_contract_is_named_with_its_fault(changes, message, tmp_path):
    own_file(tmp_path / "mine.npz", **changes)
    with pytest.raises(InputError, match=f"mine.npz.*{message}"):
        load_dataset(tmp_path / "mine.npz")


@pytest.mark.parametrize("split", ["unlabelled", "test"])
def test_a_split_that_is_needed_and_missing_is_named(split, tmp_path):
    path = own_file(tmp_path / "mine.npz", labels=np.array([0, 1, 0, 1, 0]))
    with pytest.raises(InputError, match=f"mine.npz has no {split} image"):
        load_dataset(path, require=("labelled", split))
    with pytest.raises(InputError, match=f"has no {split} image"):
        load_dataset(path).part(split)
    with pytest.raises(InputError, match="has no unlabelled image"):
        load_dataset(path).training_set()
    with pytest.raises(InputError, match="has no test image"):
        load_dataset(path).test_set()


def test_an_unknown_split_is_refused_by_name(dataset):
    with pytest.raises(InputError, match="split 'train' is unknown; expected one of labelled, unlabelled, test"):
        dataset.part("train")


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InputError, match=r"there is no file .*nothing\.npz"):
        load_dataset(tmp_path / "nothing.npz")


def test_a_truncated_file_is_never_read_as_a_data_set(saved):
    whole = saved.read_bytes()
    lengths = [0, 1, 100, len(whole) // 2, len(whole) - 100, len(whole) - 1]
    for length in lengths:
        saved.write_bytes(whole[:length])
        with pytest.raises(InputError, match=r"seed0.npz is not a whole \.npz"):
            load_dataset(saved)


def test_a_changed_byte_is_found_or_does_not_matter(dataset, saved):
    whole = saved.read_bytes()
    messages = []
    for position in range(0, len(whole), len(whole) // 150):
        saved.write_bytes(whole[:position] + bytes([whole[position] ^ 0x55]) + whole[position + 1 :])
        try:
            assert_same(load_dataset(saved), dataset)
        except InputError as error:
            messages.append(str(error))
    assert len(messages) > 100
    assert all("seed0.npz" in message for message in messages)


def test_a_member_longer_than_its_array_is_refused(tmp_path):
    path = own_file(tmp_path / "mine.npz", class_names=None)
    with zipfile.ZipFile(path, "a") as archive, archive.open("class_names.npy", "w") as member:
        np.lib.format.write_array(member, np.array(["one", "two"]))
        member.write(b"more")
    with pytest.raises(InputError, match=r"mine\.npz is not a whole .*class_names\.npy is longer than its array"):
        load_dataset(path)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_leaves_no_half_file_and_the_older_one_as_it_was(code, dataset, saved, monkeypatch):
    before = saved.read_bytes()

    def fill_the_disk(file, values, allow_pickle):
        file.write(b"some bytes")
        raise OSError(code, "No space left on device")

    monkeypatch.setattr(np.lib.format, "write_array", fill_the_disk)
    with pytest.raises(InputError, match=r"cannot write .*seed0\.npz: no room left on the disk of"):
        save_dataset(dataset, saved)
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == ["seed0.npz"]


def test_a_place_that_cannot_be_written_is_named(dataset, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(InputError, match=r"cannot write .*file/seed0\.npz: "):
        save_dataset(dataset, tmp_path / "file" / "seed0.npz")


def test_images_outside_0_to_1_are_not_saved(dataset, tmp_path):
    noisy = dataclasses.replace(dataset, images=dataset.images + np.float32(0.5))
    with pytest.raises(InputError, match=r"data set for .*noisy.npz: images reach from 0.5 to 1.5"):
        save_dataset(noisy, tmp_path / "noisy.npz")
    assert not list(tmp_path.iterdir())


def test_the_images_are_deflated_and_carry_no_time(dataset, saved):
    assert saved.stat().st_size < dataset.images.nbytes / 2
    with zipfile.ZipFile(saved) as archive:
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}

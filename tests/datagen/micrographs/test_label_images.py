"""Label images as programs write them, and what is none."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from tifffile import imwrite

from datagen.errors import InputError
from datagen.micrographs.label_images import check_objects, label_image_of, read_classes, read_label_image

LABELS = np.zeros((6, 9), dtype=np.int64)
LABELS[1:3, 2:5], LABELS[4, 6:8] = 1, 2


@pytest.mark.parametrize(
    ("name", "dtype"),
    [
        ("a.png", "uint8"),
        ("a_cp_masks.png", "uint16"),
        ("a_masks.tif", "int32"),
        ("a.tiff", "uint32"),
        ("a.npy", "int64"),
    ],
)
def test_label_images_are_found_by_their_micrograph_s_name_and_read_as_numbers(tmp_path: Path, name, dtype):
    write = {".png": lambda p, v: Image.fromarray(v).save(p), ".npy": np.save}.get(Path(name).suffix, imwrite)
    write(tmp_path / name, LABELS.astype(dtype))
    path = label_image_of("a.jpg", tmp_path)
    assert path.name == name
    np.testing.assert_array_equal(read_label_image(path, (6, 9)), LABELS)


def test_more_objects_than_16_bits_count_stay_apart(tmp_path: Path):
    labels = np.arange(300 * 300).reshape(300, 300)
    imwrite(tmp_path / "a.tif", labels.astype(np.int32))
    assert len(np.unique(read_label_image(tmp_path / "a.tif", (300, 300)))) == 90_000


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (LABELS > 0, "number them, as skimage.measure.label does"),
        (np.uint8(255) * (LABELS > 0), "number them, as skimage.measure.label does"),
        (LABELS.astype(np.float32), "holds float32; expected whole numbers"),
        (-LABELS, "holds -2; expected whole numbers >= 0"),
        (0 * LABELS, "holds no object"),
        (LABELS[:4], "has 4 x 9 px; its micrograph has 6 x 9"),
        (np.stack([LABELS] * 3, axis=2), "has 6 x 9 x 3 px"),
        (np.array([{}], dtype=object), "is no label image"),
    ],
)
def test_what_is_no_label_image_is_told_with_the_remedy(tmp_path: Path, values, told):
    np.save(tmp_path / "a.npy", values)
    with pytest.raises(InputError, match=told) as raised:
        read_label_image(tmp_path / "a.npy", (6, 9))
    assert "a.npy" in str(raised.value)


def test_none_or_two_label_images_of_a_micrograph_are_told(tmp_path: Path):
    with pytest.raises(InputError, match=r"none for a.jpg; expected one of a.tif"):
        label_image_of("a.jpg", tmp_path)
    np.save(tmp_path / "a.npy", LABELS)
    np.save(tmp_path / "a_masks.npy", LABELS)
    with pytest.raises(InputError, match=r"a.npy and a_masks.npy for a.jpg"):
        label_image_of("a.jpg", tmp_path)


def test_classes_are_read_by_micrograph_and_object(tmp_path: Path):
    table = tmp_path / "classes.csv"
    table.write_text("image,object,class\na.png,1,cube\na.png,2,sphere\nb.png,1,cube\n")
    classes = read_classes(table, ["a.png", "b.png", "c.png"])
    assert classes == {"a.png": {1: "cube", 2: "sphere"}, "b.png": {1: "cube"}, "c.png": {}}
    check_objects(table, classes["a.png"], LABELS, "a.png")
    with pytest.raises(InputError, match=r"a.png has no object 3; 1 classes are of no object"):
        check_objects(table, {1: "cube", 3: "cube"}, LABELS, "a.png")


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("image,object\na.png,1\n", "column 'class' is missing"),
        ("image,object,class\nz.png,1,cube\n", "line 2: 'z.png' is not among the 1 micrographs"),
        ("image,object,class\na.png,one,cube\n", "line 2: object 'one' is not a number"),
        ("image,object,class\na.png,1.5,cube\n", "line 2: object '1.5' is not a whole number"),
        ("image,object,class\na.png,1,\n", "line 2: class is empty"),
        ("image,object,class\na.png,1,cube\na.png,1,ball\n", "line 3: object 1 of a.png has a class already"),
        ("", "column 'image' is missing"),
    ],
)
def test_a_table_of_classes_that_cannot_be_used_is_told_with_its_line(tmp_path: Path, lines, told):
    (tmp_path / "classes.csv").write_text(lines)
    with pytest.raises(InputError, match=told):
        read_classes(tmp_path / "classes.csv", ["a.png"])

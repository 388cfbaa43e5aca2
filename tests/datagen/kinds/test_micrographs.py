"""The user's own micrographs: one drawn folder, its objects told by points, outlines and label images alike."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tifffile import imwrite

from datagen.dataset import REMARKS, Dataset, save_dataset
from datagen.errors import InputError
from datagen.kinds.micrographs import KIND

SIDE = {"bar": (5, 17), "square": (9, 9)}
PLACES = (("bar", 10, 12), ("square", 12, 50), ("square", 40, 20), ("bar", 44, 55))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Eight micrographs of four objects each, with every kind of labels."""
    for name in ("images", "masks"):
        (tmp_path / name).mkdir()
    points, classes, annotations = ["image,x,y,class"], ["image,object,class"], []
    for number in range(8):
        labels = np.zeros((64, 80), dtype=np.uint8)
        name = f"{number}.png"
        for index, (class_name, row, column) in enumerate(PLACES, start=1):
            height, width = SIDE[class_name]
            labels[row : row + height, column : column + width] = index
            points.append(f"{name},{column + width // 2},{row + height // 2},{class_name}")
            classes.append(f"{name},{index},{class_name}")
            corners = [column, row, column + width, row, column + width, row + height, column, row + height]
            annotations.append({"image_id": number, "category_id": class_name, "segmentation": [corners]})
        Image.fromarray(np.where(labels > 0, 180, 60).astype(np.uint8)).save(tmp_path / "images" / name)
        Image.fromarray(labels).save(tmp_path / "masks" / name)
    coco = {
        "images": [{"id": number, "file_name": f"{number}.png"} for number in range(8)],
        "categories": [{"id": name, "name": name} for name in SIDE],
        "annotations": annotations,
    }
    (tmp_path / "outlines.json").write_text(json.dumps(coco))
    (tmp_path / "points.csv").write_text("\n".join(points))
    (tmp_path / "classes.csv").write_text("\n".join(classes))
    return tmp_path


def stanza(folder: Path, labels: str, **changes: Any) -> dict[str, Any]:
    told = {
        "points": {"points": str(folder / "points.csv"), "segmentation": {"smoothing_px": 0}},
        "outlines": {"outlines": str(folder / "outlines.json")},
        "label_images": {"label_images": str(folder / "masks"), "classes": str(folder / "classes.csv")},
    }[labels]
    return {
        "kind": "micrographs",
        "images": str(folder / "images"),
        "side_px": 24,
        "image_size": 24,
        "labelled": {"per_class": 2},
        **told,
        **changes,
    }


def made(data: dict[str, Any], seed: int = 0) -> Dataset:
    KIND.check(data)
    KIND.open_files(data)
    return KIND.generate(data, np.random.SeedSequence(seed), seed, Path("nowhere"))


def test_points_outlines_and_label_images_of_the_same_objects_give_the_same_data_set(folder: Path, tmp_path: Path):
    first, *others = (made(stanza(folder, labels)) for labels in ("points", "outlines", "label_images"))
    assert first.class_names == ("bar", "square")
    assert first.header[REMARKS] == []
    save_dataset(first, tmp_path / "first.npz")
    for each in others:
        np.testing.assert_array_equal(each.split, first.split)
        np.testing.assert_array_equal(each.truth, first.truth)
        np.testing.assert_allclose(each.images, first.images, atol=1e-6)


def test_every_file_that_is_read_is_listed(folder: Path):
    for labels, expected in (("points", {"points.csv"}), ("label_images", {"classes.csv", "7.png"})):
        listed = list(KIND.files(stanza(folder, labels)))
        assert expected <= {path.name for path in listed}
        assert len(listed) == len(set(listed)) == 8 + (1 if labels == "points" else 9)
        assert all(path.is_file() for path in listed)


def test_classes_are_those_named_in_that_order_and_others_stay_unlabelled(folder: Path):
    table = folder / "classes.csv"
    table.write_text(table.read_text().replace("0.png,1,bar", "0.png,1,rare").replace("1.png,1,bar", "1.png,1,rare"))
    dataset = made(stanza(folder, "label_images", class_names=["square", "bar"]))
    assert dataset.class_names == ("square", "bar")
    assert made(stanza(folder, "label_images")).class_names == ("bar", "rare", "square")


@pytest.mark.parametrize(
    ("labels", "change", "told"),
    [
        (
            "points",
            {"outlines": "o.json"},
            r"points and outlines given; expected one of points, outlines, label_images",
        ),
        ("outlines", {"segmentation": {}}, r"data.segmentation: is for points alone"),
        ("outlines", {"classes": "c.csv"}, r"data.classes: is for label_images alone"),
        ("points", {"segmentation": {"at_border": "drop"}}, r"use data.at_border"),
        ("points", {"segmentation": {"threshold": "high"}}, r"data.segmentation.threshold: 'high' is not allowed"),
        ("points", {"segmentation": {"colour": 1}}, r"data.segmentation: unknown key 'colour'"),
        ("points", {"side_px": 0}, r"data.side_px: 0 is not allowed"),
        ("points", {"labelled": {"per_class": 2, "rotation_deg": 4}}, r"data.labelled: unknown key 'rotation_deg'"),
    ],
)
def test_keys_that_do_not_go_together_are_refused_by_name(folder: Path, labels, change, told):
    with pytest.raises(InputError, match=told):
        KIND.check(stanza(folder, labels, **change))


def test_label_images_without_a_table_of_classes_are_refused(folder: Path):
    data = stanza(folder, "label_images")
    del data["classes"]
    with pytest.raises(InputError, match=r"data.classes: is missing"):
        KIND.check(data)


def test_a_micrograph_without_outlines_is_left_out_and_told(folder: Path):
    path = folder / "outlines.json"
    coco = json.loads(path.read_text())
    coco["annotations"] = [each for each in coco["annotations"] if each["image_id"]]
    path.write_text(json.dumps(coco))
    dataset = made(stanza(folder, "outlines"))
    assert dataset.header[REMARKS] == ["1 micrographs have no outline: left out"]
    assert dataset.factors["micrograph"].max() == 6


def test_labels_of_one_micrograph_alone_are_an_error_that_names_it(folder: Path):
    path = folder / "points.csv"
    path.write_text("\n".join(path.read_text().splitlines()[:5]))
    with pytest.raises(InputError, match=r"all labels of class bar are of one micrograph, 0.png"):
        made(stanza(folder, "points"))


def test_a_file_of_many_pages_in_the_place_of_the_folder_is_listed(folder: Path):
    pages = [np.asarray(Image.open(folder / "images" / f"{number}.png")) for number in range(8)]
    imwrite(folder / "stack.tif", np.stack(pages), photometric="minisblack")
    data = stanza(folder, "points", images=str(folder / "stack.tif"))
    table = folder / "points.csv"
    for number in range(8):
        table.write_text(table.read_text().replace(f"\n{number}.png", f"\nstack.tif#{number + 1}"))
    assert made(data).factors["micrograph"].max() == 7
    assert [path.name for path in KIND.files(data)] == ["stack.tif", "points.csv"]


def test_labels_that_name_no_object_are_an_error(folder: Path):
    (folder / "points.csv").write_text("image,x,y,class\n" + "\n".join(f"{n}.png,0,0,bar" for n in range(8)))
    with pytest.raises(InputError, match=r"no object of the 8 micrographs has a class"):
        made(stanza(folder, "points"))


def test_micrographs_whose_names_share_a_label_image_are_refused(folder: Path):
    Image.open(folder / "images" / "0.png").save(folder / "images" / "0.tif")
    with pytest.raises(InputError, match=r"0\.png: is the label image of 0\.png and of 0\.tif; give each its own name"):
        made(stanza(folder, "label_images"))


def test_outlines_of_two_images_of_one_name_are_refused(folder: Path):
    path = folder / "outlines.json"
    coco = json.loads(path.read_text())
    coco["images"][1]["file_name"] = "elsewhere/0.png"
    path.write_text(json.dumps(coco))
    with pytest.raises(InputError, match=r"outlines.json: 0\.png stands for several images; give each its own name"):
        made(stanza(folder, "outlines"))

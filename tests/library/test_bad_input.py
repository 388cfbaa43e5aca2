"""What users get wrong: one clear line each, and nothing is lost."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from dataclasses import fields
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
import yaml
from PIL import Image

from datagen.errors import InputError
from ssrvae import ExemplarClassifier, MarginalPoseClassifier
from ssrvae.cli import main
from ssrvae.library.fit import gather
from ssrvae.library.labels import read_labels
from ssrvae.library.model_folder import ModelFolder
from ssrvae.library.objects import cut
from ssrvae.library.settings import check_settings, read_settings, write_settings
from ssrvae.library.sources import find_sources


def fit(place, data="micrographs"):
    return "fit", place / data, "--labels", place / "labels.csv", "--settings", place / "settings.yaml"


def test_a_label_beside_every_object_is_told_and_left_out(place):
    with (place / "labels.csv").open("a") as file:
        file.write("0.png,0,0,single\n0.png,9999,3,double\n")
    lines = (place / "labels.csv").read_text().count("\n")
    labels = read_labels(place / "labels.csv")
    sources = find_sources([place / "micrographs"], labels.kind)
    problems = []
    gathered = gather(sources, labels, read_settings(place / "settings.yaml"), ModelFolder(place / "model"), problems)
    assert len(problems) == 2
    assert f"labels.csv, line {lines - 1}: row, column (0, 0) of 0.png hits no object" in problems[0]
    assert f"line {lines}: row, column (9999, 3)" in problems[1]
    assert (gathered.names != "").sum() == 24


def test_a_class_without_any_object_stops_the_fit(place, fails):
    with (place / "labels.csv").open("a") as file:
        file.write("0.png,0,0,ring\n")
    assert "no label of class 'ring' hits an object" in fails(*fit(place), "--out", place / "model")
    assert (place / "model" / "overlays" / "0.png.png").is_file()


def test_an_object_with_two_labels_stops_the_fit(place, fails):
    first = (place / "labels.csv").read_text().splitlines()[1]
    with (place / "labels.csv").open("a") as file:
        file.write(first.rpartition(",")[0] + ",other\n")
    assert "the object is labelled 'single' and 'other'" in fails(*fit(place), "--out", place / "model")


def test_one_class_is_no_classification(place, fails):
    lines = (place / "labels.csv").read_text().splitlines()[:3]
    (place / "labels.csv").write_text("\n".join(lines) + "\n")
    assert "names one class, 'single'" in fails(*fit(place), "--out", place / "model")


def test_folders(place, model, fails):
    (place / "empty").mkdir()
    assert "has no image" in fails("classify", model, place / "empty", "--out", place / "library")
    assert "there is no file or folder" in fails("classify", model, place / "nothing", "--out", place / "library")
    assert "holds no model" in fails("classify", place, place / "micrographs", "--out", place / "library")
    assert "holds no library" in fails("library", place)


def test_a_place_that_cannot_be_written_to_is_told_before_any_work(place, model, fails):
    (place / "file").touch()
    for out in ("file", "file/model"):
        line = fails(*fit(place), "--out", place / out)
        assert line == f"error: {place / out}: a file is in the way; expected a folder to write to"
        assert fails("classify", model, place / "micrographs", "--out", place / out) == line
    assert "/proc/none: cannot be written to" in fails(*fit(place), "--out", "/proc/none")


def test_results_are_not_written_among_the_images(place, model, library, fails):
    copy = shutil.copytree(library, place / "library")
    line = fails("classify", model, copy / "patches.npz", "--out", copy)
    assert line == f"error: {copy}/patches.npz: lies in {copy}/patches.npz, which is written to; give another --out"
    shutil.copytree(place / "micrographs", place / "model" / "overlays")
    line = fails(*fit(place, "model/overlays"), "--out", place / "model")
    assert f"overlays/0.png: lies in {place}/model/overlays, which is written to" in line
    assert sorted(path.name for path in (place / "model" / "overlays").iterdir()) == ["0.png", "1.png"]


def spoil(kind: str, file: Path) -> None:
    if kind == "text":
        file.write_text("not an image")
    elif kind == "truncated":
        file.write_bytes(file.read_bytes()[:9000])
    elif kind == "flat":
        Image.new("L", (50, 50), 7).save(file)
    elif kind == "dust":
        pixels = np.zeros((80, 80), np.uint8)
        pixels[20:23, 20:23] = 200
        Image.fromarray(pixels).save(file)
    elif kind == "unreadable":
        file.chmod(0)
    else:
        file.unlink()
        file.symlink_to("none.png") if kind == "link to nothing" else file.mkdir()


def test_a_truncated_tiff_is_told_of_in_one_line(place, model):
    whole = io.BytesIO()
    tifffile.imwrite(whole, np.zeros((60, 60), np.uint8), imagej=True, metadata={"frames": 1})
    (place / "cut.tif").write_bytes(whole.getvalue()[:-3000])
    command = [sys.executable, "-m", "ssrvae", "classify", model, place / "cut.tif", "--out", place / "library"]
    printed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert printed.returncode == 2
    assert printed.stderr.count("\n") == 1
    assert "cut.tif: is truncated or damaged" in printed.stderr


SPOILT = {
    "text": "is not an image",
    "truncated": "is truncated or damaged",
    "flat": "all pixels have one value",
    "dust": "no object found",
    "link to nothing": "is a link to a file that is not there",
    "folder": "cannot be read (Is a directory)",
    "unreadable": "cannot be read (Permission denied)",
}


@pytest.mark.parametrize("kind", SPOILT)
def test_a_spoilt_micrograph(kind, place, model, fails, capsys):
    if kind == "unreadable" and os.geteuid() == 0:
        pytest.skip("root may read every file")
    spoil(kind, place / "micrographs" / "0.png")
    (place / "one").mkdir()
    (place / "micrographs" / "0.png").rename(place / "one" / "0.png")
    line = fails("classify", model, place / "one", "--out", place / "library")
    assert SPOILT[kind] in line
    assert "0.png" in line
    (place / "one" / "0.png").rename(place / "micrographs" / "0.png")
    assert main(["classify", str(model), str(place / "micrographs"), "--out", str(place / "library")]) == 0
    printed = capsys.readouterr()
    assert printed.err.count("\n") == 1
    assert printed.err.startswith("skipped ")
    assert SPOILT[kind] in printed.err
    assert "1 sources classified, 0 known before, 1 skipped" in printed.out
    assert set(pd.read_parquet(place / "library" / "objects.parquet")["source"]) == {"micrographs/1.png"}


def test_colours_are_converted_and_told(place, model, capsys):
    grey = np.asarray(Image.open(place / "micrographs" / "0.png"))
    tinted = np.stack([grey, grey, grey // 2], axis=2)
    Image.fromarray(tinted).save(place / "colour.png")
    assert main(["classify", str(model), str(place / "colour.png"), "--out", str(place / "library")]) == 0
    assert "colour.png: RGB converted to grey" in capsys.readouterr().err


def test_a_file_whose_name_is_no_text_is_refused_in_words_that_can_be_printed(tmp_path):
    Image.new("L", (20, 20)).save(tmp_path / "a.png")
    (tmp_path / "a.png").rename(tmp_path / os.fsdecode(b"50\xb5m.png"))
    (source,) = find_sources([tmp_path], "micrographs")
    assert len(source.content_hash()) == 64
    with pytest.raises(InputError, match="the name is no UTF-8 text"):
        cut(source, read_settings(None))


@pytest.mark.parametrize("kind", ["micrographs", "patches"])
def test_a_link_to_a_file_keeps_its_own_name(kind, tmp_path):
    for folder in ("store", "day1"):
        (tmp_path / folder).mkdir()
    Image.fromarray(np.eye(20, dtype=np.uint8)).save(tmp_path / "store" / "sha256-1f.png")
    link = tmp_path / "day1" / "a.png"
    link.symlink_to("../store/sha256-1f.png")
    names = [find_sources([path], kind)[0].name for path in (link, tmp_path / "day1")]
    assert names == ["day1/a.png", "day1/a.png" if kind == "micrographs" else "day1"]
    if kind == "patches":
        assert cut(find_sources([tmp_path / "day1"], kind)[0], read_settings(None)).table["source"][0] == "day1/a.png"


def test_a_link_to_itself_is_no_file(tmp_path):
    (tmp_path / "a.png").symlink_to("a.png")
    with pytest.raises(InputError, match="there is no file or folder"):
        find_sources([tmp_path / "a.png"], "micrographs")


def test_a_micrograph_of_one_object(place, model):
    rows, columns = np.mgrid[:60, :60]
    Image.fromarray(np.uint8(200 * (np.hypot(rows - 30, columns - 30) < 6))).save(place / "one.png")
    assert main(["classify", str(model), str(place / "one.png"), "--out", str(place / "library")]) == 0
    assert len(pd.read_parquet(place / "library" / "objects.parquet")) == 1
    assert main(["library", str(place / "library")]) == 0


def test_patches_of_another_width(place, model, fails):
    np.savez(place / "patches.npz", images=np.random.default_rng(0).random((3, 20, 20)))
    line = fails("classify", model, place / "patches.npz", "--out", place / "library")
    assert "objects are 20 px wide, but the model was fitted to 24 px" in line


def test_a_folder_of_patches(place, workplace, model, library, capsys, fails):
    from datagen.npz import read_npz

    images = read_npz(library / "patches.npz")["images"]
    classes = pd.read_parquet(library / "objects.parquet")["class"]
    folder = place / "patches"
    folder.mkdir()
    for number, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{number:03}.png")
    (folder / "odd.png").write_text("no patch")
    lines = [f"{number:03}.png,{name}" for number, name in enumerate(classes[:60])]
    (place / "labels.csv").write_text("\n".join(["patch,label", *lines]) + "\n")
    assert main([*map(str, fit(place, "patches")), "--out", str(place / "model")]) == 0
    assert "skipped" in capsys.readouterr().err
    assert main(["classify", str(place / "model"), str(folder), "--out", str(place / "library")]) == 0
    table = pd.read_parquet(place / "library" / "objects.parquet")
    assert len(table) == len(images)
    assert table["source"][5] == "patches/005.png"
    assert (table["class"] == classes).mean() > 0.9
    assert main(["library", str(place / "library")]) == 0
    (place / "labels.csv").write_text("patch,label\nmissing.png,a\n")
    assert "there is no patch 'missing.png'" in fails(*fit(place, "patches"), "--out", place / "model")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"segmentaton": {}}, "settings: unknown key 'segmentaton'; did you mean segmentation?"),
        ({"segmentation": {"treshold": 1}}, "settings: segmentation: unknown key 'treshold'"),
        ({"cutting": {"side_px": 2}}, "settings: cutting: side_px"),
        (
            {"parameters": {"widths": 1}},
            "settings: parameters: unknown key 'widths'; did you mean width? allowed: device,",
        ),
        ({"parameters": {"epochs": 1}}, "settings: parameters: unknown key 'epochs'"),
        ({"parameters": {"width": 0}}, "settings: parameters: width must be a number greater than 0, got 0"),
        ({"parameters": {"random_state": -1}}, "settings: parameters: random_state must be a whole number from 0 to"),
        (
            {"model": "marginal", "parameters": {"epoch": 1}},
            "settings: parameters: unknown key 'epoch'; did you mean epochs? allowed: batch_size,",
        ),
        (
            {"model": "marginal", "parameters": {"epochs": 3}},
            "settings: parameters: labelled_epochs must be at most epochs (3), got 4",
        ),
        (
            {"model": "marginal", "parameters": {"hidden": [8, 0]}},
            "settings: parameters: hidden must be a list of whole numbers, each at least 1, got",
        ),
        (
            {"model": "auto", "parameters": {"noise": 1}},
            "settings: parameters: noise: given, but model is 'auto'; name the model that they are of",
        ),
        ({"model": "exemplars"}, 'settings: model: "exemplars" is not allowed; did you mean exemplar? allowed: auto,'),
        ({"parameters": 3}, "settings: parameters: 3 is not a mapping"),
        ([], "settings:  [] is not a mapping"),
    ],
)
def test_settings(given, message):
    with pytest.raises(InputError) as caught:
        check_settings(given, "settings")
    assert message.replace("  ", " ") in str(caught.value).replace(" : ", " ")


def test_a_fit_that_diverges_is_told_of_in_one_line(place, workplace):
    parameters = workplace.marginal["parameters"] | {"learning_rate": 1e30}
    diverging = workplace.settings | workplace.marginal | {"parameters": parameters}
    (place / "settings.yaml").write_text(yaml.safe_dump(diverging))
    command = [sys.executable, "-m", "ssrvae", *map(str, fit(place)), "--out", str(place / "model")]
    printed = subprocess.run(command, capture_output=True, text=True, check=False)
    assert printed.returncode == 2
    assert re.fullmatch(
        r"error: epoch \d+: the loss is (nan|-?inf); lower learning_rate \(now 1e\+30\)\n", printed.stderr
    )


def test_a_wrong_parameter_of_the_model_is_told_before_any_work(place, fails):
    (place / "settings.yaml").write_text("parameters:\n  device: gpu\n")
    line = fails(*fit(place), "--out", place / "model")
    assert line == f"error: {place}/settings.yaml: parameters: device must be one of auto, cpu, cuda, got 'gpu'"
    assert not (place / "model").exists()


def test_every_parameter_of_the_model_may_be_set():
    for name, made in (("exemplar", ExemplarClassifier), ("marginal", MarginalPoseClassifier)):
        given = json.loads(json.dumps(made(random_state=0).get_params()))
        assert check_settings({"model": name, "parameters": given}, "settings").parameters == given


@pytest.mark.parametrize("text", ["[]", "0", "false", "''"])
def test_a_file_of_settings_that_holds_no_mapping_is_refused(tmp_path, text):
    (tmp_path / "settings.yaml").write_text(text)
    with pytest.raises(InputError, match=r"settings\.yaml: .* is not a mapping"):
        read_settings(tmp_path / "settings.yaml")


def test_a_file_of_settings_that_holds_comments_alone_means_the_defaults(tmp_path):
    (tmp_path / "settings.yaml").write_text("# segmentation:\n")
    assert read_settings(tmp_path / "settings.yaml") == read_settings(None)


def test_settings_are_written_as_they_are_read(tmp_path, workplace):
    settings = check_settings(workplace.settings, "settings")
    write_settings(settings, tmp_path / "settings.yaml")
    assert read_settings(tmp_path / "settings.yaml") == settings
    assert yaml.safe_load((tmp_path / "settings.yaml").read_text())["cutting"]["side_px"] == 36
    assert read_settings(None).turn_labelled


def test_the_manual_names_every_setting_with_its_default(manual):
    block = manual[manual.index("    segmentation:\n") : manual.index("Two models can be chosen")]
    given, defaults = check_settings(yaml.safe_load(textwrap.dedent(block)), "manual"), read_settings(None)
    assert given.segmentation == defaults.segmentation
    assert given.cutting == defaults.cutting
    assert given.turn_labelled == defaults.turn_labelled
    assert given.model == defaults.model
    assert given.parameters == defaults.parameters | {"mirrors": ExemplarClassifier().mirrors}
    for section in (defaults.segmentation, defaults.cutting):
        assert [field.name for field in fields(section) if f" {field.name}: " not in block] == []

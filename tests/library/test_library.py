"""From micrographs to a library: what the commands write, and that it is right."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from skimage.draw import polygon2mask

from datagen.npz import read_npz
from ssrvae import ExemplarClassifier, MarginalPoseClassifier, load
from ssrvae.cli import main
from ssrvae.cli.failures import STOPPED
from ssrvae.library import classify as classify_module
from ssrvae.library.fit import gather
from ssrvae.library.labels import read_labels
from ssrvae.library.library_folder import LibraryFolder
from ssrvae.library.model_folder import ModelFolder
from ssrvae.library.object_readings import read_objects
from ssrvae.library.objects import outlines
from ssrvae.library.settings import check_settings
from ssrvae.library.sources import find_sources


def truth_of(row, workplace) -> str:
    """Name the class of the true object under a found one."""
    truth = workplace.truth[int(row["source"].rpartition("/")[2][0])]
    number = truth.objects[round(row["row"]), round(row["column"])]
    # The middle of a ring of particles may show the background.
    near = np.hypot(truth.rows - row["row"], truth.columns - row["column"]).argmin()
    return workplace.names[truth.particles[number - 1 if number else near]]


def test_the_commands_of_the_manual_make_a_library(library, manual_commands):
    assert [command[0] for command in manual_commands] == ["fit", "classify", "library"]
    made = {each.name for each in library.iterdir()}
    assert {"library.html", "objects.parquet", "patches.npz", "sheets"} <= made


def test_objects_are_classified_as_they_were_simulated(library, workplace):
    table = pd.read_parquet(library / "objects.parquet")
    assert 70 <= len(table) <= 84
    truth = table.apply(truth_of, axis=1, workplace=workplace)
    assert (table["class"] == truth).mean() > 0.9


def test_measures_agree_with_the_truth(library, workplace):
    table = pd.read_parquet(library / "objects.parquet")
    singles = table[(table["class"] == "single") & (table["source"] == "micrographs/0.png")]
    distances = [
        np.hypot(workplace.truth[0].rows - row.row, workplace.truth[0].columns - row.column).min()
        for row in singles.itertuples()
    ]
    assert np.max(distances) < 1.0
    np.testing.assert_allclose(table["diameter_nm"], 2.78 * np.sqrt(4 * table["area_px"] / np.pi), rtol=1e-3)
    assert 20 < singles["diameter_nm"].median() < 40  # particles of 5.4 px radius are 30 nm wide


def test_rows_agree_with_patches_and_probabilities(library, workplace):
    table, patches = pd.read_parquet(library / "objects.parquet"), read_npz(library / "patches.npz")["images"]
    assert patches.shape == (len(table), 24, 24)
    assert patches.dtype == np.uint8
    shares = table[[f"p_{name}" for name in sorted(workplace.names.values())]]
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=1e-6)
    assert (shares.columns[shares.to_numpy().argmax(axis=1)].str.removeprefix("p_") == table["class"]).all()
    assert {"style_1", "angle_deg", "shift_x_px", "familiarity", "stranger", "on_border"} <= set(table)
    assert table[["shift_x_px", "shift_y_px"]].abs().to_numpy().max() < 0.2 * workplace.settings["cutting"]["side_px"]


def test_readings_in_one_pass_are_the_estimators_own(marginal_model, library):
    estimator = ModelFolder(marginal_model).read().estimator
    assert isinstance(estimator, MarginalPoseClassifier)
    images = read_npz(library / "patches.npz")["images"] / np.float32(255)
    readings, pose = read_objects(estimator, images), estimator.pose(images)
    np.testing.assert_allclose(readings.probabilities, estimator.predict_proba(images), atol=1e-5)
    np.testing.assert_allclose(readings.familiarity, estimator.score_samples(images), rtol=1e-5)
    np.testing.assert_allclose(readings.angle_rad, pose.angle_rad, atol=1e-5)
    np.testing.assert_allclose(readings.shift, pose.shift, atol=1e-5)
    np.testing.assert_allclose(readings.style, estimator.transform(images), atol=1e-5)
    assert (readings.stranger == estimator.abstain(images)).all()


def test_a_fit_tells_what_it_used(model):
    report = json.loads((model / "report.json").read_text())
    assert report["labelled"] == {"double": 8, "fourfold": 8, "single": 8}
    assert report["problems"] == []
    assert report["model"] == "exemplar"
    assert sorted(file.name for file in (model / "overlays").iterdir()) == ["0.png.png", "1.png.png"]
    assert ExemplarClassifier.load(model / "model.npz").n_features_in_ == 24**2


def test_a_fit_tells_what_it_makes_of_labels_that_it_has_not_seen(model, marginal_model):
    report = json.loads((model / "report.json").read_text())["cross_validation"]
    left_out, labels = load(model / "model.npz").left_out_.argmax(axis=1), load(model / "model.npz").labels_
    assert report["accuracy"]["value"] == pytest.approx((left_out == labels).mean(), abs=1e-4)
    assert report["accuracy"]["low"] < report["accuracy"]["value"] <= report["accuracy"]["high"]
    assert sum(report["confusion"]["double"].values()) == 8
    by_folds = json.loads((marginal_model / "report.json").read_text())
    assert by_folds["model"] == "marginal"
    assert by_folds["cross_validation"]["how"].startswith("5 folds")
    assert by_folds["cross_validation"]["balanced_accuracy"]["value"] > 0.5


def test_the_marginal_model_makes_a_library(marginal_model, workplace, tmp_path):
    out = tmp_path / "library"
    assert main(["classify", str(marginal_model), str(workplace.path / "micrographs"), "--out", str(out)]) == 0
    assert main(["library", str(out)]) == 0
    table = pd.read_parquet(out / "objects.parquet")
    assert (table["class"] == table.apply(truth_of, axis=1, workplace=workplace)).mean() > 0.9
    assert {"style_1", "style_2"} <= set(table)


def test_what_is_done_is_not_done_again(library, model, workplace, tmp_path, monkeypatch, capsys):
    again = shutil.copytree(library, tmp_path / "library")
    before = pd.read_parquet(again / "objects.parquet")
    monkeypatch.setattr(classify_module, "read_objects", lambda *_: pytest.fail("classified again"))
    assert main(["classify", str(model), str(workplace.path / "micrographs"), "--out", str(again)]) == 0
    assert "0 sources classified, 2 known before" in capsys.readouterr().out
    pd.testing.assert_frame_equal(pd.read_parquet(again / "objects.parquet"), before)


def test_a_changed_micrograph_replaces_the_old_one(model, workplace, tmp_path, capsys):
    images, out = shutil.copytree(workplace.path / "micrographs", tmp_path / "micrographs"), tmp_path / "library"
    assert main(["classify", str(model), str(images), "--out", str(out)]) == 0
    shutil.copy(images / "1.png", images / "0.png")
    assert main(["classify", str(model), str(images), "--out", str(out)]) == 0
    assert "1 sources classified, 1 known before" in capsys.readouterr().out
    table = pd.read_parquet(out / "objects.parquet").groupby("source")
    assert sorted(table.groups) == ["micrographs/0.png", "micrographs/1.png"]
    assert table.get_group("micrographs/0.png")["row"].tolist() == table.get_group("micrographs/1.png")["row"].tolist()


def test_a_library_without_objects_is_open_to_any_model(tmp_path):
    folder = LibraryFolder(tmp_path)
    folder.begin("one", ["a", "b"], 40)
    folder.begin("other", ["c"], 36)
    assert folder.describe()["model"] == "other"
    assert folder.assemble() == 0


def test_another_file_of_the_same_name_replaces_nothing(library, model, workplace, tmp_path, capsys):
    before = LibraryFolder(library).objects.read_bytes()
    images = tmp_path / "micrographs"
    images.mkdir()
    shutil.copy(workplace.path / "micrographs" / "1.png", images / "0.png")
    assert main(["classify", str(model), str(images), "--out", str(library)]) == 2
    assert "under the same name, micrographs/0.png" in capsys.readouterr().err
    both = [str(workplace.path / "micrographs"), str(images)]
    assert main(["classify", str(model), *both, "--out", str(library)]) == 2
    assert "are both called micrographs/0.png" in capsys.readouterr().err
    assert LibraryFolder(library).objects.read_bytes() == before


def test_a_stopped_run_keeps_what_is_done(model, workplace, tmp_path, monkeypatch, library):
    out, read = tmp_path / "library", classify_module.read_objects
    calls = []

    def stopped(*arguments):
        calls.append(arguments)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return read(*arguments)

    monkeypatch.setattr(classify_module, "read_objects", stopped)
    command = ["classify", str(model), str(workplace.path / "micrographs"), "--out", str(out)]
    assert main(command) == STOPPED
    assert pd.read_parquet(out / "objects.parquet")["source"].unique().tolist() == ["micrographs/0.png"]
    assert main(command) == 0
    assert len(calls) == 3
    table, whole = pd.read_parquet(out / "objects.parquet"), pd.read_parquet(library / "objects.parquet")
    pd.testing.assert_frame_equal(table, whole)


def test_labelled_objects_are_turned_only_if_asked(workplace, tmp_path):
    labels, folder = read_labels(workplace.path / "labels.csv"), ModelFolder(tmp_path)
    sources = find_sources([workplace.path / "micrographs" / "0.png"], labels.kind)
    found = {
        turn: gather(sources, labels, check_settings({**workplace.settings, "turn_labelled": turn}, ""), folder, [])
        for turn in (True, False)
    }
    differs = (found[True].images != found[False].images).any(axis=(1, 2))
    doubles = found[True].names == "double"
    assert not differs[found[True].names == ""].any()
    assert differs[doubles].all()
    # Upright a double is wider than high: its second moments say so.
    place = np.arange(24) - 11.5
    across = (found[True].images[doubles].sum(axis=1) * place**2).sum(axis=1)
    along = (found[True].images[doubles].sum(axis=2) * place**2).sum(axis=1)
    assert (across > 1.2 * along).all()


def test_outlines_enclose_their_objects():
    rows, columns = np.mgrid[:60, :60]
    disc = np.hypot(rows - 20, columns - 15) <= 10
    rod = (abs(rows - 45) <= 3) & (abs(columns - 40) <= 12)
    objects = disc.astype(np.int32) + 2 * rod
    for number, outline in enumerate(outlines(objects), start=1):
        corners = np.reshape(outline, (-1, 2))[:, ::-1]
        mask, inside = objects == number, polygon2mask((60, 60), corners)
        assert (mask & inside).sum() / (mask | inside).sum() > 0.95


def test_a_folder_of_another_models_library_is_left_alone(library, model, workplace, tmp_path, capsys):
    other = shutil.copytree(model, tmp_path / "model")
    classes = json.loads((other / "classes.json").read_text())
    (other / "classes.json").write_text(json.dumps(classes | {"classes": ["a", "b", "c"]}))
    before = LibraryFolder(library).objects.read_bytes()
    assert main(["classify", str(other), str(workplace.path / "micrographs"), "--out", str(library)]) == 2
    assert "made with another model" in capsys.readouterr().err
    assert LibraryFolder(library).objects.read_bytes() == before

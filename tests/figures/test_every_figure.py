"""Every figure draws from tables and run outputs alone, and its CSV holds what is drawn."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from datagen.errors import InputError
from ssrvae.analysis.agreement import REFERENCE
from ssrvae.figures.drawing.annotation import add_note
from ssrvae.figures.drawing.output import new_figure
from ssrvae.figures.drawing.study_results import StudyResults
from ssrvae.figures.registry import draw, figures, find
from ssrvae.study.result_files import ResultFiles
from tests.figures.drawings import READ_POSES, copy_manifest, drawn, notes, opened, words

STILLS = [name for name, figure in figures().items() if not figure.is_video]
VIDEOS = [name for name, figure in figures().items() if figure.is_video]
OF_THE_MARGINAL_MODEL = ("ablation", "learning_curve", "marginal_stress", "marginal_confusion", "marginal_traversals")
OF_THE_MARGINAL_MODEL += READ_POSES


@pytest.mark.parametrize("name", STILLS)
def test_every_still_is_a_page_wide_picture_with_its_data(name, three_seeds, tmp_path):
    draw(find(name), opened(three_seeds), tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{name}.{end}" for end in ("csv", "png", "rst", "svg")]
    with Image.open(tmp_path / f"{name}.png") as picture:
        assert picture.info["dpi"] == pytest.approx((200, 200), abs=0.1)
        assert 800 <= picture.width <= 1400
    assert len(pd.read_csv(tmp_path / f"{name}.csv")) > 0


@pytest.fixture(scope="module")
def shrunk(write_results) -> Path:
    """Results of three seeds whose study was then shrunk to the second of them, and its tables collected anew."""
    results, alone = write_results((0, 1, 2)), write_results((1,))
    shutil.rmtree(results / "tables")
    shutil.copytree(alone / "tables", results / "tables")
    return results


@pytest.mark.parametrize("name", figures())
def test_a_figure_is_drawn_from_its_declared_inputs_alone_whatever_else_the_results_hold(name, shrunk, tmp_path):
    study = opened(shrunk)
    declared = [path.relative_to(shrunk) for path in find(name).inputs(study.files)]
    assert not [path for path in declared if path.stem in ("seed0", "seed2") or {"seed0", "seed2"} & set(path.parts)]
    for path in declared:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(shrunk / path, tmp_path / path)
    amid, alone = drawn(name, shrunk), find(name).draw(StudyResults(ResultFiles(study.plan, tmp_path), REFERENCE))
    pd.testing.assert_frame_equal(amid.data, alone.data)
    assert notes(amid) == notes(alone)


@pytest.mark.parametrize("name", VIDEOS)
def test_every_video_has_a_frame_a_snapshot_and_its_data(name, one_seed, tmp_path):
    draw(find(name), opened(one_seed), tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{name}.{end}" for end in ("csv", "gif", "rst")]
    with Image.open(tmp_path / f"{name}.gif") as film:
        assert film.n_frames == (4 if name == "videoS3_labels" else 3)
    assert len(pd.read_csv(tmp_path / f"{name}.csv")) > 0


@pytest.mark.parametrize("name", [name for name in figures() if name not in OF_THE_MARGINAL_MODEL])
def test_every_figure_of_the_paper_survives_failed_runs(name, with_failures):
    drawing = drawn(name, with_failures)
    assert any(page.axes for page in getattr(drawing, "frames", None) or [drawing.figure])


@pytest.mark.parametrize("name", OF_THE_MARGINAL_MODEL)
def test_a_failed_run_of_the_marginal_model_is_said(name, with_failures):
    said = words(drawn(name, with_failures))
    assert "marginal pose" in said
    assert "failed" in said


@pytest.mark.parametrize("name", ["fig4a_shear_rotation", "fig3c_ssrvae_traversals"])
def test_the_same_results_give_the_same_bytes(name, one_seed, tmp_path):
    for folder in ("first", "second"):
        draw(find(name), opened(one_seed), tmp_path / folder / name)
    for extension in ("png", "svg", "csv"):
        first, second = (tmp_path / folder / f"{name}.{extension}" for folder in ("first", "second"))
        assert first.read_bytes() == second.read_bytes()


def test_empty_sentences_leave_no_trace_in_a_note():
    figure = new_figure(7, 2)
    add_note(figure, ["One", "", "Two."])
    assert figure.get_supxlabel() == "One. Two."


def test_an_unknown_figure_is_refused_with_the_allowed_names():
    with pytest.raises(InputError, match=r"no figure 'fig9'.*fig2_data"):
        find("fig9")


def test_a_missing_table_is_named(one_seed, tmp_path):
    copy_manifest(one_seed, tmp_path)
    with pytest.raises(InputError, match=r"accuracy\.csv"):
        draw(find("fig3a_accuracy"), opened(tmp_path), tmp_path / "fig3a")


def test_a_folder_that_cannot_be_written_is_named(one_seed, tmp_path):
    (tmp_path / "figures").write_text("a file, not a folder")
    with pytest.raises(InputError, match="cannot write figure"):
        draw(find("fig4e_noise"), opened(one_seed), tmp_path / "figures" / "fig4e_noise")


def test_asking_which_figures_there_are_loads_nothing_that_draws_or_learns():
    heavy = {"matplotlib", "seaborn", "scipy", "torch"}
    code = f"import sys; from ssrvae.figures.registry import figures; figures(); assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True, cwd=Path(__file__).parents[2])

"""The folder of a model: an old model and its class names stay together, whatever a new fit comes to."""

import json

import pytest

from datagen.errors import InputError
from ssrvae.library.model_folder import FittedModel, ModelFolder
from ssrvae.library.settings import read_settings


class Saved:
    """Stands in for an estimator: it can be saved, or there is no room for it."""

    def __init__(self, content):
        self.content = content

    def save(self, path):
        if self.content is None:
            raise OSError(28, "No space left on device")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(self.content)


def write(folder, content, *class_names):
    folder.write(FittedModel(Saved(content), list(class_names), "patches", read_settings(None)))


def test_a_fit_without_room_leaves_the_old_model_with_its_own_classes(tmp_path):
    folder = ModelFolder(tmp_path / "model")
    write(folder, "old", "bar", "disc")
    before = {file.name: file.read_bytes() for file in folder.path.iterdir()}
    with pytest.raises(OSError, match="No space"):
        write(folder, None, "aball", "rod")
    assert {file.name: file.read_bytes() for file in folder.path.iterdir()} == before


def test_classes_of_another_fit_are_not_taken_for_the_models(tmp_path):
    folder = ModelFolder(tmp_path / "model")
    write(folder, "old", "bar", "disc")
    described = json.loads(folder.classes.read_text())
    write(folder, "new", "aball", "rod")
    folder.classes.write_text(json.dumps(described))
    with pytest.raises(InputError, match=r"classes\.json: tells of another model than model\.npz; run ssrvae fit"):
        folder.read()

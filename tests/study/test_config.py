"""The configuration's schema: what it lets through, and what its messages say."""

import json
from pathlib import Path

import pytest

from datagen.errors import InputError
from ssrvae.study.config import SCHEMA_PATH, check_config, load_config

BAD_VALUES = {
    "unknown key": (["labels"], {}, ["unknown key 'labels'", "allowed: data, datasets, methods"]),
    "misspelt key": (["data", "labeled"], {}, ["data: unknown key 'labeled'", "did you mean labelled?"]),
    "misspelt range": (["data", "test", "rotation"], 5, ["data.test: unknown key 'rotation'", "rotation_deg"]),
    "wrong type": (["seed"], "zero", ["seed", '"zero"', "whole number"]),
    "no seeds": (["seeds"], [], ["seeds", "at least 1"]),
    "seed twice": (["seeds"], [1, 1], ["seeds", "twice"]),
    "negative seed": (["seed"], -1, ["seed", "-1", ">= 0"]),
    "unknown kind": (["data", "kind"], "cats", ["data.kind", '"cats"', "cards, digits, file, particles, silhouettes"]),
    "particles without source": (["data"], {"kind": "particles", "labelled": {}}, ["data", "'source' is missing"]),
    "too many particles": (["data", "classes"], 5, ["data.classes", "5", "<= 4"]),
    "file without path": (["data"], {"kind": "file"}, ["data", "'path' is missing"]),
    "on_error": (["on_error"], "ignore", ["on_error", '"ignore"', "raise, record"]),
    "no labelled images": (["data", "labelled", "per_class"], 0, ["data.labelled.per_class", "0", ">= 1"]),
    "rotation too wide": (["data", "test", "rotation_deg"], 200, ["data.test.rotation_deg", "200", "<= 180"]),
    "shift too wide": (["data", "test", "shift"], 2, ["data.test.shift", "2", "<= 1"]),
    "scale not a pair": (["data", "test", "scale"], [1.0], ["data.test.scale", "at least 2"]),
    "one glyph": (["data", "templates"], {"glyphs": {"clubs": "x"}}, ["data.templates.glyphs", "at least 2"]),
    "unknown use": (["methods", "tree", "use"], "some", ["methods.tree.use", '"some"', "all, labelled"]),
    "method's unknown key": (["methods", "tree", "parms"], {}, ["methods.tree: unknown key 'parms'", "params"]),
    "estimator without module": (["methods", "tree", "estimator"], "Tree", ["methods.tree.estimator", "Tree"]),
    "no data set": (["datasets"], {}, ["datasets", "at least 1"]),
    "data set's unknown key": (
        ["datasets"],
        {"own": {"vary": {}}},
        ["datasets.own: unknown key 'vary'", "data, methods"],
    ),
    "a larger class": (["data", "larger"], "keep", ["data.larger", "left_out", "last_class"]),
    "no methods": (["methods"], {}, ["methods", "at least 1"]),
    "empty grid": (["stress", "noise", "axes", "noise_sigma"], [], ["stress.noise.axes.noise_sigma", "at least 2"]),
    "single-value grid": (["stress", "noise", "axes", "noise_sigma"], [1], ["noise.axes.noise_sigma", "at least 2"]),
    "grid of one step": (["stress", "noise", "axes", "noise_sigma"], {"linspace": [0, 1, 1]}, ["linspace", ">= 2"]),
    "unknown spacing": (["stress", "noise", "axes", "noise_sigma"], {"range": [0, 1, 2]}, ["'range'", "linspace"]),
    "unknown axis": (["stress", "noise", "axes", "noise"], [0, 1], ["stress.noise.axes", "'noise'", "noise_sigma"]),
    "axes and points": (["stress", "noise", "points"], [{"noise_sigma": 1}], ["stress.noise", "axes or points"]),
    "unknown mode": (["stress", "noise", "mode"], "replace", ["stress.noise.mode", '"replace"', "add, set"]),
    "empty sweep": (
        ["sweeps", "rotation", "vary", "test.shift"],
        [],
        ["sweeps.rotation.vary.test.shift", "at least 1"],
    ),
    "sweep's unknown key": (["sweeps", "rotation", "values"], [1], ["sweeps.rotation", "'values'", "vary"]),
}


def changed(config: dict, path: list[str], value: object) -> dict:
    """Return the config with one value, at a path of keys, set."""
    config = json.loads(json.dumps(config))
    *sections, last = path
    stanza = config
    for section in sections:
        stanza = stanza[section]
    stanza[last] = value
    return config


def test_a_right_configuration_gets_its_defaults(study):
    checked = check_config(study)
    assert (checked["seeds"], checked["results"], checked["on_error"]) == ([0], "results", "record")
    assert checked["data"]["image_size"] == 16
    assert checked["methods"]["tree"] == {**study["methods"]["tree"], "params": {}, "watch": "every_epoch"}
    assert checked["stress"]["noise"]["per_class"] == 1000


def test_a_data_set_of_its_own_gets_its_defaults_and_needs_no_base(study):
    study["datasets"] = {"mine": {"data": {"kind": "file", "path": "mine.npz"}}}
    del study["data"]
    assert check_config(study)["datasets"]["mine"]["data"]["image_size"] == 48
    del study["datasets"]
    with pytest.raises(InputError, match="a key is missing; give 'data' or 'datasets'"):
        check_config(study)


def test_checking_changes_neither_the_input_nor_the_order_of_glyphs(study):
    study["data"]["templates"] = {"glyphs": {"zebra": "Z", "ant": "A"}}
    before = json.dumps(study)
    assert list(check_config(study)["data"]["templates"]["glyphs"]) == ["zebra", "ant"]
    assert json.dumps(study) == before


@pytest.mark.parametrize("name", BAD_VALUES)
def test_a_bad_value_is_named_with_what_is_allowed(study, name):
    path, value, words = BAD_VALUES[name]
    with pytest.raises(InputError) as caught:
        check_config(changed(study, path, value))
    for word in words:
        assert word in str(caught.value)


def test_every_key_of_the_schema_is_described_and_no_mapping_is_open():
    schema = json.loads(SCHEMA_PATH.read_text())
    keys = []

    def visit(node: dict, path: str) -> None:
        for name, child in node.get("properties", {}).items():
            keys.append(f"{path}{name}")
            assert child.get("description"), f"{path}{name} has no description"
            visit(child, f"{path}{name}.")
        if node.get("type") == "object" and "properties" in node:
            assert node["additionalProperties"] is False, path
        for key in ("additionalProperties", "items"):
            if isinstance(node.get(key), dict):
                visit(node[key], f"{path}*.")

    for definition in (schema, *schema["$defs"].values()):
        visit(definition, "")
    assert len(keys) > 50


def test_every_key_of_the_schema_is_in_the_config_readme():
    readme = (Path(__file__).parents[2] / "config" / "README.md").read_text()
    schema = json.loads(SCHEMA_PATH.read_text())
    keys = [*schema["properties"], *schema["$defs"]["data"]["properties"]]
    keys += [*schema["properties"]["stress"]["additionalProperties"]["properties"]]
    keys += [*schema["properties"]["methods"]["additionalProperties"]["properties"]]
    assert len(keys) > 20
    assert [key for key in keys if f"`{key}`" not in readme] == []


def test_a_file_that_is_no_yaml_is_named(tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("study: [")
    with pytest.raises(InputError, match=r"broken\.yaml: is not YAML"):
        load_config(broken)
    with pytest.raises(InputError, match=r"absent\.yaml: cannot be read"):
        load_config(tmp_path / "absent.yaml")


def test_json_text_reads_like_a_file(study, tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text(json.dumps(study))
    assert load_config(json.dumps(study)) == load_config(file)


def test_a_configuration_that_is_no_mapping_is_refused():
    with pytest.raises(InputError, match="is not a mapping"):
        check_config([1, 2])

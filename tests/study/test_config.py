"""The configuration's schema: what it lets through, and what its messages say."""

import datetime
import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from datagen.contract import SPLITS
from datagen.errors import InputError
from datagen.factors import RANGE_NAMES, FactorRanges
from datagen.kinds import kind_names
from datagen.stress_factors import stress_axes
from ssrvae.base.yaml_files import read_yaml
from ssrvae.study.config import check_config, load_config
from ssrvae.study.config_schema import config_schema

PARTICLES = {"kind": "particles", "source": "simulated", "labelled": {"per_class": 5}}
BAD_VALUES = {
    "unknown key": (["labels"], {}, ["unknown key 'labels'", "allowed: data, datasets, methods"]),
    "misspelt key": (["data", "labeled"], {}, ["data: unknown key 'labeled'", "did you mean labelled?"]),
    "misspelt range": (["data", "test", "rotation"], 5, ["data.test: unknown key 'rotation'", "rotation_deg"]),
    "wrong type": (["seed"], "zero", ["seed", '"zero"', "whole number"]),
    "no seeds": (["seeds"], [], ["seeds", "at least 1"]),
    "seed twice": (["seeds"], [1, 1], ["seeds", "twice"]),
    "negative seed": (["seed"], -1, ["seed", "-1", ">= 0"]),
    "a whole number written as a float": (["seeds"], [0, 1.0], ["seeds.1: 1.0 is not a whole number; write 1"]),
    "a count written as a float": (["data", "test", "per_class"], 5.0, ["data.test.per_class: 5.0 is not", "write 5"]),
    "a spacing of 3.0 values": (
        ["stress", "noise", "axes", "noise_sigma"],
        {"linspace": [0, 1, 3.0]},
        ["linspace.2: 3.0 is not a whole number"],
    ),
    "a side that no memory holds": (
        ["data", "image_size"],
        100_000,
        ["data.image_size: 100000 is not allowed; expected <= 1024: memory and time grow with its square"],
    ),
    "unknown kind": (["data", "kind"], "cats", ["data.kind", '"cats"', f"allowed: {', '.join(kind_names())}"]),
    "particles without source": (["data"], {"kind": "particles", "labelled": {}}, ["data", "'source' is missing"]),
    "too many particles": (["data"], PARTICLES | {"classes": 5}, ["data.classes", "5", "<= 4"]),
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
    "a larger class": (["data"], PARTICLES | {"larger": "keep"}, ["data.larger", "left_out", "last_class"]),
    "another kind's key": (
        ["data", "source"],
        "simulated",
        ["data: key 'source' belongs to kind particles, not to kind cards", "allowed: image_size, kind, labelled"],
    ),
    "a key of several other kinds": (
        ["datasets"],
        {"own": {"data": {"kind": "file", "path": "mine.npz", "class_names": ["a", "b"]}}},
        [
            "datasets.own.data: key 'class_names' belongs to kind ",
            "digits or ",
            "or silhouettes, not to kind file",
            "kind, path",
        ],
    ),
    "another kind's split": (
        ["data"],
        PARTICLES | {"unlabelled": {"per_class": 5}},
        ["data: key 'unlabelled' belongs to kind cards or", "not to kind particles"],
    ),
    "another kind's range": (["data"], PARTICLES | {"labelled": {"shift": 0}}, ["data.labelled: unknown key 'shift'"]),
    "no kind": (["data"], {"path": "mine.npz"}, ["data: key 'kind' is missing"]),
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
    study["datasets"] = {"own": {"data": PARTICLES}, "mine": {"data": {"kind": "file", "path": "mine.npz"}}}
    del study["data"]
    checked = check_config(study)["datasets"]
    assert checked["own"]["data"]["image_size"] == 48
    assert checked["mine"]["data"] == study["datasets"]["mine"]["data"]
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
    schema = config_schema()
    keys = []

    def visit(node: dict, path: str) -> None:
        for name, child in node.get("properties", {}).items():
            keys.append(f"{path}{name}")
            assert child.get("description"), f"{path}{name} has no description"
            visit(child, f"{path}{name}.")
        if node.get("type") == "object" and "properties" in node:
            assert node.get("additionalProperties") is False or "allOf" in node, path
        for key in ("additionalProperties", "items"):
            if isinstance(node.get(key), dict):
                visit(node[key], f"{path}*.")

    for definition in (schema, *schema["$defs"].values()):
        visit(definition, "")
    assert {"study", "kind", "labelled.per_class", "stress.*.axes.noise_sigma", "methods.*.use"} <= set(keys)


def test_the_schema_is_one_and_knows_every_kind():
    schema = config_schema()
    Draft202012Validator.check_schema(schema)
    branches = schema["$defs"]["data"]["allOf"]
    assert [branch["then"]["$ref"] for branch in branches] == [f"#/$defs/data_{kind}" for kind in kind_names()]
    assert {f"data_{kind}" for kind in kind_names()} <= set(schema["$defs"])


def test_every_key_of_the_schema_is_in_the_config_readme():
    readme = (Path(__file__).parents[2] / "config" / "README.md").read_text()
    schema = config_schema()
    sections = [schema, *(schema["$defs"][f"data_{kind}"] for kind in kind_names())]
    sections += [schema["properties"][section]["additionalProperties"] for section in ("methods", "stress")]
    keys = [*kind_names(), *stress_axes(), *(key for section in sections for key in section["properties"])]
    assert {"study", "source", "noise_sigma", "mode", "estimator"} <= set(keys)
    assert [key for key in keys if f"`{key}`" not in readme] == []


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("name", RANGE_NAMES)
@pytest.mark.parametrize("value", [-1, 0, 0.5, 1, 1.5, 45, 89.9, 90, 180, 180.1, [0, 1], [0.5, 1], [1, 1], [1, 2, 3]])
def test_the_schema_allows_the_ranges_that_can_be_drawn_from_and_no_others(study, split, name, value):
    def is_allowed(check, *arguments, **named) -> bool:
        try:
            check(*arguments, **named)
        except InputError:
            return False
        return True

    drawn = is_allowed(FactorRanges, **{name: value})
    assert is_allowed(check_config, changed(study, ["data", split, name], value)) == drawn


def test_a_file_that_is_no_yaml_is_named(tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("study: [")
    with pytest.raises(InputError, match=r"broken\.yaml: is not YAML"):
        load_config(broken)
    with pytest.raises(InputError, match=r"absent\.yaml: cannot be read"):
        load_config(tmp_path / "absent.yaml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("study: a\nseeds: [0]\n\nstudy: b\n", "line 4: key 'study' stands in line 1 as well"),
        ("a:\n  b: {c: 1, 'c': 2}\n", "line 2: key 'c' stands in line 2 as well"),
        ("- {1: a, 1: b}\n", "line 1: key '1' stands in line 1 as well"),
        ('{"a": 1, "a": 2}', "line 1: key 'a' stands in line 1 as well"),
        ("study: 2020-13-45\n", "is not YAML (month must be in 1..12)"),
    ],
)
def test_a_key_that_stands_twice_is_refused_with_its_line(text, told, tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        read_yaml(file)
    assert str(caught.value).startswith(f"{file}: {told}")


def test_a_merged_mapping_may_be_overridden(tmp_path):
    """Also where the merged one is nested, so that it is flattened before it is built."""
    file = tmp_path / "study.yaml"
    file.write_text("a: &a {x: 1, y: 1}\nb: {c: &c {<<: *a, y: 2}}\nd: {<<: *c, x: 3}\n")
    read = read_yaml(file)
    assert (read["b"]["c"], read["d"]) == ({"x": 1, "y": 2}, {"x": 3, "y": 2})


def test_json_text_reads_like_a_file(study, tmp_path):
    file = tmp_path / "study.yaml"
    file.write_text(json.dumps(study))
    assert load_config(json.dumps(study)) == load_config(file)


def test_a_configuration_that_is_no_mapping_is_refused():
    with pytest.raises(InputError, match="is not a mapping"):
        check_config([1, 2])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"study": ', "config: is not JSON (Expecting value"),
        ("{}", "config: key 'study' is missing"),
        ('{"study": "a", "data": {"kind": "cards", "kind": "file"}}', "config: key 'kind' stands twice"),
    ],
)
def test_json_on_the_command_line_is_checked_as_a_file_is(text, message):
    with pytest.raises(InputError) as caught:
        load_config(text)
    assert str(caught.value).startswith(message)


def test_an_empty_file_is_no_study(tmp_path):
    (tmp_path / "study.yaml").touch()
    with pytest.raises(InputError, match=r"study\.yaml: null is not a mapping"):
        load_config(tmp_path / "study.yaml")


@pytest.mark.parametrize("value", [{datetime.date(2020, 1, 1): 3}, {"a": float("nan"), (1, 2): 3}])
def test_what_json_cannot_hold_is_refused_in_one_line(value):
    with pytest.raises(InputError, match=r"^config: is no plain mapping"):
        check_config(value)

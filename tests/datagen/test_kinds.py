"""What every data kind keeps to, and how kinds are found."""

import subprocess
import sys

import pytest

from datagen.contract import SPLITS
from datagen.data_kind import DataKind
from datagen.errors import InputError
from datagen.kinds import archives, data_kind, kind_module, kind_names
from datagen.values import LARGEST_SIDE_PX

SPLIT_STANZAS = {split: {"per_class": 3} for split in SPLITS}
STANZAS = {
    "cards": SPLIT_STANZAS,
    "digits": SPLIT_STANZAS,
    "silhouettes": SPLIT_STANZAS,
    "particles": {"source": "simulated", "labelled": {"per_class": 3}},
    "cell_outlines": SPLIT_STANZAS,
    "nanoshapes": {"labelled": {"per_class": 3}},
    "chula_rbc": {"labelled": {"per_class": 3}},
    "micrographs": {"images": "i", "points": "p.csv", "side_px": 48, "labelled": {"per_class": 3}},
}


def refusal(kind: DataKind, stanza: dict) -> str:
    try:
        kind.check(stanza)
    except (InputError, TypeError) as error:
        return str(error)
    return ""


@pytest.mark.parametrize("name", kind_names())
def test_a_kind_says_what_it_is_and_needs_only_keys_of_its_own(name):
    kind = data_kind(name)
    assert isinstance(kind, DataKind)
    assert kind.summary
    assert set(kind.required) <= set(kind.keys)
    assert "kind" not in kind.keys
    assert {key.split(".")[0] for key in kind.swept_keys()} <= set(kind.keys)


@pytest.mark.parametrize("name", STANZAS)
def test_a_check_reads_the_keys_that_its_kind_declares_and_no_others(name):
    kind, stanza = data_kind(name), {"kind": name, **STANZAS[name]}
    kind.check(stanza)
    assert [key for key in kind.keys if "unknown key" in refusal(kind, stanza | {key: None})] == []
    with pytest.raises(InputError, match="unknown key 'colour'"):
        kind.check(stanza | {"colour": 1})


@pytest.mark.parametrize("name", STANZAS)
def test_no_side_is_larger_than_memory_can_hold(name):
    """A sweep's values are seen by this check alone, not by the schema."""
    kind, stanza = data_kind(name), {"kind": name, **STANZAS[name]}
    sides = [key for key, schema in kind.keys.items() if "maximum" in schema and key.endswith(("_size", "_px"))]
    assert "image_size" in sides
    for key in sides:
        kind.check(stanza | {key: LARGEST_SIDE_PX})
        with pytest.raises(InputError, match=f"{key}: {LARGEST_SIDE_PX + 1} .* grow with its square"):
            kind.check(stanza | {key: LARGEST_SIDE_PX + 1})


def test_a_kind_that_does_not_exist_is_refused_with_those_that_do():
    with pytest.raises(InputError, match=r"data.kind: 'cats' is not allowed; expected one of cards, .*silhouettes"):
        data_kind("cats")


def test_a_kind_s_archives_are_those_that_can_be_fetched_and_stand_in_with_its_classes():
    kind = data_kind("silhouettes")
    assert kind.fetched is not None
    stanza = {"kind": "silhouettes", **SPLIT_STANZAS, "class_names": ["cow", "cat"]}
    assert kind.fetched.needed(stanza) in archives().values()
    assert kind.fetched.class_names(stanza) == ("cow", "cat")
    particles = data_kind("particles").fetched
    assert particles is not None
    assert particles.needed({"kind": "particles", **STANZAS["particles"]}) is None


def test_one_kind_is_imported_without_the_others_and_all_without_a_heavy_package():
    heavy = ("torch", "matplotlib", "scipy", "skimage", "sklearn", "jsonschema", "yaml", "ssrvae")
    code = (
        "import sys; from datagen.kinds import archives, data_kind; from datagen.stress_factors import stress_factors\n"
        "data_kind('file'); print([name for name in sys.modules if name.startswith('datagen.kinds.')])\n"
        f"archives(); stress_factors(); print([name for name in {heavy} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [f"['{kind_module('file')}']", "[]"]

"""The JSON schema of a study's configuration: its skeleton, and the keys of data kinds and stress factors."""

from datagen.data_kind import DataKind
from datagen.key_schemas import Schema, key, mapping, names
from datagen.kinds import data_kind, kind_names
from datagen.stress_factors import stress_axes, stress_factors

_NAME = "^[a-z][a-zA-Z0-9_]*$"
_IMPORT_PATH = r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)+$"
_DATA = {"$ref": "#/$defs/data"}
_COUNT = {"type": "integer", "minimum": 1}


def config_schema() -> Schema:
    """Assemble the schema (draft 2020-12) of a whole configuration; each key has its description."""
    kinds = {name: data_kind(name) for name in kind_names()}
    study = mapping(
        "One study: data sets, methods, seeds and stress grids. config/README.md tells the same in prose.",
        _study_keys(),
        required=("study", "methods"),
        anyOf=[{"required": ["data"]}, {"required": ["datasets"]}],
    )
    of_kinds = {f"data_{name}": _data_of_kind(name, kind) for name, kind in kinds.items()}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Study",
        **study,
        "$defs": {"data": _data(kinds), **of_kinds, **_value_lists()},
    }


def _study_keys() -> dict[str, Schema]:
    return {
        "study": key("Name of the study; the first column of accuracy.csv.", type="string", pattern=_NAME),
        "seed": key("Root seed. Every random stream is derived from it by name.", type="integer", minimum=0, default=0),
        "seeds": key(
            "Replicate seeds: each gives its own data and its own fits, shared by all methods.",
            type="array",
            items={"type": "integer", "minimum": 0},
            minItems=1,
            uniqueItems=True,
            default=[0],
        ),
        "results": key(
            "Folder that everything is written to.", type="string", pattern=r"""^[^{}"'\n]+$""", default="results"
        ),
        "on_error": key(
            "What a failed fit does: record makes it a row with its reason and goes on; raise stops.",
            enum=["record", "raise"],
            default="record",
        ),
        "data": key("The base data set, which sweeps vary.", **_DATA),
        "datasets": _by_name(
            "Data sets of their own, each by its name; with datasets or sweeps the base itself is not run.",
            _dataset(),
            minProperties=1,
        ),
        "sweeps": _by_name(
            "Data sets that differ in the varied keys from the base, or from some of `datasets`; with sweeps the base "
            "itself is not run.",
            _sweep(),
        ),
        "methods": _by_name("Method name to scikit-learn estimator.", _method(), minProperties=1),
        "stress": _by_name(
            "Stress grids: test images made anew in every cell and classified by fitted models.", _grid()
        ),
    }


def _dataset() -> Schema:
    keys = {
        "data": key("What it is made from.", **_DATA),
        "methods": names("The methods to run on it; all when not given."),
    }
    return mapping("One data set.", keys, required=("data",))


def _sweep() -> Schema:
    keys = {
        "vary": key(
            "Dotted data key (unlabelled.rotation_deg) to its values: a list, linspace or logspace.",
            type="object",
            minProperties=1,
            additionalProperties=key("The values of this key.", **{"$ref": "#/$defs/values"}),
        ),
        "datasets": names(
            "Which of `datasets` it varies, each by itself, instead of the base; named <data set>_<sweep>_<value>."
        ),
        "methods": names("The methods to run on these data sets; all when not given."),
    }
    return mapping(
        "One data set for each value, or for each combination of values, named <sweep>_<value>.",
        keys,
        required=("vary",),
    )


def _method() -> Schema:
    keys = {
        "estimator": key(
            "Import path of the estimator class, as sklearn.tree.DecisionTreeClassifier.",
            type="string",
            pattern=_IMPORT_PATH,
        ),
        "params": key(
            "Arguments of its constructor.",
            type="object",
            additionalProperties=key(
                "An argument of the constructor; {estimator: path, params: {...}} builds an estimator inside this one."
            ),
            default={},
        ),
        "use": key(
            "labelled fits the labelled images alone; all adds the unlabelled ones with label -1.",
            enum=["all", "labelled"],
            default="all",
        ),
        "checkpoint_every": key(
            "Epochs after which a long fit saves its state, to go on from when it is broken off; for VAE and "
            "SSVAEClassifier.",
            **_COUNT,
        ),
        "watch": key(
            "When a model that can be watched in training classifies 1000 test images and is drawn: after every epoch, "
            "or after the last one alone, for models that read images slowly.",
            enum=["every_epoch", "last_epoch"],
            default="every_epoch",
        ),
    }
    return mapping("One method.", keys, required=("estimator",))


def _grid() -> Schema:
    axes = _axes({"$ref": "#/$defs/grid"})
    point = mapping("One cell.", _axes({"type": "number"}), minProperties=1)
    keys = {
        "dataset": key(
            "The data set whose fitted models are tested, as rotation_60; the factors that the grid does not name are "
            "its test ranges.",
            type="string",
        ),
        "methods": names("The fitted methods to test."),
        "axes": mapping("Factor to its values; two axes make a grid.", axes, minProperties=1, maxProperties=2),
        "points": key("Single cells, each with its factors.", type="array", minItems=1, items=point),
        "per_class": key("Test images a class in each cell.", **_COUNT, default=1000),
        "per_class_of": key(
            "Another number of test images a class for some of the methods, as those that read images slowly.",
            type="object",
            additionalProperties=_COUNT,
        ),
        **{name: option for factor in stress_factors() for name, option in factor.options.items()},
        "confusion": key("Also write the confusion of every cell.", type="boolean", default=False),
    }
    return mapping(
        "One grid: either axes (one or two) or points.",
        keys,
        required=("dataset", "methods"),
        oneOf=[{"required": ["axes"]}, {"required": ["points"]}],
    )


def _axes(values: Schema) -> dict[str, Schema]:
    return {name: key(axis.description, **values) for name, axis in stress_axes().items()}


def _data(kinds: dict[str, DataKind]) -> Schema:
    """A data set: which keys it may have depends on its kind."""
    summaries = "; ".join(f"{name}: {kind.summary}" for name, kind in kinds.items())
    return key(
        "A data set.",
        type="object",
        required=["kind"],
        properties={"kind": key(f"What it is made of. {summaries}.", enum=list(kinds))},
        allOf=[
            {
                "if": {"properties": {"kind": {"const": name}}, "required": ["kind"]},
                "then": {"$ref": f"#/$defs/data_{name}"},
            }
            for name in kinds
        ],
    )


def _data_of_kind(name: str, kind: DataKind) -> Schema:
    keys = {"kind": key(f"{kind.summary}.", const=name), **kind.keys}
    return mapping(f"A data set of kind {name}.", keys, kind.required)


def _value_lists() -> dict[str, Schema]:
    """The lists of values that sweeps and axes take."""
    spacings = {
        "linspace": key("[first, last, n]", **{"$ref": "#/$defs/ends"}),
        "logspace": key("[first exponent, last exponent, n]", **{"$ref": "#/$defs/ends"}),
    }
    return {
        "spaced": mapping(
            "n evenly spaced numbers: [first, last, n]; logspace takes exponents of 10.",
            spacings,
            minProperties=1,
            maxProperties=1,
        ),
        "ends": key(
            "First value, last value, number of values.",
            type="array",
            prefixItems=[{"type": "number"}, {"type": "number"}, {"type": "integer", "minimum": 2}],
            minItems=3,
            maxItems=3,
        ),
        "grid": _listed_or_spaced("At least two values.", items={"type": "number"}, minItems=2),
        "values": _listed_or_spaced("At least one value.", minItems=1),
    }


def _listed_or_spaced(description: str, **rules: object) -> Schema:
    listed = {"type": "array", **rules, "uniqueItems": True}
    return key(description, **{"if": {"type": "object"}, "then": {"$ref": "#/$defs/spaced"}, "else": listed})


def _by_name(description: str, each: Schema, **rules: object) -> Schema:
    """A mapping of names that the user gives."""
    return key(description, type="object", propertyNames={"pattern": _NAME}, additionalProperties=each, **rules)

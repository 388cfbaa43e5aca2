"""Which tests run in one process, and a small study that tests of the workflow's modules share."""

from typing import Any

import pytest

RUN_A_STUDY = "tests/workflow"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests that share a fixture of many seconds to one worker, and begin with those that take longest."""
    for item in items:
        shared = "finished" if "finished" in getattr(item, "fixturenames", ()) else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(shared))
    items.sort(key=lambda item: not item.nodeid.startswith(RUN_A_STUDY))


@pytest.fixture
def study() -> dict[str, Any]:
    """A whole configuration of scikit-learn methods on tiny images, as it stands in a YAML file."""
    disorder = {"rotation_deg": 60, "shear_deg": 15, "scale": [1.0, 1.3], "shift": 0.1}
    return {
        "study": "tiny",
        "data": {
            "kind": "cards",
            "image_size": 16,
            "labelled": {"per_class": 8, "rotation_deg": 4},
            "unlabelled": {"per_class": 6, **disorder},
            "test": {"per_class": 5},
        },
        "sweeps": {"rotation": {"vary": {"unlabelled.rotation_deg": [15, 60]}}},
        "methods": {
            "chance": {
                "estimator": "sklearn.dummy.DummyClassifier",
                "params": {"strategy": "uniform"},
                "use": "labelled",
            },
            "tree": {"estimator": "sklearn.tree.DecisionTreeClassifier", "use": "labelled"},
        },
        "stress": {"noise": {"dataset": "rotation_60", "methods": ["tree"], "axes": {"noise_sigma": [0.0, 1.0]}}},
    }

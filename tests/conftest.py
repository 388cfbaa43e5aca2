"""Which tests run in one process, and a small study that tests of the workflow's modules share."""

from typing import Any

import pytest

SHARE_A_STUDY = {f"tests/workflow/test_{name}.py" for name in ("additions", "end_to_end", "reruns")}
"""Their tests share one finished study, which takes a minute."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests that take longest."""
    items.sort(key=lambda item: not item.nodeid.startswith("tests/workflow"))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give the tests of a file to one worker, for their fixtures."""
    from xdist.scheduler import LoadFileScheduling

    class SharedStudyScheduling(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = super()._split_scope(nodeid)
            return "tests/workflow" if file in SHARE_A_STUDY else file

    return SharedStudyScheduling(config, log)


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

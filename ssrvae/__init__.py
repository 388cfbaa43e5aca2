"""Semi-supervised learning of images with strong rotational disorder.

Public names are imported on first use, so that `import ssrvae` and the command line's help stay fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ssrvae.area import AreaClassifier
    from ssrvae.augmented import AugmentedClassifier
    from ssrvae.estimators import VAE, SSVAEClassifier
    from ssrvae.marginal.estimator import MarginalPoseClassifier
    from ssrvae.moments import MomentsClassifier
    from ssrvae.serialization import load

__version__ = "0.1.0"
__all__ = [
    "VAE",
    "AreaClassifier",
    "AugmentedClassifier",
    "MarginalPoseClassifier",
    "MomentsClassifier",
    "SSVAEClassifier",
    "load",
]

_HOME = {
    "AreaClassifier": "ssrvae.area",
    "AugmentedClassifier": "ssrvae.augmented",
    "MarginalPoseClassifier": "ssrvae.marginal.estimator",
    "MomentsClassifier": "ssrvae.moments",
    "SSVAEClassifier": "ssrvae.estimators",
    "VAE": "ssrvae.estimators",
    "load": "ssrvae.serialization",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'ssrvae' has no attribute {name!r}; it has {', '.join(sorted(_HOME))}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

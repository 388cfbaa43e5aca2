"""Semi-supervised learning of images with strong rotational disorder.

Public names are imported on first use, so that `import ssrvae` and the command line's help stay fast.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ssrvae.models.baselines.area import AreaClassifier
    from ssrvae.models.baselines.augmented import AugmentedClassifier
    from ssrvae.models.baselines.moments import MomentsClassifier
    from ssrvae.models.marginal.estimator import MarginalPoseClassifier
    from ssrvae.models.storage import load
    from ssrvae.models.vae.estimators import VAE, SSVAEClassifier

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
    "AreaClassifier": "ssrvae.models.baselines.area",
    "AugmentedClassifier": "ssrvae.models.baselines.augmented",
    "MarginalPoseClassifier": "ssrvae.models.marginal.estimator",
    "MomentsClassifier": "ssrvae.models.baselines.moments",
    "SSVAEClassifier": "ssrvae.models.vae.estimators",
    "VAE": "ssrvae.models.vae.estimators",
    "load": "ssrvae.models.storage",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'ssrvae' has no attribute {name!r}; it has {', '.join(sorted(_HOME))}")
    return getattr(import_module(_HOME[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

from .models.baselines.area import AreaClassifier
from .models.baselines.augmented import AugmentedClassifier
from .models.baselines.fixmatch import FixMatchClassifier
from .models.baselines.moments import MomentsClassifier
from .models.exemplar.estimator import ExemplarClassifier
from .models.labelled_scores import labelled_scorer
from .models.marginal.estimator import MarginalPoseClassifier
from .models.storage import load
from .models.vae.estimators import VAE, SSVAEClassifier

__version__: str
__all__ = [
    "VAE",
    "AreaClassifier",
    "AugmentedClassifier",
    "ExemplarClassifier",
    "FixMatchClassifier",
    "MarginalPoseClassifier",
    "MomentsClassifier",
    "SSVAEClassifier",
    "labelled_scorer",
    "load",
]

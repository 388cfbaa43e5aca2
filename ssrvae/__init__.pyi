from .models.baselines.aligned_kernel import AlignedKernel
from .models.baselines.area import AreaClassifier
from .models.baselines.augmented import AugmentedClassifier
from .models.baselines.fixmatch import FixMatchClassifier
from .models.baselines.moments import MomentsClassifier
from .models.baselines.turn_invariants import FourierBesselInvariants
from .models.baselines.upright import UprightPixels
from .models.baselines.zernike import ZernikeMoments
from .models.exemplar.estimator import ExemplarClassifier
from .models.labelled_scores import labelled_scorer
from .models.marginal.estimator import MarginalPoseClassifier
from .models.storage import load
from .models.vae.estimators import VAE, SSVAEClassifier

__version__: str
__all__ = [
    "VAE",
    "AlignedKernel",
    "AreaClassifier",
    "AugmentedClassifier",
    "ExemplarClassifier",
    "FixMatchClassifier",
    "FourierBesselInvariants",
    "MarginalPoseClassifier",
    "MomentsClassifier",
    "SSVAEClassifier",
    "UprightPixels",
    "ZernikeMoments",
    "labelled_scorer",
    "load",
]

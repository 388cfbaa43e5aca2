"""Every estimator, so small that a fit takes no time."""

from ssrvae import (
    VAE,
    AlignedKernel,
    AreaClassifier,
    AugmentedClassifier,
    ExemplarClassifier,
    FixMatchClassifier,
    FourierBesselInvariants,
    MarginalPoseClassifier,
    MomentsClassifier,
    SSVAEClassifier,
    UprightPixels,
    ZernikeMoments,
)

SMALL = {"hidden": (4,), "epochs": 1, "batch_size": 8, "random_state": 0}
TRAINED = {
    "vae": VAE(**SMALL, invariances=("rotation",)),
    "ssrvae": SSVAEClassifier(**SMALL),
    "marginal": MarginalPoseClassifier(**SMALL, labelled_epochs=1, max_shift=0, standalone_steps=2),
    "augmented": AugmentedClassifier(steps=2, batch_size=8, random_state=0),
    "fixmatch": FixMatchClassifier(network="mlp", steps=2, batch_size=4, random_state=0),
}
"""Those that are trained step by step."""
ESTIMATORS = TRAINED | {
    "area": AreaClassifier(),
    "moments": MomentsClassifier(),
    "exemplar": ExemplarClassifier(networks=0),
}
TRANSFORMERS = {
    "aligned": AlignedKernel(),
    "aligned_invariants": AlignedKernel(invariants=True),
    "invariants": FourierBesselInvariants(),
    "upright": UprightPixels(),
    "zernike": ZernikeMoments(),
}
"""Those that give features of images and classify nothing."""

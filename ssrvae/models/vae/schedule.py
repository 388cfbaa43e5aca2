"""How a training runs: its length, batches, rates and ramps."""

import math
from dataclasses import dataclass

SCHEDULES = ("one_cycle", "constant")
WARM_UP_SHARE = 0.2


@dataclass(frozen=True)
class Schedule:
    """The settings of a training, and the values that follow from how far it has come.

    Rates follow one cycle up to `learning_rate` and down, or stay there. The KL weight goes linearly from
    `kl_weight_start` to `kl_weight` over `kl_ramp_epochs`; the class temperature from `class_temperature` to 1 over the
    first `annealed_share` of the training. `classifier_weight_decay` is Adam's, for the classifier alone: it removes
    the weights of pixels that training never lights, through which noise would enter. `patience` epochs without a
    better bound end the training early (None: never).
    """

    epochs: int
    batch_size: int
    learning_rate: float
    learning_rate_schedule: str
    gradient_clip: float
    kl_weight: float
    kl_weight_start: float
    kl_ramp_epochs: int
    classifier_weight_decay: float = 0.0
    class_temperature: float = 1.0
    annealed_share: float = 0.6
    patience: int | None = None

    def kl_weight_at(self, epoch: int) -> float:
        """The KL weight of an epoch, counted from 0."""
        share = min(epoch / self.kl_ramp_epochs, 1.0) if self.kl_ramp_epochs else 1.0
        return self.kl_weight_start + share * (self.kl_weight - self.kl_weight_start)

    def temperature_at(self, share: float) -> float:
        """The class temperature when `share` of the training is done."""
        left = max(0.0, 1.0 - share / self.annealed_share) if self.annealed_share else 0.0
        return 1.0 + left * (self.class_temperature - 1.0)

    def rate_at(self, share: float) -> float:
        """The factor on the learning rate when `share` of the training is done: one cycle of half cosines, or 1.

        It starts at a tenth, on the cosine, where torch's OneCycleLR bends in from a rate at rest.
        """
        if self.learning_rate_schedule == "constant":
            return 1.0
        if share < WARM_UP_SHARE:
            return 0.5 * (1 - math.cos(math.pi * (share + 0.05) / (WARM_UP_SHARE + 0.05)))
        return 0.5 * (1 + math.cos(math.pi * (share - WARM_UP_SHARE) / (1 - WARM_UP_SHARE)))

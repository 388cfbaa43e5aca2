"""Which images fit no class: those that a model scores below nearly all that it was fitted to."""

from typing import Any

import numpy as np
from sklearn.utils.validation import check_is_fitted

from ssrvae.models.parameters import check_value, number

SHARE = number("in [0, 1]", lambda value: 0 <= value <= 1)
N_QUANTILES = 1001
"""Quantiles of the fitted images' scores that are kept, to tell strangers from."""


class TellsStrangers:
    """Mixin: `abstain` follows from `score_samples`, which is higher the better an image fits, and from a fit's own."""

    score_quantiles_: np.ndarray

    def score_samples(self, X: Any) -> np.ndarray:
        """Tell how well each image fits the model: [n]."""
        raise NotImplementedError

    def abstain(self, X: Any, share: float = 0.01) -> np.ndarray:
        """Tell objects that fit no class: bool [n], scored below all but `share` of the fitted images."""
        limit = self.stranger_limit(share)
        return self.score_samples(X) < limit

    def stranger_limit(self, share: float = 0.01) -> float:
        """Give the score that all but `share` of the fitted images exceed."""
        check_is_fitted(self, "score_quantiles_")
        check_value("share", share, SHARE)
        return float(self.score_quantiles_[round(share * (N_QUANTILES - 1))])

    def _remember_scores(self, scores: np.ndarray) -> None:
        """Keep the quantiles of the fitted images' scores [n]."""
        self.score_quantiles_ = np.quantile(scores, np.linspace(0, 1, N_QUANTILES)).astype(scores.dtype)

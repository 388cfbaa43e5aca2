"""A fit that succeeds or leaves nothing, of parameters that were checked: what all estimators here share."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from sklearn.base import BaseEstimator

from ssrvae.models.parameters import Rule, check_parameters


def fitted_attributes(estimator: BaseEstimator) -> dict[str, Any]:
    """List what a fit has learnt: attributes whose names end in one underscore, as is scikit-learn's convention."""
    return {name: value for name, value in vars(estimator).items() if name.endswith("_") and name[:1] != "_"}


class WholeFitEstimator(BaseEstimator):
    """Base of the estimators; their constructors only store."""

    rules: ClassVar[dict[str, Rule]] = {}
    """What each parameter may be."""

    def check_parameters(self) -> None:
        """Raise InputError naming the first parameter that cannot be, its value, and what is allowed; as `fit` does."""
        check_parameters(self, self.rules)

    @contextmanager
    def _fitting(self) -> Iterator[None]:
        """Check the parameters and fit anew; a fit that fails leaves nothing fitted."""
        self._forget()
        self.check_parameters()
        try:
            yield
        except BaseException:
            self._forget()
            raise

    def _forget(self) -> None:
        for name in fitted_attributes(self):
            delattr(self, name)

"""The bounds of a number, said once: as a check, in words, and as JSON schema."""

import math
from dataclasses import dataclass
from typing import Any

from datagen.values import is_real, require


@dataclass(frozen=True)
class Bounds:
    """Numbers from `low` to `high`, both among them unless they are said to be open."""

    low: float
    high: float = math.inf
    low_is_open: bool = False
    high_is_open: bool = False

    def __str__(self) -> str:
        """Word what is allowed."""
        above, below = "<" if self.low_is_open else "<=", "<" if self.high_is_open else "<="
        if self.high == math.inf:
            return f"a number {'>' if self.low_is_open else '>='} {self.low:g}"
        if above == below == "<=":
            return f"{self.low:g}..{self.high:g}"
        return f"{self.low:g} {above} value {below} {self.high:g}"

    def allow(self, value: object) -> bool:
        """Tell whether a value is a number within the bounds."""
        if not is_real(value):
            return False
        above = value > self.low if self.low_is_open else value >= self.low
        return above and (value < self.high if self.high_is_open else value <= self.high)

    def require(self, key: str, value: object, meaning: str = "") -> None:
        """Raise InputError, naming the key, its value, what is allowed and what it means, unless a value is allowed."""
        require(self.allow(value), key, value, f"{self}{meaning}")

    def schema(self) -> dict[str, Any]:
        """Give the rules of JSON schema."""
        low = {"exclusiveMinimum" if self.low_is_open else "minimum": self.low}
        high = {"exclusiveMaximum" if self.high_is_open else "maximum": self.high}
        return {"type": "number", **low, **({} if self.high == math.inf else high)}

"""Factors of stress grids. Every module of this package is one: its `FACTOR` is a StressFactor."""

from collections.abc import Iterable
from functools import cache
from importlib import import_module

from datagen.discovery import module_names
from datagen.stress_factor import Axis, StressFactor


def stress_factors() -> tuple[StressFactor, ...]:
    """Give all factors, in the order in which they are applied."""
    return tuple(sorted(_by_module().values(), key=lambda factor: (factor.order, factor.names)))


def factors_of(names: Iterable[str]) -> tuple[StressFactor, ...]:
    """Give the factors that these axes belong to, in the order in which they are applied."""
    wanted = set(names)
    return tuple(factor for factor in stress_factors() if not wanted.isdisjoint(factor.names))


def factor_modules(names: Iterable[str]) -> list[str]:
    """Name the modules of the factors that these axes belong to."""
    wanted = set(names)
    return [module for module, factor in _by_module().items() if not wanted.isdisjoint(factor.names)]


def stress_axes() -> dict[str, Axis]:
    """Give every axis of every factor by its name."""
    return {axis.name: axis for factor in stress_factors() for axis in factor.axes}


@cache
def _by_module() -> dict[str, StressFactor]:
    return {module: import_module(module).FACTOR for module in module_names(__name__, __file__)}

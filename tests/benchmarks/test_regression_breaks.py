"""Every deliberate break replaces functions that there are, and puts them back."""

from pkgutil import resolve_name

import pytest

from benchmarks.regression_breaks import BREAKS, broken


@pytest.mark.parametrize("name", BREAKS)
def test_a_break_replaces_what_it_names_and_puts_it_back(name):
    before = {target: resolve_name(target) for target in BREAKS[name]}
    with broken(BREAKS[name]):
        assert all(resolve_name(target) is not right for target, right in before.items())
    assert all(resolve_name(target) is right for target, right in before.items())

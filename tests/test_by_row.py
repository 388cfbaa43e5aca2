"""Rows scored with their gradients at once, against autograd over all rows and against finite differences."""

import pytest
import torch

from ssrvae.by_row import map_rows

torch.manual_seed(0)
ROWS, OTHER = torch.randn(5, 3, dtype=torch.float64), torch.randn(5, 2, 3, dtype=torch.float64)
WEIGHT, UNUSED = torch.randn(3, dtype=torch.float64), torch.randn(2, dtype=torch.float64)
INDEX = torch.arange(5)


def scored(rows, other, weight, unused):
    def score(row, of_row, index):
        return ((row * weight).sin().sum() * of_row.exp()).sum() + index

    return map_rows(score, [rows, other, INDEX], [weight, unused])


def test_values_are_those_of_the_function_with_and_without_gradients():
    expected = ((ROWS * WEIGHT).sin().sum(1) * OTHER.exp().sum((1, 2))) + INDEX
    torch.testing.assert_close(scored(ROWS.clone().requires_grad_(), OTHER, WEIGHT, UNUSED), expected)
    with torch.no_grad():
        torch.testing.assert_close(scored(ROWS, OTHER, WEIGHT, UNUSED), expected)


def test_gradients_pass_gradcheck_for_rows_and_parameters():
    inputs = [part.clone().requires_grad_() for part in (ROWS, OTHER, WEIGHT)]
    assert torch.autograd.gradcheck(lambda *parts: scored(*parts, UNUSED), inputs)


def test_a_parameter_that_is_not_used_has_a_gradient_of_zero():
    unused = UNUSED.clone().requires_grad_()
    scored(ROWS, OTHER, WEIGHT.clone().requires_grad_(), unused).sum().backward()
    assert unused.grad is not None
    assert not unused.grad.any()


def test_a_second_derivative_is_refused():
    weight = WEIGHT.clone().requires_grad_()
    (first,) = torch.autograd.grad(scored(ROWS, OTHER, weight, UNUSED).square().sum(), weight, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.sum().backward()

"""Rows scored with their gradients at once, against autograd over all rows and against finite differences."""

import threading
from itertools import pairwise

import pytest
import torch

from ssrvae.models.vae import by_row
from ssrvae.models.vae.by_row import RowScores

N_ROWS, N_POINTS, WIDTHS = 5, 6, (4, 3, 7, 1)
PIXELS_AT_ONCE = [1, 13, 1000]
"""A row, two rows with one left over, all rows."""
EXPECTED_ERROR = {"float32": 1e-5, "bfloat16": 0.02}
"""Of gradients, over their largest; in bfloat16, of 8 bits, 0.0035 of their norms was measured."""


def random_problem(dtype, n_rows=N_ROWS, n_points=N_POINTS, widths=WIDTHS):
    """Points, images, first layer, and weights and biases of the layers after it."""
    generator = torch.Generator().manual_seed(0)

    def random(*shape):
        return torch.randn(*shape, generator=generator, dtype=dtype)

    points, images, first = random(n_points, 3), random(n_rows, n_points), random(n_rows, 3, widths[0])
    layers = [part for n_in, n_out in pairwise(widths) for part in (random(n_out, n_in) / n_in**0.5, random(n_out))]
    return points, images, [first.requires_grad_(), *(part.requires_grad_() for part in layers)]


def scored(points, images, first, *parameters, precision=None, noise=()):
    def score(drawn, rows):
        return -(images[rows] - drawn).square().sum(-1) * (noise[0].exp() if noise else 1)

    rows = RowScores(score, points, precision or points.dtype, len(parameters))
    return rows(first, [*parameters, *noise])


def plainly_scored(points, images, first, *parameters, noise=()):
    hidden = torch.tanh(points @ first)
    for weights, bias in zip(parameters[:-2:2], parameters[1:-2:2], strict=True):
        hidden = torch.tanh(hidden @ weights.T + bias)
    drawn = (hidden @ parameters[-2].T + parameters[-1])[..., 0]
    return -(images - drawn).square().sum(-1) * (noise[0].exp() if noise else 1)


@pytest.mark.parametrize("noisy", [False, True])
@pytest.mark.parametrize("pixels_at_once", PIXELS_AT_ONCE)
def test_values_and_gradients_are_those_of_the_plain_formula(monkeypatch, pixels_at_once, noisy):
    monkeypatch.setattr(by_row, "PIXELS_AT_ONCE", pixels_at_once)
    points, images, leaves = random_problem(torch.float32)
    noise = [torch.tensor(0.3, requires_grad=True)] if noisy else []
    weights, found = torch.randn(N_ROWS), []
    for function in (scored, plainly_scored):
        values = function(points, images, *leaves, noise=noise)
        found.append([values, *torch.autograd.grad((weights * values).sum(), [*leaves, *noise])])
    for ours, plain in zip(*found, strict=True):
        torch.testing.assert_close(ours, plain, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("pixels_at_once", PIXELS_AT_ONCE)
def test_gradients_pass_gradcheck(monkeypatch, pixels_at_once):
    monkeypatch.setattr(by_row, "PIXELS_AT_ONCE", pixels_at_once)
    points, images, leaves = random_problem(torch.float64)
    assert torch.autograd.gradcheck(lambda *leaves: scored(points, images, *leaves), leaves)


@pytest.mark.parametrize("precision", EXPECTED_ERROR)
def test_at_the_papers_size_gradients_are_those_of_the_plain_formula(precision):
    points, images, leaves = random_problem(torch.float32, 4, 48 * 48, (128, 128, 128, 1))
    ours = torch.autograd.grad(scored(points, images, *leaves, precision=getattr(torch, precision)).sum(), leaves)
    plain = torch.autograd.grad(plainly_scored(points, images, *leaves).sum(), leaves)
    for found, expected in zip(ours, plain, strict=True):
        assert found.dtype == torch.float32
        assert (found - expected).abs().max() < EXPECTED_ERROR[precision] * expected.abs().max()


def test_without_gradients_values_are_the_same():
    points, images, leaves = random_problem(torch.float32)
    with torch.no_grad():
        values = scored(points, images, *leaves)
    torch.testing.assert_close(values, scored(points, images, *leaves).detach(), rtol=0, atol=0)


def test_the_numbers_are_the_same_on_one_thread_and_on_two(monkeypatch):
    monkeypatch.setattr(by_row, "PIXELS_AT_ONCE", 1)
    points, images, leaves = random_problem(torch.float32, 32, 256, (64, 64, 1))
    before, found = torch.get_num_threads(), []
    try:
        for n_threads in (1, 2):
            torch.set_num_threads(n_threads)
            values = scored(points, images, *leaves)
            found.append([values, *torch.autograd.grad(values.sum(), leaves)])
            assert torch.get_num_threads() == n_threads
    finally:
        torch.set_num_threads(before)
    for one, two in zip(*found, strict=True):
        torch.testing.assert_close(one, two, rtol=0, atol=0)


def test_an_error_in_a_thread_is_raised_and_the_threads_are_given_back(monkeypatch):
    monkeypatch.setattr(by_row, "PIXELS_AT_ONCE", 1)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        points, images, leaves = random_problem(torch.float32)
        with pytest.raises(RuntimeError, match="size"):
            scored(points, images[:, :-1], *leaves)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_workers_compute_alone_and_a_thread_born_meanwhile_does_not():
    seen = []

    def work(pieces):
        born = threading.Thread(target=lambda: seen.append(("born", torch.get_num_threads())))
        born.start()
        born.join()
        seen.append(("worker", torch.get_num_threads()))

    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        by_row._in_threads(work, [slice(0, 1), slice(1, 2)], torch.device("cpu"))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert sorted(seen) == [("born", 2), ("born", 2), ("worker", 1), ("worker", 1)]


def test_a_second_derivative_is_refused():
    points, images, leaves = random_problem(torch.float64)
    values = scored(points, images, *leaves)
    (gradient,) = torch.autograd.grad(values.square().sum(), leaves[0], create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        gradient.sum().backward()

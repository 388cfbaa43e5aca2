"""Decoders: draw the logits of an image from style, class and pose. Each file here is one, found by its name."""

import inspect
from collections.abc import Callable
from typing import Any, Protocol

from torch import Tensor, nn

from datagen.errors import InputError
from ssrvae.base.discovery import classes_by_name
from ssrvae.models.geometry import Pose

FULL_PRECISION = "float32"
"""The precision that every decoder has; others are a decoder's own, which takes them as `precision`."""

MakeDecoder = Callable[..., nn.Module]
"""Called with the side of the images, the number of style variables and classes, and the widths of hidden layers."""


class Decoder(Protocol):
    """What a model asks of a decoder.

    style: [*batch, style + classes], the style variables followed by the one-hot class; pose: of shape [*batch], or
    None for upright; pixels: indices [subset] of the pixels wanted, or None for all. Returns logits [*batch, pixels].
    """

    def __call__(self, latents: Tensor, pose: Pose | None = None, pixels: Tensor | None = None) -> Tensor: ...

    def log_likelihood(
        self, likelihood: nn.Module, images: Tensor, latents: Tensor, pose: Pose | None, pixels: Tensor | None
    ) -> Tensor:
        """Score images [n, pixels wanted] under latents [*batch, n, latents] and poses [*batch, n]: [*batch, n]."""
        ...


DECODERS = classes_by_name(__name__)


def build_decoder(
    decoder: str | MakeDecoder, size: int, n_latents: int, hidden: tuple[int, ...], precision: str
) -> Any:
    """Build a decoder of a name, or by a callable; raises InputError for a precision that it does not have."""
    make = DECODERS[decoder] if isinstance(decoder, str) else decoder
    options: dict[str, Any] = {}
    if _takes_precision(make):
        options["precision"] = precision
    elif precision != FULL_PRECISION:
        having = [name for name, known in DECODERS.items() if _takes_precision(known)]
        raise InputError(f"decoder_precision {precision} needs decoder {' or '.join(having)}, got {decoder}")
    try:
        made = make(size, n_latents, hidden, **options)
    except InputError:
        raise
    except Exception as error:  # whatever a user's own code raises
        reason = f"{type(error).__name__}, {' '.join(str(error).split())}"
        raise InputError(f"decoder {make!r} made nothing of (size, n_latents, hidden): {reason}") from error
    if not (isinstance(made, nn.Module) and hasattr(made, "log_likelihood")):
        what = f"{decoder!r} made {type(made).__name__}"
        raise InputError(f"decoder must make a torch.nn.Module with a log_likelihood, as DrawnDecoder is; {what}")
    return made


def is_maker(value: object) -> bool:
    """Tell whether an object may make a decoder: one that is made already, though it can be called, makes none."""
    return callable(value) and not isinstance(value, nn.Module)


def _takes_precision(make: MakeDecoder) -> bool:
    try:
        return "precision" in inspect.signature(make).parameters
    except ValueError:  # one that is written in C tells nothing
        return False

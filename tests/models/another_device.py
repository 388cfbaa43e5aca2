"""A device without hardware: tensors that lie elsewhere than on the CPU, though the CPU computes them.

What a program makes on the CPU by accident and mixes with them is refused, as a GPU would refuse it; numbers are those
of the CPU.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode, return_and_correct_aliasing
from torch.utils._pytree import tree_leaves, tree_map

ELSEWHERE = torch.device("meta")
"""Borrowed: a device that PyTorch knows and that computes nothing itself."""
COPYING, INDEXING = ("copy_", "_to_copy"), ("index", "index_put", "index_put_", "_index_put_impl_")


class Elsewhere(Tensor):
    """A tensor that lies elsewhere; `held` has its values."""

    held: Tensor

    @staticmethod
    def __new__(cls, held: Tensor) -> "Elsewhere":
        """Put a tensor elsewhere."""
        made = Tensor._make_wrapper_subclass(
            cls, held.shape, held.stride(), held.storage_offset(), dtype=held.dtype, device=ELSEWHERE
        )
        made.held = held
        return made

    def new_tensor(self, *args: Any, **kwargs: Any) -> Tensor:
        """Make a tensor elsewhere; PyTorch's own would lose its values."""
        return Elsewhere(self.held.new_tensor(*args, **kwargs))

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _compute(func, args, kwargs or {})


class AnotherDevice(TorchDispatchMode):
    """While entered, tensors can be made on the device `ELSEWHERE`, and moved there."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _compute(func, args, kwargs or {})


def _compute(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Run an operation on the values held; what it makes lies where its tensors do, or where it was asked to."""
    tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, Tensor)]
    _refuse_a_mixture(func, tensors)
    asked, stays = kwargs.get("device"), any(isinstance(tensor, Elsewhere) for tensor in tensors)
    if not stays and asked != ELSEWHERE:
        return func(*args, **kwargs)
    if asked is not None:
        stays, kwargs = asked == ELSEWHERE, kwargs | {"device": torch.device("cpu")}
    held_args, held_kwargs = tree_map(lambda leaf: getattr(leaf, "held", leaf), (args, kwargs))
    found = func(*held_args, **held_kwargs)
    placed = tree_map(lambda leaf: Elsewhere(leaf) if stays and isinstance(leaf, Tensor) else leaf, found)
    return return_and_correct_aliasing(func, args, kwargs, placed)


def _refuse_a_mixture(func: Any, tensors: Sequence[Tensor]) -> None:
    """Raise where tensors elsewhere meet one on the CPU, but a scalar, a source of a copy, or an index."""
    name, there = func.overloadpacket.__name__, [isinstance(tensor, Elsewhere) for tensor in tensors]
    here = [
        tuple(tensor.shape) for tensor, is_there in zip(tensors, there, strict=True) if not is_there and tensor.dim()
    ]
    if any(there) and here and name not in COPYING and not (name in INDEXING and there[0]):
        raise RuntimeError(f"{func} mixes tensors on the CPU, {here}, with tensors elsewhere")

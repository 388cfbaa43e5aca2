"""The state of a long training in a file, from which it goes on to the very numbers it would have reached."""

import logging
import pickle
import zipfile
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import shorten
from typing import Any, Protocol

import torch

from ssrvae.base.files import write_whole
from ssrvae.models.random_streams import set_stream_state, stream_state

FORMAT = 2
"""Of the file; a training that was kept in another one begins anew. Change it with what the file holds."""
_UNUSABLE = (
    EOFError,
    RuntimeError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    pickle.UnpicklingError,
    zipfile.BadZipFile,
)
"""What reading a damaged file, or setting a state that another program kept, can raise."""
_LOG = logging.getLogger(__name__)


class Stateful(Protocol):
    """What PyTorch's models and optimisers are: their state can be read and set."""

    def state_dict(self) -> dict[str, Any]: ...

    def load_state_dict(self, state: dict[str, Any]) -> object: ...


@dataclass(frozen=True)
class Checkpoint:
    """A file that holds the state of a training after every so many epochs.

    identity: names the training by its data, parameters and seed; the file of another one is not used. The code is no
    part of it: who changes what a training computes removes the file. watchers: whatever else must go on with the
    training, by name.
    """

    path: Path
    every_epochs: int
    identity: str
    watchers: Mapping[str, Stateful] = field(default_factory=dict)

    def save(self, history: list[dict[str, float]], device: torch.device, **parts: Stateful) -> None:
        """Keep the states of parts, watchers and random numbers, a device's too, when `every_epochs` more are over."""
        if len(history) % self.every_epochs:
            return
        states = {name: part.state_dict() for name, part in {**parts, **self.watchers}.items()}
        kept = {
            "format": FORMAT,
            "identity": self.identity,
            "history": history,
            "states": states,
            "random": stream_state(device),
        }
        write_whole(self.path, lambda path: torch.save(kept, path))

    def restore(self, device: torch.device, **parts: Stateful) -> list[dict[str, float]]:
        """Set the parts, the watchers and the random numbers to the state kept; returns the history.

        It is [], and nothing is set, without a state or with one that cannot be gone on from, which the log tells: one
        damaged, of another training, of networks of other shapes, or of another kind of device, whose random numbers
        differ.
        """
        if not self.path.exists():
            return []
        try:
            kept = self._read(device)
            _set_states({**parts, **self.watchers}, kept["states"])
        except _UNUSABLE as error:
            reason = shorten(str(error), 200, placeholder=" ...")
            _LOG.warning("%s cannot be gone on from, so the training begins anew: %s", self.path, reason)
            return []
        set_stream_state(kept["random"], device)
        return kept["history"]

    def remove(self) -> None:
        """Delete the file, when the training's result is kept."""
        self.path.unlink(missing_ok=True)

    def _read(self, device: torch.device) -> dict[str, Any]:
        kept = torch.load(self.path, map_location=torch.device("cpu"), weights_only=True)
        if not isinstance(kept, dict) or kept.get("format") != FORMAT:
            raise ValueError("it is of another format")
        if kept["identity"] != self.identity:
            raise ValueError("it is of another training")
        if kept["random"].keys() != stream_state(device).keys():
            raise ValueError("it is of another kind of device")
        return kept


def _set_states(parts: Mapping[str, Stateful], states: Mapping[str, dict[str, Any]]) -> None:
    """Set every part to its state, or none: a network whose shapes differ has taken those that fit when it raises."""
    before = {name: deepcopy(part.state_dict()) for name, part in parts.items()}
    try:
        for name, part in parts.items():
            part.load_state_dict(states[name])
    except _UNUSABLE:
        for name, part in parts.items():
            part.load_state_dict(before[name])
        raise

"""The state of a long training in a file, from which it goes on to the very numbers it would have reached."""

import pickle
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch

from ssrvae.base.files import write_whole
from ssrvae.models.random_streams import set_stream_state, stream_state

FORMAT = 2
"""Of the file; a training that was kept in another one begins anew. Change it with what the file holds."""


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

        It is [] without a state that can be read, or with that of another training or kind of device: its random
        numbers differ.
        """
        kept = self._read()
        if not kept or kept["identity"] != self.identity or kept["random"].keys() != stream_state(device).keys():
            return []
        for name, part in {**parts, **self.watchers}.items():
            part.load_state_dict(kept["states"][name])
        set_stream_state(kept["random"], device)
        return kept["history"]

    def remove(self) -> None:
        """Delete the file, when the training's result is kept."""
        self.path.unlink(missing_ok=True)

    def _read(self) -> dict[str, Any]:
        """Read the file; {} without one, or for one that is damaged or of another format."""
        try:
            kept = torch.load(self.path, map_location=torch.device("cpu"), weights_only=True)
        except (FileNotFoundError, EOFError, RuntimeError, ValueError, pickle.UnpicklingError, zipfile.BadZipFile):
            return {}
        return kept if isinstance(kept, dict) and kept.get("format") == FORMAT else {}

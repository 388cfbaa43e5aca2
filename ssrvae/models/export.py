"""Classifiers as ONNX files, for programs without torch."""

import copy
from pathlib import Path

import torch
from torch import nn

from ssrvae.base.files import write_whole


def export_classifier(classifier: nn.Module, n_pixels: int, path: str | Path) -> None:
    """Write a network that gives logits as ONNX: float32 `images` [n, pixels] to `probabilities` [n, classes]."""
    network = nn.Sequential(copy.deepcopy(classifier).cpu(), nn.Softmax(dim=-1)).eval()

    def export(part: Path) -> None:
        torch.onnx.export(
            network,
            (torch.zeros(2, n_pixels),),
            part,
            input_names=["images"],
            output_names=["probabilities"],
            dynamic_shapes=({0: torch.export.Dim("n")},),
            external_data=False,
            verbose=False,
        )

    write_whole(Path(path), export)

"""Measure what aligning objects with exemplars costs, beside the plain way: CSV rows on standard output.

    OMP_NUM_THREADS=1 python -m benchmarks.alignment [--repeats 7]

Turned digits of 40 px are aligned with 140 labelled ones and their mirror images. The plain way multiplies every order
of the Fourier series of every channel and ring, and transforms back to every angle. `ms_an_image` is processor time,
the least of all repeats, which alternate; `rms_error` is that of squared distances, in their median; `classify` is
`predict_proba` as a whole.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ssrvae import ExemplarClassifier
from ssrvae.models.exemplar.alignment import squared_distances, turnable
from ssrvae.models.exemplar.polar_fields import N_ANGLES, edge_fields, mirrored, object_maps, whole_radius
from ssrvae.study.jobs.data import make_dataset

DIGITS = {
    "kind": "digits",
    "image_size": 40,
    "labelled": {"per_class": 14, "rotation_deg": 4},
    "unlabelled": {"per_class": 50, "rotation_deg": 180},
    "test": {"per_class": 10},
}
N_OBJECTS = 256


def plainly(objects: Tensor, exemplars: Tensor) -> Tensor:
    """Squared distances [n, m] of fields [n, ...] and [m, ...], by all orders and angles."""
    seen = torch.fft.rfft(objects.flatten(1, 2)).permute(2, 0, 1)
    products = []
    for each in (exemplars, mirrored(exemplars)):
        conjugate = torch.fft.rfft(each.flatten(1, 2)).conj().permute(2, 1, 0).resolve_conj().contiguous()
        products.append(torch.fft.irfft(torch.bmm(seen, conjugate).permute(1, 2, 0), n=N_ANGLES).amax(2))
    square = [fields.square().sum((1, 2, 3)) for fields in (objects, exemplars)]
    return square[0][:, None] + square[1] - 2 * torch.maximum(*products)


def least_s(works: dict[str, Callable[[], Any]], repeats: int) -> dict[str, float]:
    """Processor seconds of each work, the least of some repeats."""
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            start = time.process_time()
            work()
            taken[name].append(time.process_time() - start)
    return {name: min(each) for name, each in taken.items()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=7)
    repeats = parser.parse_args().repeats
    data = make_dataset({"root_seed": 0, "data": DIGITS}, seed=100)
    known = data.labels >= 0
    others = data.images[~known][:N_OBJECTS]

    def edges(images: np.ndarray) -> Tensor:
        objects = object_maps(torch.from_numpy(images))
        return edge_fields(objects, whole_radius(objects))

    objects, exemplars = edges(others), edges(data.images[known])
    ready = turnable(exemplars, mirrors=True)
    model = ExemplarClassifier(networks=0).fit(data.images[known], data.labels[known])
    seconds = least_s(
        {
            "plain": lambda: plainly(objects, exemplars),
            "ours": lambda: squared_distances(objects, ready),
            "classify": lambda: model.predict_proba(others),
        },
        repeats,
    )
    expected = plainly(objects, exemplars)
    error = (squared_distances(objects, ready) - expected).square().mean().sqrt() / expected.median()
    print("work,ms_an_image,ratio,rms_error")
    for name, each in seconds.items():
        told = f"{seconds['plain'] / each:.1f},{error:.1e}" if name == "ours" else ","
        print(f"{name},{1e3 * each / len(others):.3f},{told}")


if __name__ == "__main__":
    main()

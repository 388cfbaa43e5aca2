"""The user's own images, from one .npz file; they are the same for every replicate."""

from pathlib import Path

import numpy as np

from datagen.data_kind import Data, DataKind
from datagen.dataset import Dataset, load_dataset
from datagen.key_schemas import key


def _load(data: Data, seeds: np.random.SeedSequence, replicate: int, external: Path) -> Dataset:
    return _opened(data)


def _opened(data: Data) -> Dataset:
    return load_dataset(data["path"], require=("labelled", "test"))


KIND = DataKind(
    summary="your own .npz",
    keys={
        "path": key(
            "The .npz with images, labels (-1 = unlabelled), class_names and, for the test images, split and truth.",
            type="string",
            minLength=1,
        )
    },
    required=("path",),
    generate=_load,
    files=lambda data: [Path(data["path"])],
    open_files=_opened,
)

"""Images generated from templates: the paper's card suits, or other glyphs and images."""

from pathlib import Path

import numpy as np

from datagen.cards.card_images import cards_spec, generate_cards, generate_images
from datagen.cards.template_files import template_files
from datagen.cards.templates import Templates, load_templates
from datagen.contract import SPLITS
from datagen.data_kind import IMAGE_SIZE, Data, DataKind, FreshImages
from datagen.dataset import Dataset
from datagen.factors import FactorRanges
from datagen.key_schemas import key, mapping, names, side
from datagen.splits import split_schemas

_TEMPLATES = mapping(
    "One upright image a class: a font's glyphs, or your own files.",
    {
        "font": key("Name of a font that matplotlib finds.", type="string"),
        "glyphs": key(
            "Class name to character, in class order.",
            type="object",
            additionalProperties=key("The class's character.", type="string"),
            minProperties=2,
        ),
        "size_px": key("Height of the glyphs in pixels.", type="number", exclusiveMinimum=0),
        "path": key(
            "A .npy or .npz file or a folder of PNG files, one square image a class (instead of font and glyphs).",
            type="string",
        ),
        "side_px": side("Side that the file's images are resampled to.", at_least=2),
        "class_names": names("Class names in the file's order.", at_least=2),
    },
)


def _generate(data: Data, seeds: np.random.SeedSequence, replicate: int, external: Path) -> Dataset:
    return generate_cards(cards_spec(data), seeds)


def _templates(data: Data) -> Templates:
    spec = cards_spec(data)
    return load_templates(spec.templates, spec.image_size)


def _files(data: Data) -> list[Path]:
    return template_files(Path(data["templates"]["path"])) if "path" in data.get("templates", {}) else []


def _fresh_images(data: Data) -> FreshImages:
    spec, templates = cards_spec(data), _templates(data)

    def draw(ranges: FactorRanges, per_class: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        images, truth, _ = generate_images(templates, ranges, per_class, spec.image_size, rng)
        return images, truth

    return FreshImages(spec.test.ranges, draw)


KIND = DataKind(
    summary="images generated from templates",
    keys={"templates": _TEMPLATES, "image_size": IMAGE_SIZE, **split_schemas()},
    required=SPLITS,
    generate=_generate,
    check=cards_spec,
    files=_files,
    open_files=_templates,
    fresh_images=_fresh_images,
)

"""Databars drawn as vendors draw them, and images whose foot looks like one."""

import io

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from datagen.micrographs.databar import databar_rows
from datagen.micrographs.segmentation import Segmentation, segment

ROWS = 44


def micrograph(rng: np.random.Generator, height: int = 240, width: int = 384) -> np.ndarray:
    """Draw discs on a noisy background, in grey values 0..255."""
    row, column = np.mgrid[:height, :width] % 48 - 24
    return np.clip(40 + 140 * (np.hypot(row, column) < 8) + rng.normal(0, 3, (height, width)), 0, 255)


def with_databar(pixels: np.ndarray, grey: int) -> Image.Image:
    height, width = pixels.shape
    image = Image.new("L", (width, height + ROWS), grey)
    image.paste(Image.fromarray(pixels.astype(np.uint8)))
    draw, ink = ImageDraw.Draw(image), 255 if grey < 128 else 0
    for top, text in ((4, "EHT = 5.00 kV   WD = 4.1 mm   Mag = 100 K X"), (23, "Signal A = InLens   28 Nov 2026")):
        draw.text((6, height + top), text, fill=ink, font=ImageFont.load_default(15))
    draw.rectangle((width - 120, height + 28, width - 20, height + 32), fill=ink)
    return image


@pytest.mark.parametrize("quality", [None, 60])
@pytest.mark.parametrize("grey", [0, 30, 200, 255])
def test_a_databar_is_counted_to_the_row_and_holds_no_object(rng: np.random.Generator, grey: int, quality: int | None):
    image = with_databar(micrograph(rng), grey)
    if quality:
        stored = io.BytesIO()
        image.save(stored, "JPEG", quality=quality)
        image = Image.open(stored)
    pixels = np.asarray(image) / np.float32(255)
    assert databar_rows(pixels) == ROWS
    objects = segment(pixels, Segmentation())
    assert objects.shape == pixels.shape
    assert objects.max() == 40
    assert not objects[-ROWS:].any()


def test_a_databar_that_is_framed_is_found(rng: np.random.Generator):
    pixels = np.array(with_databar(micrograph(rng), 0)) / 255
    pixels[[-1, -ROWS // 2]] = 1
    assert databar_rows(pixels) == ROWS


@pytest.mark.parametrize("kind", ["noise", "empty foot", "black background", "letters on the image"])
def test_what_is_no_databar_stays(rng: np.random.Generator, kind: str):
    pixels = micrograph(rng)
    if kind == "empty foot":
        pixels[-ROWS:] = 0
    elif kind == "black background":
        pixels[pixels < 100] = 0
    elif kind == "letters on the image":
        image = Image.fromarray(pixels.astype(np.uint8))
        ImageDraw.Draw(image).text((6, 210), "100 nm", fill=255, font=ImageFont.load_default(18))
        pixels = np.array(image)
    assert databar_rows(pixels / 255) == 0


def test_the_user_says_how_many_rows_are_no_image(rng: np.random.Generator):
    pixels = micrograph(rng) / np.float32(255)
    assert segment(pixels, Segmentation(databar_px=0)).max() == 40
    assert segment(pixels, Segmentation(databar_px=48)).max() == 32

"""Contact sheets: the objects of one class in one picture, upright, in the order of their style."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image, ImageDraw

from ssrvae.library.lettering import BACKGROUND, INK, font, shortened
from ssrvae.library.pictures import write_png

if TYPE_CHECKING:
    import pandas as pd

TILE_PX, GAP_PX, LINE_PX, MARGIN_PX, TITLE_PX = 90, 6, 13, 16, 48
MOST_TILES = 400
FAINT, STRANGER = "#68717d", "#b35000"


def write_sheets(table: "pd.DataFrame", upright: np.ndarray, class_names: list[str], folder: Path) -> list[Path]:
    """Write a PNG for each class that has objects; returns their paths. upright: uint8 [n, side, side]."""
    paths = []
    for number, name in enumerate(class_names):
        rows = np.flatnonzero(table["class"] == name)
        if len(rows):
            rows = rows[np.argsort(main_style(table.iloc[rows]), kind="stable")]
            paths.append(folder / f"{number + 1}_{re.sub(r'[^A-Za-z0-9_-]+', '_', name)}.png")
            write_png(draw_sheet(table.iloc[rows], upright[rows], name), paths[-1])
    return paths


def main_style(table: "pd.DataFrame") -> np.ndarray:
    """Place objects [n] along the direction in which their styles vary most; more in style_1 means further on."""
    style = table.filter(regex=r"^style_\d+$").to_numpy()
    centred = style - style.mean(axis=0)
    direction = np.linalg.svd(centred, full_matrices=False)[2][0]
    leading = np.argmax(np.abs(direction))
    return centred @ direction * np.sign(direction[leading])


def turned_upright(patches: np.ndarray, angle_deg: np.ndarray, shift: np.ndarray) -> np.ndarray:
    """Move objects [n, side, side] back to the centre and turn them back: uint8, 0 where nothing is known.

    angle_deg [n] counter-clockwise; shift [n, 2] in sides, x right, y up.
    """
    import torch

    from ssrvae.models.geometry import HALF_SIDES, Pose, place, rotate

    angle = torch.from_numpy(np.radians(angle_deg)).float()
    moved = HALF_SIDES * torch.from_numpy(shift).float()
    back = Pose(-angle, rotate(-moved[:, None], -angle)[:, 0], torch.ones(len(angle)))
    flat = torch.from_numpy(patches).float().flatten(1)
    return place(flat, back).reshape(patches.shape).round().clamp(0, 255).byte().numpy()


def draw_sheet(table: "pd.DataFrame", images: np.ndarray, name: str) -> Image.Image:
    """Draw objects in their order, row by row, captioned by number, probability and micrograph.

    Strangers are marked by "?". Of more than 400 as many are drawn, evenly along the order.
    """
    shown = np.unique(np.linspace(0, len(images) - 1, min(len(images), MOST_TILES)).round().astype(int))
    columns = max(6, round(1.3 * len(shown) ** 0.5))
    rows = -(-len(shown) // columns)
    width, height = TILE_PX + GAP_PX, TILE_PX + 2 * LINE_PX + GAP_PX
    size = (columns * width + 2 * MARGIN_PX - GAP_PX, rows * height + MARGIN_PX + TITLE_PX)
    sheet = Image.new("RGB", size, BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    _title(draw, name, len(images), len(shown))
    drawn = table.iloc[shown].assign(micrograph=_micrographs(table)[shown])
    for place, (row, image) in enumerate(zip(drawn.itertuples(), images[shown], strict=True)):
        corner = (MARGIN_PX + place % columns * width, TITLE_PX + place // columns * height)
        sheet.paste(Image.fromarray(image).resize((TILE_PX, TILE_PX), Image.Resampling.BICUBIC), corner)
        _caption(draw, (corner[0] + 1, corner[1] + TILE_PX + 1), row)
    return sheet


def _micrographs(table: "pd.DataFrame") -> np.ndarray:
    """Name the micrographs of objects [n], without their folders where that tells them apart."""
    files = table["source"].str.rpartition("/")[2]
    one_folder_a_file = table["source"].groupby(files).nunique().max() == 1
    return (files if one_folder_a_file else table["source"]).to_numpy()


def _caption(draw: ImageDraw.ImageDraw, corner: tuple[int, int], row: Any) -> None:
    """Write what is known of an object: a row of the table as a named tuple."""
    number = f"{row.object}  {row.probability:.2f}" + (" ?" if row.stranger else "")
    letters, colour = font(10), STRANGER if row.stranger else FAINT
    micrograph = shortened(row.micrograph, TILE_PX - 1, letters)
    for line, text in enumerate((number, micrograph)):
        draw.text((corner[0], corner[1] + line * LINE_PX), text, fill=colour, font=letters)


def _title(draw: ImageDraw.ImageDraw, name: str, n_objects: int, n_shown: int) -> None:
    some = "" if n_shown == n_objects else f", {n_shown} of them shown"
    count = f"{n_objects} object{'s' if n_objects > 1 else ''}{some}"
    letters = font(20)
    draw.text((MARGIN_PX, 10), name, fill=INK, font=letters)
    start = MARGIN_PX + letters.getlength(name) + 12
    text = f"{count}, in the order of the main style; below: number, probability, ? fits no class, micrograph"
    draw.text((start, 17), text, fill=FAINT, font=font(12))

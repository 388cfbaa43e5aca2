"""One page to browse a library: objects, sprite sheets and micrographs in a single file that needs no network."""

import html
import json
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ssrvae.base.files import write_text
from ssrvae.library.library_folder import Scenery
from ssrvae.library.pictures import shrunk, webp_uri
from ssrvae.library.sheets import main_style

if TYPE_CHECKING:
    import pandas as pd

LARGEST_CELL_PX = 64
SHEET_PX = 2048
PICTURES_BYTES = 9_000_000
"""All micrographs together; beyond it they are made smaller."""


class Library(NamedTuple):
    """A library to draw: table [n], patches uint8 [n, side, side], micrographs; span_px: a patch's side in px there."""

    title: str
    classes: list[str]
    span_px: int
    table: "pd.DataFrame"
    patches: np.ndarray
    scenery: list[Scenery]


def write_page(library: Library, path: Path) -> None:
    """Write the page, page.html with its style, script and data put in."""
    parts = {
        name: files("ssrvae.library").joinpath(f"page.{name}").read_text("utf-8") for name in ("html", "css", "js")
    }
    page = Template(parts["html"]).substitute(
        title=html.escape(library.title),
        style=parts["css"],
        script=parts["js"],
        data=json_in_html(page_data(library)),
    )
    write_text(page, path)


def json_in_html(value: Any) -> str:
    """Write JSON that no HTML parser takes for markup."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def page_data(library: Library) -> dict[str, Any]:
    """Gather what page.js reads; see there for the units."""
    names = list(dict.fromkeys(library.table["source"]))
    cells = _cells(library.patches)
    per_row = SHEET_PX // cells.shape[-1]
    per_sheet = per_row**2
    sheets = [_sheet(cells[start : start + per_sheet], per_row) for start in range(0, len(cells), per_sheet)]
    side = cells.shape[-1]
    return {
        "classes": library.classes,
        "span": library.span_px,
        "side": side,
        "perRow": per_row,
        "perSheet": per_sheet,
        "sheets": [webp_uri(sheet, 85) for sheet in sheets],
        "sheetSizes": [{"columns": sheet.shape[1] // side, "rows": sheet.shape[0] // side} for sheet in sheets],
        "sources": _sources(names, library.scenery),
        "objects": _columns(library, names),
    }


def _columns(library: Library, names: list[str]) -> dict[str, Any]:
    table = library.table
    codes = {name: code for code, name in enumerate(library.classes)}
    source = {name: number for number, name in enumerate(names)}
    ordered = table.groupby("class", group_keys=False)
    along = np.zeros(len(table))
    for rows in ordered.indices.values():
        along[rows] = main_style(table.iloc[rows])
    return {
        "source": [source[name] for name in table["source"]],
        "id": table["object"].tolist(),
        "row": _rounded(table["row"], 1),
        "column": _rounded(table["column"], 1),
        "class": [codes[name] for name in table["class"]],
        "probability": _rounded(table["probability"], 4),
        "stranger": table["stranger"].astype(int).tolist(),
        "familiarity": _rounded(table["familiarity"], 3),
        "angle": _rounded(table["angle_deg"], 2),
        "shiftX": _rounded(table["shift_x_px"] / library.span_px, 4),
        "shiftY": _rounded(table["shift_y_px"] / library.span_px, 4),
        "style": [_rounded(table[name], 3) for name in table.filter(regex=r"^style_\d+$")],
        "mainStyle": _rounded(along, 3),
        "area": table["area_px"].tolist(),
        "diameter": _rounded(table["diameter_nm"], 2),
        "probabilities": [_rounded(table[f"p_{name}"], 4) for name in library.classes],
        "outline": [
            None if corners is None else np.round(corners).astype(int).tolist() for corners in table["outline"]
        ],
    }


def _rounded(values: Any, digits: int) -> list[float | None]:
    """Round numbers for the page; what is not finite becomes null."""
    numbers = np.asarray(values, dtype=float).round(digits)
    return [value if np.isfinite(value) else None for value in numbers.tolist()]


def _cells(patches: np.ndarray) -> np.ndarray:
    """Make patches [n, side, side] small enough for a sheet of many."""
    return np.stack([shrunk(patch, LARGEST_CELL_PX / patches.shape[-1]) for patch in patches])


def _sheet(cells: np.ndarray, per_row: int) -> np.ndarray:
    """Lay cells [n, side, side] out row by row: [rows * side, columns * side]."""
    side, columns = cells.shape[-1], min(per_row, len(cells))
    rows = -(-len(cells) // columns)
    filled = np.concatenate([cells, np.zeros((rows * columns - len(cells), side, side), np.uint8)])
    return filled.reshape(rows, columns, side, side).transpose(0, 2, 1, 3).reshape(rows * side, columns * side)


def _sources(names: list[str], scenery: Sequence[Scenery]) -> list[dict[str, Any]]:
    pictures = _within_budget([scene.picture for scene in scenery])
    known = {scene.source: (scene, picture) for scene, picture in zip(scenery, pictures, strict=True)}
    found = []
    for name in names:
        if name in known:
            scene, picture = known[name]
            size = {"width": scene.width, "height": scene.height, "nmPerPixel": scene.nm_per_pixel}
            found.append({"name": name, "picture": picture} | size)
        else:
            found.append({"name": name, "picture": None})
    return found


def _within_budget(pictures: list[np.ndarray]) -> list[str]:
    """Encode micrographs, smaller where they are too much together."""
    encoded = [webp_uri(picture, 70) for picture in pictures]
    total = sum(map(len, encoded))
    if total <= PICTURES_BYTES:
        return encoded
    shrink = (PICTURES_BYTES / total) ** 0.5
    return [webp_uri(shrunk(picture, shrink), 70) for picture in pictures]

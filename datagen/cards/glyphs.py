"""Draw characters of a font as templates: white on black, anti-aliased, centred by their bounding boxes."""

import difflib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from datagen.errors import InputError
from datagen.values import is_real, require

if TYPE_CHECKING:
    from matplotlib.path import Path as OutlinePath

FONTS_NAMED = 8


def draw_glyphs(font: str, glyphs: Mapping[str, str], size_px: float, canvas_px: int) -> np.ndarray:
    """Draw one glyph a class; [classes, canvas_px, canvas_px] float32 in [0, 1].

    font: the name of an installed font, or a .ttf or .otf file; glyphs: class name to text. All share one
    font size, at which the longest side of any glyph's bounding box is size_px; every box is centred on the
    canvas. Raises InputError for an unknown font, a character that the font lacks, or a glyph that draws
    nothing.
    """
    fits = is_real(size_px) and 0 < size_px <= canvas_px
    require(fits, "templates.size_px", size_px, f"0 < size_px <= {canvas_px}")
    file = _font_file(font)
    outlines = [_outline(font, file, name, text) for name, text in glyphs.items()]
    boxes = [outline.get_extents() for outline in outlines]
    longest = max(max(box.width, box.height) for box in boxes)
    return np.stack([_rasterise(outline, size_px / longest, canvas_px) for outline in outlines])


def _font_file(font: str) -> str:
    """Find the font's file, matplotlib's own copy first: the templates must not depend on the machine."""
    import matplotlib
    from matplotlib.font_manager import FontProperties, findfont

    if not isinstance(font, str):
        raise InputError(f"templates.font: {font!r} is not the name of a font or a .ttf or .otf file")
    if font.lower().endswith((".ttf", ".otf")):
        return _existing_file(font)
    for directory in (f"{matplotlib.get_data_path()}/fonts/ttf", None):
        try:
            return findfont(FontProperties(family=font), directory=directory, fallback_to_default=False)
        except ValueError:
            continue
    raise InputError(
        f"templates.font: {font!r} is not installed; available are {_some(_installed_fonts(), font)}; "
        "a .ttf or .otf file also works"
    )


def _existing_file(font: str) -> str:
    if not Path(font).is_file():
        raise InputError(
            f"templates.font: there is no file {font!r}; give a font's name or an existing .ttf or .otf file"
        )
    return str(font)


def _outline(font: str, file: str, name: str, text: str) -> "OutlinePath":
    """Trace the text of class `name`; raises InputError where the font cannot draw it."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.path import Path as OutlinePath
    from matplotlib.textpath import text_to_path

    if not isinstance(text, str):
        raise InputError(f"templates.glyphs.{name}: {text!r} is not text; give a character of {font!r}")
    missing = [character for character in text if not _has_character(file, character)]
    if missing:
        raise InputError(
            f"templates.glyphs.{name}: font {font!r} has no {missing[0]!r} (U+{ord(missing[0]):04X}); "
            f"fonts that have it: {_some(_fonts_with(missing[0]), font) or 'none installed'}"
        )
    vertices, codes = text_to_path.get_text_path(FontProperties(fname=file), text)
    if not len(vertices):
        raise InputError(f"templates.glyphs.{name}: {text!r} draws nothing; give a visible character")
    return OutlinePath(vertices, codes)


def _has_character(file: str, character: str) -> bool:
    from matplotlib.ft2font import FT2Font

    try:
        return FT2Font(file).get_char_index(ord(character)) != 0
    except (OSError, RuntimeError):  # a font file that was removed, or is none
        return False


def _fonts_with(character: str) -> list[str]:
    return sorted({name for name, file in _fonts() if _has_character(file, character)})


def _fonts() -> Iterator[tuple[str, str]]:
    from matplotlib.font_manager import fontManager

    # The last-resort font has a box for every character: it would be offered for anything.
    listed = (entry for entry in fontManager.ttflist if not entry.name.startswith("Last Resort"))
    return ((entry.name, entry.fname) for entry in listed)


def _installed_fonts() -> list[str]:
    return sorted({name for name, _ in _fonts()})


def _some(names: list[str], wanted: str) -> str:
    """List a few names, those most like the wanted one first."""
    alike = difflib.get_close_matches(str(wanted), names, n=3)
    shown = (alike + [name for name in names if name not in alike])[:FONTS_NAMED]
    more = f" and {len(names) - len(shown)} more" if len(names) > len(shown) else ""
    return ", ".join(shown) + more


def _rasterise(outline: "OutlinePath", scale: float, canvas_px: int) -> np.ndarray:
    """Fill the outline, its bounding box centred on the canvas; [canvas_px, canvas_px] float32 coverage."""
    from matplotlib.backends.backend_agg import RendererAgg
    from matplotlib.transforms import Affine2D

    box = outline.get_extents()
    centred = Affine2D().translate(-(box.x0 + box.x1) / 2, -(box.y0 + box.y1) / 2).scale(scale)
    renderer = RendererAgg(canvas_px, canvas_px, dpi=72)
    context = renderer.new_gc()
    context.set_linewidth(0)
    context.set_snap(False)
    placed = centred.translate(canvas_px / 2, canvas_px / 2)
    renderer.draw_path(context, outline, placed, rgbFace=(1.0, 1.0, 1.0))
    coverage = np.asarray(renderer.buffer_rgba())[:, :, 3]
    return coverage.astype(np.float32) / 255

"""The scale of a micrograph, in nm a pixel, where its file tells: Zeiss, FEI, OME, ImageJ, or a plain resolution."""

import math
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from PIL.Image import Image
    from tifffile import TiffFile

NM_PER_UNIT = {
    "pm": 1e-3,
    "å": 0.1,
    "angstrom": 0.1,
    "nm": 1.0,
    "nanometer": 1.0,
    "um": 1e3,
    "µm": 1e3,
    "micron": 1e3,
    "microns": 1e3,
    "micrometer": 1e3,
    "mm": 1e6,
    "cm": 1e7,
    "centimeter": 1e7,
    "m": 1e9,
    "inch": 2.54e7,
}
RESOLUTION_UNITS = {2: "inch", 3: "cm"}
# A coarser resolution is that of a printer or a screen (2400 dots an inch are 10.6 um), not of a microscope.
COARSEST_NM = 10_000.0


def tiff_scale(tiff: "TiffFile") -> float | None:
    """Give nm a pixel as the microscope, OME or ImageJ wrote it, else by the resolution tags; None if not told."""
    for scale in (_zeiss(tiff), _fei(tiff), _ome(tiff), _resolution(tiff)):
        if scale is not None:
            return scale
    return None


def image_scale(image: "Image") -> float | None:
    """Give nm a pixel by the resolution of a PNG, JPEG or other image; None when it is only a printer's."""
    dots_per_inch = image.info.get("dpi", (0, 0))[0]
    return _plausible(NM_PER_UNIT["inch"] / float(dots_per_inch)) if dots_per_inch else None


def _zeiss(tiff: "TiffFile") -> float | None:
    _, size, unit = _lookup(tiff.sem_metadata, "ap_image_pixel_size", ("", 0, "nm"))
    return _in_nm(size, unit)


def _fei(tiff: "TiffFile") -> float | None:
    return _in_nm(_lookup(_lookup(tiff.fei_metadata, "Scan", {}), "PixelWidth", 0), "m")


def _ome(tiff: "TiffFile") -> float | None:
    text = tiff.ome_metadata or ""
    size = re.search(r'PhysicalSizeX="([^"]+)"', text)
    unit = re.search(r'PhysicalSizeXUnit="([^"]+)"', text)
    return _in_nm(size.group(1), unit.group(1) if unit else "um") if size else None


def _resolution(tiff: "TiffFile") -> float | None:
    tags = tiff.pages.first.tags
    if "XResolution" not in tags:
        return None
    dots, units = tags["XResolution"].value
    tagged = RESOLUTION_UNITS.get(int(tags["ResolutionUnit"].value), "") if "ResolutionUnit" in tags else "inch"
    unit = _lookup(tiff.imagej_metadata, "unit", tagged)
    return _in_nm(units / dots, unit) if dots else None


def _lookup(table: Any, key: str, default: Any) -> Any:
    return table.get(key, default) if isinstance(table, dict) else default


def _in_nm(size: Any, unit: Any) -> float | None:
    name = str(unit).replace("\\u00B5", "µ").replace("μ", "µ").strip().lower()
    try:
        return _plausible(float(size) * NM_PER_UNIT[name])
    except (KeyError, TypeError, ValueError):
        return None


def _plausible(nm: float) -> float | None:
    return nm if math.isfinite(nm) and 0 < nm < COARSEST_NM else None

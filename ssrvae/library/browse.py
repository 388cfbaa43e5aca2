"""Draw what a library holds: contact sheets and the page."""

from pathlib import Path

import numpy as np

from ssrvae.base.files import claim_folder
from ssrvae.library.library_folder import LibraryFolder
from ssrvae.library.page import Library, write_page
from ssrvae.library.sheets import turned_upright, write_sheets


def draw_library(path: Path) -> str:
    """Write the contact sheets and library.html of a library; returns a line on what was written."""
    folder = LibraryFolder(path)
    described = folder.describe()
    table, patches, scenery = folder.read()
    claim_folder(folder.sheets)
    shift = np.stack([table["shift_x_px"], table["shift_y_px"]], axis=1) / described["span_px"]
    upright = turned_upright(patches, table["angle_deg"].to_numpy(), shift)
    sheets = write_sheets(table, upright, described["classes"], folder.sheets)
    title = path.resolve().name
    write_page(Library(title, described["classes"], described["span_px"], table, patches, scenery), folder.page)
    size = folder.page.stat().st_size / 1e6
    return f"{folder.page}: {len(table)} objects, {size:.1f} MB; {len(sheets)} contact sheets in {folder.sheets}"

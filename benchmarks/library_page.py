"""Measure the page of a library in headless Chromium, offline: its size, and seconds until it can be used.

    python benchmarks/library_page.py [--objects 2000] [--repeats 5]

One CSV row a number, on standard output. Objects are cut from simulated micrographs; their readings are made up.
Seconds are wall clock, from the page's address to its tiles on the screen; `filter` is one click on a class.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from datagen.micrographs.patches import Cutting, cut_patches
from datagen.micrographs.segmentation import Segmentation, flatten, segment
from datagen.particles.simulated import Scene, simulate
from ssrvae.library.library_folder import Scenery
from ssrvae.library.objects import outlines
from ssrvae.library.page import Library, write_page

CLASSES = ["single", "double", "triple", "fourfold"]
SIDE_PX = 40


def simulated_library(n_objects: int) -> Library:
    """Cut objects from as many simulated micrographs as it takes."""
    rng, segmentation = np.random.default_rng(0), Segmentation(background=25)
    tables: list[pd.DataFrame] = []
    patches: list[np.ndarray] = []
    scenery: list[Scenery] = []
    while sum(map(len, patches)) < n_objects:
        name = f"simulated/{len(scenery)}.tif"
        made = simulate(Scene(), rng)
        objects = segment(made.pixels, segmentation)
        cut = cut_patches(flatten(made.pixels, segmentation), objects, Cutting(side_px=SIDE_PX))
        place = {"source": name, "object": cut.objects, "row": cut.rows, "column": cut.columns, "area_px": cut.area_px}
        tables.append(pd.DataFrame(place | {"outline": outlines(objects)}))
        patches.append(np.round(255 * cut.images).astype(np.uint8))
        height, width = made.pixels.shape
        scenery.append(Scenery(name, np.round(255 * made.pixels).astype(np.uint8), height, width, 2.78))
    table = pd.concat(tables, ignore_index=True)[:n_objects]
    return Library("simulated", CLASSES, SIDE_PX, _read(table, rng), np.concatenate(patches)[:n_objects], scenery)


def _read(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    n = len(table)
    made_up = {"class": rng.choice(CLASSES, n), "probability": rng.uniform(0.3, 1, n), "stranger": rng.random(n) < 0.01}
    made_up |= {name: rng.normal(0, 1, n) for name in ("style_1", "style_2", "style_3", "shift_x_px", "shift_y_px")}
    made_up |= {"angle_deg": rng.uniform(-180, 180, n), "familiarity": rng.normal(-200, 40, n)}
    made_up |= {f"p_{name}": rng.random(n) for name in CLASSES}
    return table.assign(**made_up, diameter_nm=2.78 * np.sqrt(4 * table["area_px"] / np.pi))


def browse(path: Path, repeats: int) -> Iterator[tuple[str, float]]:
    """Open a page again and again."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        loading, filtering = [], []
        for _ in range(repeats):
            page = browser.new_context(offline=True).new_page()
            loading.append(_seconds(page, partial(page.goto, path.as_uri())))
            filtering.append(_seconds(page, partial(page.click, ".chip")))
        browser.close()
    for what, values in {"load": loading, "filter": filtering}.items():
        yield f"{what}_seconds_median", statistics.median(values)
        yield f"{what}_seconds_longest", max(values)


def _seconds(page: Any, act: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    act()
    page.wait_for_selector("html[data-ready] .tile")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return time.perf_counter() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--objects", type=int, default=2000)
    parser.add_argument("--repeats", type=int, default=5)
    arguments = parser.parse_args()
    print("objects,metric,value")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "library.html"
        write_page(simulated_library(arguments.objects), path)
        print(f"{arguments.objects},megabytes,{path.stat().st_size / 1e6:.2f}")
        for metric, value in browse(path, arguments.repeats):
            print(f"{arguments.objects},{metric},{value:.2f}", flush=True)


if __name__ == "__main__":
    main()

"""The folder of a library: what is known of each source, known by its content, and all of it put together."""

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from datagen.errors import InputError
from datagen.npz import write_npz
from ssrvae.base.files import read_json, write_json, write_parquet
from ssrvae.library.damage import check_keys, damage_told
from ssrvae.library.object_table import check_columns, read_object_table
from ssrvae.library.pictures import write_webp

if TYPE_CHECKING:
    import pandas as pd

FORMAT = "ssrvae-library-2"
PICTURE_QUALITY = 80
CLASSIFY_AGAIN = "run ssrvae classify again"
DESCRIPTION = {"format": str, "model": str, "classes": list, "span_px": int}


class Scenery(NamedTuple):
    """A micrograph as it is kept: grey values uint8 [height, width] of its picture, and the true height and width."""

    source: str
    picture: np.ndarray
    height: int
    width: int
    nm_per_pixel: float | None


class Entry(NamedTuple):
    """What is known of one source: a row and a patch (uint8 [n, side, side]) for each object, and its micrographs."""

    name: str
    path: Path
    table: "pd.DataFrame"
    patches: np.ndarray
    scenery: list[Scenery]
    notes: list[str]


@dataclass(frozen=True)
class LibraryFolder:
    """Names the files of a library."""

    path: Path

    @property
    def description(self) -> Path:
        """Whose model made the library: its digest, classes, the width of a patch in px of the micrograph."""
        return self.path / "library.json"

    @property
    def objects(self) -> Path:
        """One row an object."""
        return self.path / "objects.parquet"

    @property
    def patches(self) -> Path:
        """`images`, uint8 [n, side, side], in the order of the objects."""
        return self.path / "patches.npz"

    @property
    def page(self) -> Path:
        """The page to browse."""
        return self.path / "library.html"

    @property
    def sheets(self) -> Path:
        """A contact sheet a class."""
        return self.path / "sheets"

    @property
    def sources(self) -> Path:
        """A folder for each source that is done."""
        return self.path / "sources"

    def begin(self, model_digest: str, classes: list[str], span_px: int) -> None:
        """Describe a new library; raises InputError for a folder that another model's library lies in."""
        described = {"format": FORMAT, "model": model_digest, "classes": classes, "span_px": span_px}
        if not self._done():
            write_json(described, self.description)
        elif self.describe() != described:
            raise InputError(
                f"{self.path}: holds a library made with another model or side_px; choose another --out, or delete it"
            )

    def describe(self) -> dict[str, Any]:
        """Read the description; raises InputError for a folder without a library, or of another format."""
        if not self.description.is_file():
            raise InputError(
                f"{self.path}: holds no library; make one by: ssrvae classify MODEL IMAGES --out {self.path}"
            )
        with damage_told(self.description, _remedy(self.path)):
            described = read_json(self.description)
            check_keys(described, DESCRIPTION)
        if described["format"] != FORMAT:
            raise InputError(
                f"{self.description}: format {described['format']!r}, this version reads {FORMAT!r}; "
                f"{_remedy(self.path)}"
            )
        return described

    def holds(self, key: str) -> bool:
        """Tell whether a source is done."""
        return (self.sources / key / "source.json").is_file()

    def check_name(self, name: str, path: Path) -> None:
        """Raise InputError when another file, that is still there, has the name: its objects would be replaced."""
        for _, described in self._done():
            known = Path(described["path"])
            if described["name"] == name and known != path and known.exists():
                raise InputError(f"{path}: the library holds {known} under the same name, {name}; rename a folder")

    def add(self, key: str, entry: Entry) -> None:
        """Write what is known of a source, its description last; an older state of the same source is removed."""
        folder = self.sources / key
        shutil.rmtree(folder, ignore_errors=True)
        write_parquet(entry.table, folder / "objects.parquet")
        write_npz({"images": entry.patches}, folder / "patches.npz")
        for number, scenery in enumerate(entry.scenery):
            write_webp(scenery.picture, folder / f"{number}.webp", PICTURE_QUALITY)
        kept = [scenery._asdict() | {"picture": f"{number}.webp"} for number, scenery in enumerate(entry.scenery)]
        write_json(
            {"name": entry.name, "path": str(entry.path), "scenery": kept, "notes": entry.notes}, folder / "source.json"
        )
        for other, known in self._done():
            if known["name"] == entry.name and other != folder:
                shutil.rmtree(other)

    def assemble(self) -> int:
        """Put all sources together in the order of their names; returns the number of objects, 0 for none."""
        import pandas as pd

        parts = [
            read_object_table(folder / "objects.parquet", folder / "patches.npz", _remedy(folder))
            for folder, _ in self._done()
        ]
        if not parts:
            return 0
        table = pd.concat([part for part, _ in parts], ignore_index=True)
        write_npz({"images": np.concatenate([patches for _, patches in parts])}, self.patches)
        write_parquet(table, self.objects)
        return len(table)

    def read(self) -> tuple["pd.DataFrame", np.ndarray, list[Scenery]]:
        """Read the table, the patches in [0, 255], and the micrographs; raises InputError when they are missing."""
        classes = self.describe()["classes"]
        if not self.objects.is_file():
            raise InputError(f"{self.path}: holds no objects yet; classify images first")
        table, patches = read_object_table(self.objects, self.patches, CLASSIFY_AGAIN)
        with damage_told(self.objects, CLASSIFY_AGAIN):
            check_columns(table, classes)
        scenery = [_read_scenery(folder, kept) for folder, done in self._done() for kept in done["scenery"]]
        return table, patches, scenery

    def _done(self) -> list[tuple[Path, dict[str, Any]]]:
        """List the folders of sources that are whole, by their names."""
        found = [(file.parent, _read_source(file)) for file in self.sources.glob("*/source.json")]
        return sorted(found, key=lambda each: each[1]["name"])


def source_key(*parts: Any) -> str:
    """Name a state of a source, the model and the settings: 16 hexadecimal digits."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _remedy(folder: Path) -> str:
    return f"delete {folder} and {CLASSIFY_AGAIN}"


def _read_source(file: Path) -> dict[str, Any]:
    with damage_told(file, _remedy(file.parent)):
        described = read_json(file)
        check_keys(described, {"name": str, "path": str, "scenery": list, "notes": list})
    return described


def _read_scenery(folder: Path, kept: dict[str, Any]) -> Scenery:
    from PIL import Image

    with (
        damage_told(folder / str(kept.get("picture")), _remedy(folder)),
        Image.open(folder / kept["picture"]) as opened,
    ):
        return Scenery(**(kept | {"picture": np.asarray(opened.convert("L"))}))

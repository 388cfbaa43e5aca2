"""Files of labels as people save them: what is meant is read, or the line that is wrong is named."""

import codecs
import unicodedata
from pathlib import Path

import pytest

from datagen.errors import InputError
from ssrvae.library.labels import Labels, read_labels

PLAIN = "image,row,column,label\na.png,3,4.5,disk\nb.png,5,6,Größe\n"
MEANT = [("a.png", (3, 4.5), "disk"), ("b.png", (5, 6), "Größe")]
QUOTED = "\n".join(",".join(f'"{value}"' for value in line.split(",")) for line in PLAIN.splitlines())
WRITTEN = {
    "plain": PLAIN,
    "byte order mark": codecs.BOM_UTF8 + PLAIN.encode(),
    "Windows-1252": PLAIN.encode("cp1252"),
    "Excel's Unicode text": PLAIN.replace(",", "\t").encode("utf-16"),
    "lines of Windows": PLAIN.replace("\n", "\r\n"),
    "lines of old Macs": PLAIN.replace("\n", "\r"),
    "semicolons and decimal commas": PLAIN.replace(",", ";").replace("4.5", "4,5"),
    "tabs": PLAIN.replace(",", "\t"),
    "delimiter told": "sep=;\n" + PLAIN.replace(",", ";"),
    "quotes": QUOTED,
    "spaces": PLAIN.replace(",", " , "),
    "capitals": PLAIN.replace("image,row,column,label", "Image,Row,Column,Label"),
    "columns in another order": "label,row,note,image,column\ndisk,3,odd,a.png,4.5\nGröße,5,,b.png,6\n",
    "commas at the ends": PLAIN.replace("\na", ",\na").replace("disk", "disk,,").replace("Größe", "Größe,"),
    "blank lines": "\n" + PLAIN.replace("\n", "\n\n,,,\n"),
}


@pytest.mark.parametrize("case", WRITTEN)
def test_what_is_meant_is_read(case, tmp_path: Path):
    written = WRITTEN[case]
    (tmp_path / "labels.csv").write_bytes(written if isinstance(written, bytes) else written.encode())
    labels = read_labels(tmp_path / "labels.csv").labels
    assert [(label.name, label.pixel, label.label) for label in labels] == MEANT


REFUSED = {
    "empty": ("", "labels.csv: is empty"),
    "binary": (b"PK\3\4\0\0", "labels.csv: is no text; expected a CSV file in UTF-8"),
    "missing column": ("image,row,label\na.png,1,a\n", "column 'column' is missing; expected a first line image,row"),
    "no header": ("a.png,1,2,a\n", "column 'image' is missing; expected a first line image,row,column,label or patch"),
    "column twice": ("patch,label,label\na,b,c\n", "column 'label' stands twice"),
    "no label": ("image,row,column,label\n", "holds no label"),
    "empty label": ("image,row,column,label\na.png,1,2,\n", "line 2: the label is empty"),
    "no number": ("image,row,column,label\na.png,1,x,a\n", "line 2: column 'x' is not a number of pixels"),
    "thousands": ('image,row,column,label\na.png,1,"1,024",a\n', "line 2: column '1,024' is not a number of pixels"),
    "blank lines before": ("image,row,column,label\n\n,,,\n\na.png,1,x,a\n", "line 5: column 'x' is not"),
    "a line within quotes before": ('patch,label,note\n1,a,"two\nlines"\n2,,b\n', "line 4: the label is empty"),
    "column without a name": (
        "image,row,column,label\n\na.png,1,2,a,odd\n",
        "line 3: holds 5 values for 4 columns; name every column in the first line, and quote a value",
    ),
    "decimal commas": ("image,row,column,label\na.png,1,5,2,a\n", "line 2: holds 5 values for 4 columns"),
    "open quotes": ('patch,label\n1,a\n"2,b\n3,c\n', "line 3: the quotes do not match"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_unclear_is_told_with_its_line(case, tmp_path: Path):
    written, message = REFUSED[case]
    (tmp_path / "labels.csv").write_bytes(written if isinstance(written, bytes) else written.encode())
    with pytest.raises(InputError) as caught:
        read_labels(tmp_path / "labels.csv")
    assert message in str(caught.value)


def test_labels_keep_names_that_look_like_missing_values(tmp_path: Path):
    (tmp_path / "labels.csv").write_text("patch, label\n0, NA\n1,nan\n")
    assert [label.label for label in read_labels(tmp_path / "labels.csv").labels] == ["NA", "nan"]


def labels_of_one(name: str, folder: Path) -> Labels:
    """Write and read a label of the given name."""
    (folder / "labels.csv").write_text(f'image,row,column,label\n"{name}",1,2,a\n')
    return read_labels(folder / "labels.csv")


WHERE = ("", "micrographs/", "/data/micrographs/", "C:\\data\\micrographs\\", "./")


@pytest.mark.parametrize("name", [*(f"{folder}a.png" for folder in WHERE), "a.png#1"])
def test_an_image_is_named_with_or_without_its_folder(name: str, tmp_path: Path):
    labels = labels_of_one(name, tmp_path)
    labels.check_names(["micrographs/a.png", "micrographs/b.png"])
    assert len(labels.of("micrographs/a.png")) == 1
    assert not labels.of("micrographs/b.png")


@pytest.mark.parametrize("name", ["a", "A.PNG", "other/a.png", "b.png", "a.png#x", "a.png#"])
def test_another_name_is_refused(name: str, tmp_path: Path):
    with pytest.raises(InputError, match=f"line 2: there is no micrograph '{name}'"):
        labels_of_one(name, tmp_path).check_names(["micrographs/a.png"])


@pytest.mark.parametrize("form", ["NFC", "NFD"])
@pytest.mark.parametrize("other", ["NFC", "NFD"])
def test_one_character_or_two_are_the_same_name(form: str, other: str, tmp_path: Path):
    labels = labels_of_one(unicodedata.normalize(form, "Müller.png"), tmp_path)
    source = unicodedata.normalize(other, "micrographs/Müller.png")
    labels.check_names([source])
    assert len(labels.of(source)) == 1


def test_a_number_sign_in_a_file_s_own_name_is_no_page(tmp_path: Path):
    labels = labels_of_one("day#2.png", tmp_path)
    labels.check_names(["micrographs/day#2.png"])
    assert labels.of("micrographs/day#2.png") == [(labels.labels[0], None)]

"""Words in pictures."""

from functools import cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

BACKGROUND, INK = "#ffffff", "#1b1f24"
CAPTION_PX, SHARE_OF_WIDTH = 14, 60


@cache
def font(size: int) -> ImageFont.FreeTypeFont:
    """Give the font of all pictures; that of Pillow lacks "ü" and "µ"."""
    import matplotlib

    return ImageFont.truetype(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", size)


def shortened(text: str, width_px: float, letters: ImageFont.FreeTypeFont) -> str:
    """Leave out of the middle what is wider than `width_px`: numbers stand at the end of names."""
    if letters.getlength(text) <= width_px:
        return text
    for kept in range(len(text) - 1, 0, -1):
        cut = f"{text[: kept // 3]}\N{HORIZONTAL ELLIPSIS}{text[len(text) - (kept - kept // 3) :]}"
        if letters.getlength(cut) <= width_px:
            return cut
    return ""


def with_caption(picture: Image.Image, *lines: str) -> Image.Image:
    """Put a caption of one or more lines beneath a picture, whose pixels stay where they are."""
    size = max(CAPTION_PX, picture.width // SHARE_OF_WIDTH)
    line_height, margin = 5 * size // 4, size // 4
    captioned = Image.new("RGB", (picture.width, picture.height + margin + line_height * len(lines)), BACKGROUND)
    captioned.paste(picture)
    letters, draw = font(size), ImageDraw.Draw(captioned)
    for number, line in enumerate(lines):
        place = (margin, picture.height + margin + line_height * number)
        draw.text(place, shortened(line, picture.width - 2 * margin, letters), fill=INK, font=letters)
    return captioned

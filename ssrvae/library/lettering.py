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


def with_caption(picture: Image.Image, text: str) -> Image.Image:
    """Put a caption beneath a picture, whose pixels stay where they are."""
    size = max(CAPTION_PX, picture.width // SHARE_OF_WIDTH)
    captioned = Image.new("RGB", (picture.width, picture.height + 3 * size // 2), BACKGROUND)
    captioned.paste(picture)
    letters, margin = font(size), size // 4
    line = shortened(text, picture.width - 2 * margin, letters)
    ImageDraw.Draw(captioned).text((margin, picture.height + margin), line, fill=INK, font=letters)
    return captioned

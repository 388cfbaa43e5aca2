"""The databar that microscopes write beneath an image: a band of one grey value with letters on it."""

import numpy as np

# Grey values in [0, 1]: compression moves the band's by less, letters stand out by more.
SAME_GREY, LETTER_CONTRAST = 0.025, 0.25
# Shares of a row's pixels that are of the band's grey: at least, of letters and of the first rows; at most, above.
LEAST_PLAIN, LEAST_AT_TOP, MOST_ABOVE = 0.33, 0.9, 0.25
# Shares of the band that letters and scale bar take.
LEAST_LETTERS, MOST_LETTERS = 0.003, 0.5
LEAST_ROWS, MOST_OF_IMAGE = 12, 0.35
EDGE_ROWS = 3


def databar_rows(pixels: np.ndarray) -> int:
    """Count the rows of the databar at the foot of an image [height, width] in [0, 1]; 0 where there is none."""
    height = len(pixels)
    grey = np.median(pixels[-LEAST_ROWS:])
    plain = (np.abs(pixels - grey) <= SAME_GREY).mean(axis=1)
    rows = _rows_at_foot(plain >= LEAST_PLAIN)
    if not LEAST_ROWS <= rows <= MOST_OF_IMAGE * height:
        return 0
    top = height - rows
    begins = plain[top : top + EDGE_ROWS].mean() >= LEAST_AT_TOP and plain[top - EDGE_ROWS : top].mean() <= MOST_ABOVE
    letters = (np.abs(pixels[top:] - grey) >= LETTER_CONTRAST).mean()
    return rows if begins and LEAST_LETTERS <= letters <= MOST_LETTERS else 0


def _rows_at_foot(plain: np.ndarray) -> int:
    """Count the rows from the foot to where more than a frame's line is not plain."""
    upwards = plain[::-1]
    for row in np.flatnonzero(~upwards):
        if not upwards[row : row + EDGE_ROWS + 1].any():
            return int(row)
    return len(plain)

"""A library from micrographs: every object cut out, classified, turned upright, measured, browsable."""

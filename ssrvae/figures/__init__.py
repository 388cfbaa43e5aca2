"""Figures of the benchmark, one file each, found by `registry`; what they share in drawing lies in `drawing`."""

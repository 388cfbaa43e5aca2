"""Micrographs: read from files, segmented, cut to patches."""

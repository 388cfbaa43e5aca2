"""Particles: agglomerates of simulated and real micrographs."""

EXAMPLES = ("simulated", "nanogold")
"""Sources of a micrograph to try things on; the second is fetched."""

"""Particles: agglomerates of simulated and real micrographs."""

"""Labelled image data whose generating factors are known: templates, affine factors, corruption, files.

Importing a module of this package loads NumPy only; torch and matplotlib are imported by the functions that
draw.
"""

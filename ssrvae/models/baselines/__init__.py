"""Rivals that are not scikit-learn's."""

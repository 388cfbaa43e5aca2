"""Scores, intervals and pose errors: numbers in, numbers out."""

"""Models behind scikit-learn's interface, and what they share."""

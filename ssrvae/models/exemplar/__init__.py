"""The exemplar model: an object's class by the labelled objects that it fits best, turned and mirrored."""

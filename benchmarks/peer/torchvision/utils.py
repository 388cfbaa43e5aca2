"""The one name that pyroVED imports."""


def make_grid(tensor: object, nrow: int = 8, padding: int = 2, pad_value: float = 0.0) -> object:
    """Refuse: nothing is drawn in a benchmark."""
    raise NotImplementedError("this stands in for torchvision, and draws nothing; install torchvision to draw")

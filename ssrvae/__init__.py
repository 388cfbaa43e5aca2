"""Semi-supervised learning of images with strong rotational disorder.

Public names are declared in `__init__.pyi` and imported on first use, so that `import ssrvae` and the command line's
help stay fast.
"""

import lazy_loader

__version__ = "0.1.0"
__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

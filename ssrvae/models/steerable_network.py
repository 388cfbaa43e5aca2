"""A steerable convolutional network: its features turn with the image, and its answer stays as it is.

Built on e2cnn, the optional dependency `steerable` of this package, imported when a network is built.
"""

import warnings
from functools import partial
from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

TURNS = 8
"""Elements of the group of turns: features come in TURNS orientations."""
SIDE_PX = 33
"""Images are resampled to this side: halved with both ends kept, 33, 17, 9 and 5 px, so that pixels turn to pixels."""
FIELDS = (3, 6, 12, 12)
KERNEL_PX = 5
SMOOTHING_PX = 0.66
"""Standard deviation of the blur before every other pixel is left out, e2cnn's own in its examples."""


class SteerableConvolutions(nn.Module):
    """Logits [n, classes] of images [n, size * size], which no turn by 360 / TURNS degrees changes but for its pixels.

    Regular features of the cyclic group, batch normalisation, halving by a blurred mean, the greatest answer over the
    orientations, the mean over the image, a linear layer. Source: Weiler and Cesa 2019, arXiv:1911.08251.

    Raises ImportError where e2cnn is not installed.
    """

    def __init__(self, size: int, n_classes: int) -> None:
        super().__init__()
        try:
            from e2cnn import gspaces
            from e2cnn import nn as steerable
        except ImportError as error:
            raise ImportError(f"the network 'steerable' needs e2cnn ({error}); pip install e2cnn") from error
        space = gspaces.Rot2dOnR2(TURNS)
        grey = steerable.FieldType(space, [space.trivial_repr])
        types = [grey, *(steerable.FieldType(space, n * [space.regular_repr]) for n in FIELDS)]
        layers: list[nn.Module] = []
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "indexing with dtype torch.uint8", UserWarning)
            for depth, (taken, given) in enumerate(pairwise(types)):
                layers += [steerable.PointwiseAvgPoolAntialiased(taken, SMOOTHING_PX, stride=2)] if depth else []
                layers += [
                    steerable.R2Conv(taken, given, KERNEL_PX, padding=KERNEL_PX // 2, bias=False),
                    steerable.InnerBatchNorm(given),
                    steerable.ReLU(given),
                ]
            self.features = steerable.SequentialModule(*layers, steerable.GroupPooling(types[-1]))
        self.size = size
        self.head = nn.Linear(FIELDS[-1], n_classes)
        self._as_field = partial(steerable.GeometricTensor, type=grey)

    def forward(self, images: Tensor) -> Tensor:
        """images: [n, size * size]. Returns logits [n, classes]."""
        squares = images.reshape(-1, 1, self.size, self.size)
        resampled = F.interpolate(squares, SIDE_PX, mode="bilinear", align_corners=True)
        return self.head(self.features(self._as_field(resampled)).tensor.mean((2, 3)))

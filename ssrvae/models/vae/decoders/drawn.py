"""What decoders share that draw whole images."""

from torch import Tensor, nn

from ssrvae.models.geometry import Pose


class DrawnDecoder(nn.Module):
    """A decoder that scores images by drawing them."""

    def log_likelihood(
        self, likelihood: nn.Module, images: Tensor, latents: Tensor, pose: Pose | None, pixels: Tensor | None
    ) -> Tensor:
        """Score images [n, pixels wanted] under latents [*batch, n, latents] and poses [*batch, n]: [*batch, n]."""
        return likelihood(self(latents, pose, pixels)).log_prob(images)

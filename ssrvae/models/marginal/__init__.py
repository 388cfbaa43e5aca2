"""The marginal-pose model: class and style of an image with its angle and shift summed out over a grid."""

"""Given upright images, turned: digits and animals' silhouettes."""

"""VAE, rVAE, ss-VAE and ss-rVAE."""

"""Cards: images of upright templates, turned, sheared, scaled and shifted."""

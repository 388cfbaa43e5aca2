"""The look that all figures share: fonts, sizes, method and class colours, colour maps, labels with units."""

from __future__ import annotations

from contextlib import AbstractContextManager

from datagen.stress_factors import stress_axes

PAGE_WIDTH_IN = 7.0

ACCURACY_MAP = "viridis"
CONFUSION_MAP = "cividis"
DIFFERENCE_MAP = "vlag"

AXIS_LABELS = {
    **{name: axis.label for name, axis in stress_axes().items()},
    "accuracy": "Accuracy (share of test images)",
    "labels_per_class": "Labelled images a class",
    "angle_error_deg": "Absolute angle error (degrees)",
    "shift_error_px": "Shift error (pixels)",
    "style_1": "Style $z_1$ (prior s.d.)",
    "style_2": "Style $z_2$ (prior s.d.)",
    "epoch": "Epoch",
    "loss": "Training loss (nats per image)",
    "balanced_accuracy": "Balanced accuracy",
}


def paper_style() -> AbstractContextManager[None]:
    """Return the context that figures are built and saved in: page-sized type, reproducible bytes."""
    import matplotlib

    return matplotlib.rc_context(
        {
            "font.family": "DejaVu Sans",
            "font.size": 8,
            "axes.titlesize": 8.5,
            "axes.labelsize": 8,
            "xtick.labelsize": 7.5,
            "ytick.labelsize": 7.5,
            "legend.fontsize": 7.5,
            "legend.frameon": False,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "lines.linewidth": 1.4,
            "lines.markersize": 4.5,
            "savefig.dpi": 200,
            "figure.constrained_layout.h_pad": 0.06,
            "svg.hashsalt": "ssrvae",
        }
    )

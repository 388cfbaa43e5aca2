"""How each method is named and drawn everywhere: label, colour, marker, line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# Okabe and Ito's colour-blind-safe set; its yellow is left out as too pale for lines on white.
BLACK, GREY, ORANGE, SKY, GREEN, BLUE, VERMILION, PURPLE = (
    "#000000",
    "#999999",
    "#E69F00",
    "#56B4E9",
    "#009E73",
    "#0072B2",
    "#D55E00",
    "#CC79A7",
)
CLASS_COLORS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK, GREY)
CLASS_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")


@dataclass(frozen=True)
class MethodStyle:
    """How one method is named and drawn everywhere."""

    label: str
    color: str
    marker: str
    line: str = "-"


METHODS = {
    "chance": MethodStyle("chance", BLACK, "", ":"),
    "decision_tree": MethodStyle("decision tree", PURPLE, "v"),
    "random_forest": MethodStyle("random forest", SKY, "^"),
    "xgboost": MethodStyle("XGBoost", ORANGE, "D"),
    "area": MethodStyle("area alone", BLACK, "|"),
    "moments": MethodStyle("moments alone", PURPLE, "D"),
    "label_spreading": MethodStyle("label spreading", GREY, "P"),
    "self_training": MethodStyle("self-training", BLACK, "X", "--"),
    "mlp": MethodStyle("MLP, augmented", SKY, "s", "--"),
    "cnn": MethodStyle("CNN, augmented", BLUE, "D", "--"),
    "cnn_noise": MethodStyle("CNN, augmented, also noisy", BLUE, "v", ":"),
    "fixmatch": MethodStyle("FixMatch, CNN", VERMILION, "^", "--"),
    "steerable": MethodStyle("steerable CNN, augmented", GREEN, "s", "--"),
    "rvae_neighbours": MethodStyle("rVAE, nearest neighbours", GREY, "v", "--"),
    "aligned_svm": MethodStyle("SVM, aligned kernel", VERMILION, "^"),
    "aligned_invariants_svm": MethodStyle("SVM, aligned kernel and invariants", VERMILION, "v", "--"),
    "invariants_linear": MethodStyle("invariants, logistic regression", ORANGE, "^"),
    "invariants_spreading": MethodStyle("invariants, label spreading", ORANGE, "v", "--"),
    "zernike_spreading": MethodStyle("Zernike moments, label spreading", GREY, "X", "--"),
    "upright_svm": MethodStyle("upright pixels, SVM", BLACK, "s"),
    "upright_forest": MethodStyle("upright pixels, random forest", BLACK, "^", "--"),
    "vae": MethodStyle("VAE", GREY, "s", ":"),
    "rvae": MethodStyle("rVAE", GREY, "o", ":"),
    "ssvae": MethodStyle("ss-VAE", BLUE, "s"),
    "ssrvae": MethodStyle("ss-rVAE", VERMILION, "o"),
    "ssrvae_paper": MethodStyle("ss-rVAE, the paper's setting", ORANGE, "o", "--"),
    "marginal": MethodStyle("marginal pose", GREEN, "*"),
    "marginal_moments": MethodStyle("marginal pose, moments", GREEN, "P", "--"),
    "marginal_standalone": MethodStyle("marginal pose, standalone", PURPLE, "P", "--"),
    "marginal_pixels": MethodStyle("marginal pose, pixels of labels", ORANGE, "P", "--"),
    "marginal_alone": MethodStyle("marginal pose, labels alone", ORANGE, "X", "--"),
    "exemplar": MethodStyle("exemplars", BLACK, "o"),
}


def method_styles(names: Iterable[str], among: Iterable[str] = ()) -> dict[str, MethodStyle]:
    """Return each method's style, known ones in the fixed order; others are dash-dotted, colours in turn.

    `among`, a study's methods, gives those others one style whichever of them are drawn.
    """
    present = set(names)
    known = {name: style for name, style in METHODS.items() if name in present}
    others = sorted({*present, *among} - set(METHODS))
    return known | {name: _next_style(name, i) for i, name in enumerate(others) if name in present}


def _next_style(name: str, i: int) -> MethodStyle:
    lap, n_colors = i // len(CLASS_COLORS), len(CLASS_COLORS)
    return MethodStyle(name, CLASS_COLORS[i % n_colors], CLASS_MARKERS[(i + lap) % len(CLASS_MARKERS)], line="-.")


def method_label(name: str) -> str:
    """Return the printed name of a method; an unknown one keeps its own."""
    return METHODS[name].label if name in METHODS else name


def model_label(name: str, params: Mapping[str, Any]) -> str:
    """Return the printed name of a method and, of a VAE fitted with these parameters, what sets it apart.

    As "ss-rVAE (warped decoder, every pixel)".
    """
    settings = model_settings(params)
    return method_label(name) + (f" ({', '.join(settings)})" if settings else "")


def model_settings(params: Mapping[str, Any]) -> list[str]:
    """Return what sets apart a VAE fitted with these parameters: its decoder, and whether a step sees every pixel."""
    decoder = params.get("decoder", "")
    kind = decoder if isinstance(decoder, str) else str(decoder.get("estimator", ""))
    every_pixel = "likelihood_pixels" in params and params["likelihood_pixels"] is None
    return [f"{kind} decoder"] * bool(kind) + ["every pixel"] * every_pixel

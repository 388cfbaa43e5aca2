"""Figures of the benchmark: pure functions of tables and run outputs, nothing is trained to draw one."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

_FIGURES = {
    "fig2_data": "ssrvae.figures.data_images:draw_data",
    "fig3a_accuracy": "ssrvae.figures.accuracy:draw_accuracy",
    "fig3b_ssvae_traversals": "ssrvae.figures.traversals:draw_ssvae_traversals",
    "fig3c_ssrvae_traversals": "ssrvae.figures.traversals:draw_ssrvae_traversals",
    "fig4a_shear_rotation": "ssrvae.figures.stress_maps:draw_shear_rotation",
    "fig4bc_confusion": "ssrvae.figures.confusions:draw_stress_points",
    "fig4d_corruptions": "ssrvae.figures.corruptions:draw_corruptions",
    "fig4e_noise": "ssrvae.figures.noise:draw_noise",
    "fig4f_contamination": "ssrvae.figures.stress_maps:draw_contamination",
    "figS2_confusion": "ssrvae.figures.confusions:draw_models",
    "figS3_baselines": "ssrvae.figures.confusions:draw_baselines",
    "training": "ssrvae.figures.training:draw_training",
    "videoS1_ssvae": "ssrvae.figures.video_training:draw_ssvae_training",
    "videoS2_ssrvae": "ssrvae.figures.video_training:draw_ssrvae_training",
    "videoS3_labels": "ssrvae.figures.video_labels:draw_labels",
    "marginal_traversals": "ssrvae.figures.traversals:draw_marginal_traversals",
    "marginal_confusion": "ssrvae.figures.confusions:draw_marginal",
    "marginal_stress": "ssrvae.figures.marginal_stress:draw_marginal_stress",
    "learning_curve": "ssrvae.figures.learning_curve:draw_learning_curve",
    "pose_errors": "ssrvae.figures.pose_errors:draw_pose_errors",
    "pose_posteriors": "ssrvae.figures.pose_posteriors:draw_pose_posteriors",
    "reconstructions": "ssrvae.figures.reconstructions:draw_reconstructions",
    "ablation": "ssrvae.figures.ablation:draw_ablation",
    "fig5_simulated": "ssrvae.figures.latents:draw_simulated_vaes",
    "fig5_gold": "ssrvae.figures.latents:draw_gold_vaes",
    "fig6_ssrvae_simulated": "ssrvae.figures.latents:draw_simulated_ssrvae",
    "fig6_ssrvae_gold": "ssrvae.figures.latents:draw_gold_ssrvae",
    "fig6_marginal_simulated": "ssrvae.figures.latents:draw_simulated_marginal",
    "fig6_marginal_gold": "ssrvae.figures.latents:draw_gold_marginal",
    "figS3_simulated": "ssrvae.figures.confusions:draw_simulated_baselines",
    "figS3_gold": "ssrvae.figures.confusions:draw_gold_baselines",
    "particles_accuracy": "ssrvae.figures.particles:draw_accuracy",
    "particles_recall": "ssrvae.figures.particles:draw_recall",
}

NAMES: tuple[str, ...] = tuple(_FIGURES)


def draw(name: str, results_dir: Path, reference_dir: Path, out_stem: Path) -> None:
    """Draw one figure to <out_stem>.png, .svg and .csv, or one video (video*) to <out_stem>.gif and .csv.

    Reads results_dir/{tables,data,runs,stress} and reference_dir/paper. Failed or absent runs leave a panel
    that says so. Raises InputError for an unknown name or a missing table.
    """
    from datagen.errors import InputError
    from ssrvae.figures.drawing.output import write
    from ssrvae.figures.drawing.study_results import Sources
    from ssrvae.figures.drawing.style import paper_style

    if name not in _FIGURES:
        raise InputError(f"figure: got {name!r}; allowed are {', '.join(NAMES)}")
    module, function = _FIGURES[name].split(":")
    with paper_style():
        drawing = getattr(import_module(module), function)(Sources(results_dir, reference_dir))
        write(drawing, out_stem)

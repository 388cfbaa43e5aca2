"""How methods are named and coloured, the same in every figure."""

from __future__ import annotations

from ssrvae.analysis.method_styles import METHODS, method_styles, model_label
from tests.figures.drawings import drawn, opened, words


def test_the_models_own_settings_are_told_from_the_papers(one_seed):
    for name in ("fig3a_accuracy", "learning_curve"):
        assert "ss-rVAE of this study: warped decoder." in words(drawn(name, one_seed))
    assert opened(one_seed).model_note("rotation_60", "ssvae") == ""


def test_the_decoder_is_named_where_the_run_names_it(one_seed):
    study = opened(one_seed)
    assert study.model_name("rotation_60", "ssrvae") == "ss-rVAE (warped decoder)"
    assert study.model_name("rotation_60", "ssvae") == "ss-VAE"
    assert study.model_name("nowhere", "ssrvae") == "ss-rVAE"


def test_a_model_is_named_by_what_sets_it_apart():
    assert model_label("ssrvae", {"likelihood_pixels": None}) == "ss-rVAE (every pixel)"
    assert model_label("ssrvae", {"decoder": {"estimator": "my.Decoder"}}) == "ss-rVAE (my.Decoder decoder)"
    assert model_label("ssrvae", {"likelihood_pixels": 0.25}) == "ss-rVAE"


def test_methods_keep_their_colours_whatever_else_is_drawn():
    alone, together = method_styles(["ssrvae"]), method_styles(["mine", "ssrvae", "xgboost"])
    assert alone["ssrvae"] == together["ssrvae"]
    assert list(together) == ["xgboost", "ssrvae", "mine"]
    looks = {(style.color, style.marker, style.line) for style in METHODS.values()}
    assert len(looks) == len(METHODS)


def test_methods_of_ones_own_look_alike_in_every_figure_of_a_study_and_each_unlike_the_others(one_seed):
    study = opened(one_seed)
    own = [f"own_{i:02}" for i in range(20)]
    study.plan.config["methods"] |= {name: {} for name in own}
    every = study.styles(own)
    assert {name: study.styles([name])[name] for name in own} == every
    assert len({(style.color, style.marker) for style in every.values()}) == len(own)

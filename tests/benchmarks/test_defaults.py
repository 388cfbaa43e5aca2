"""The table of settings tells an interval only where draws vary."""

import pandas as pd

from benchmarks.defaults import COLUMNS, summary


def test_the_defaults_lead_over_itself_has_no_interval():
    runs = [("default", 0, 0.90, 50), ("default", 1, 0.92, 50), ("3 epochs", 0, 0.60, 20), ("3 epochs", 1, 0.64, 20)]
    table = summary(pd.DataFrame(runs, columns=COLUMNS)).set_index("setting")
    assert table["lead"].to_dict() == {"default": "+0.000", "3 epochs": "-0.290 [-0.417, -0.163]"}

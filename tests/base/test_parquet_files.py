"""Parquet tables: what a disk changes is told of, not read."""

import numpy as np
import pandas as pd
import pytest

from ssrvae.base.files import read_parquet, write_parquet


def test_a_value_that_changed_on_the_disk_is_told_of(tmp_path):
    table = pd.DataFrame({"angle_deg": np.linspace(0, 1, 1000)})
    write_parquet(table, tmp_path / "whole")
    content = bytearray((tmp_path / "whole").read_bytes())
    content[1000] ^= 1  # among the values
    (tmp_path / "spoilt").write_bytes(content)
    pd.testing.assert_frame_equal(read_parquet(tmp_path / "whole"), table)
    with pytest.raises(OSError, match="checksum"):
        read_parquet(tmp_path / "spoilt")

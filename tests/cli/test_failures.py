"""What a failing command prints: one line, and where the traceback is."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from datagen.errors import InputError
from ssrvae.base.errors import DivergenceError
from ssrvae.cli.failures import BAD_INPUT, IN_A_JOB, STOPPED, UNFORESEEN, run_command


def failing(error):
    def command():
        raise error

    return command


def test_an_unforeseen_error_is_one_line_that_names_the_file_of_its_traceback(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert run_command(failing(KeyError("a\nb"))) == UNFORESEEN
    (line,) = capsys.readouterr().err.splitlines()
    (log,) = tmp_path.iterdir()
    assert line.startswith("error: unforeseen KeyError: ")
    assert str(log) in line
    assert "raise error" in log.read_text()


def test_a_traceback_that_cannot_be_written_is_said_and_hides_no_error(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "absent"))
    assert run_command(failing(KeyError("a"))) == UNFORESEEN
    (line,) = capsys.readouterr().err.splitlines()
    assert re.fullmatch(r"error: unforeseen KeyError: 'a'; its traceback could not be written \(.*\)", line)


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (InputError("a: b"), BAD_INPUT, "error: a: b"),
        (InputError("a:\n b"), BAD_INPUT, "error: a:  b"),
        (DivergenceError("a: b"), BAD_INPUT, "error: a: b"),
        (PermissionError(13, "Permission denied", "x.csv"), BAD_INPUT, "error: x.csv: Permission denied"),
        (KeyboardInterrupt(), STOPPED, "stopped"),
    ],
)
def test_what_a_user_can_mend_is_one_line(error, code, line, capsys):
    assert run_command(failing(error)) == code
    assert capsys.readouterr().err == line + "\n"


def run(*arguments, **options):
    return subprocess.run([sys.executable, "-m", "ssrvae", *arguments], text=True, check=False, **options)


NO_STANZA = ("data", "--recipe", '{"root_seed": 0, "data": 3}', "--seed", "0", "--out", "data.npz")


def test_a_job_of_the_workflow_keeps_the_traceback_in_its_log_and_nobody_else_sees_it(tmp_path):
    outside = {name: value for name, value in os.environ.items() if name != IN_A_JOB} | {"TMPDIR": str(tmp_path)}
    for name, environment in (("user", outside), ("job", outside | {IN_A_JOB: "1"})):
        with (tmp_path / name).open("w") as log:
            assert run(*NO_STANZA, cwd=tmp_path, env=environment, stderr=log).returncode == UNFORESEEN
    user, job = ((tmp_path / name).read_text() for name in ("user", "job"))
    assert user.count("\n") == 1
    assert user.startswith("error: unforeseen ")
    assert "Traceback" in job
    assert job.splitlines()[-1].startswith(user.partition("; its traceback")[0])


def test_a_reader_that_leaves_early_hears_no_complaint():
    config = Path(__file__).parents[2] / "config" / "full.yaml"
    with subprocess.Popen(
        [sys.executable, "-m", "ssrvae", "plan", str(config)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as running:
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 128 + signal.SIGPIPE

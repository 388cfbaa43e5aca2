"""What a failing command prints: one line, and where the traceback is."""

import json
import os
import re
import signal
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

import ssrvae.__main__
from datagen.dataset import load_dataset
from datagen.errors import InputError
from ssrvae.base.errors import DivergenceError
from ssrvae.cli.failures import BAD_INPUT, IN_A_JOB, STOPPED, UNFORESEEN, run_command

ROOT = Path(__file__).parents[2]


SMALLER = "ask for fewer or smaller images, or a smaller model"
NO_MEMORY_FOR_TORCH = "error: not enough memory (DefaultCPUAllocator: can't allocate memory)"


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
        (MemoryError("a"), BAD_INPUT, f"error: not enough memory (a); {SMALLER}"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory\nb"), BAD_INPUT, f"{NO_MEMORY_FOR_TORCH}; {SMALLER}"),
    ],
)
def test_what_a_user_can_mend_is_one_line(error, code, line, capsys):
    assert run_command(failing(error)) == code
    assert capsys.readouterr().err == line + "\n"


def run_python(code):
    command = [sys.executable, "-S", "-c", code]  # without site: an editable install imports more than we do
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout


def run(*arguments, **options):
    return subprocess.run([sys.executable, "-m", "ssrvae", *arguments], text=True, check=False, **options)


RECIPE = json.dumps(
    {
        "root_seed": 0,
        "data": {"kind": "cards", "image_size": 12}
        | {split: {"per_class": 2} for split in ("labelled", "unlabelled", "test")},
    }
)
NO_STANZA = ("data", "--recipe", '{"root_seed": 0, "data": 3}', "--seed", "0", "--out", "data.npz")


def test_ctrl_c_while_the_commands_are_being_imported_is_told_as_later(monkeypatch, capsys):
    class BrokenOff(ModuleType):
        def __getattr__(self, name):
            raise KeyboardInterrupt

    monkeypatch.setitem(sys.modules, "ssrvae.cli", BrokenOff("ssrvae.cli"))
    assert ssrvae.__main__.main() == STOPPED
    assert capsys.readouterr().err == "stopped\n"


def test_the_command_imports_its_modules_where_ctrl_c_is_told():
    command = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]["ssrvae"]
    assert command == "ssrvae.__main__:main"
    loaded = run_python("import ssrvae.__main__, sys; print(*sys.modules)").split()
    assert "ssrvae.base.errors" in loaded
    assert not {"argparse", "logging", "ssrvae.cli"} & set(loaded)


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


@pytest.mark.parametrize("arguments", [("plan", str(ROOT / "config" / "full.yaml")), ("schema",), ("fit", "--help")])
def test_a_reader_that_leaves_early_hears_no_complaint(arguments):
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-m", "ssrvae", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=buffered) as running:
        running.stdout.close()
        assert running.stderr.read() == b""
    assert running.returncode == 128 + signal.SIGPIPE


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
def test_a_stream_that_the_shell_closed_takes_what_is_printed_and_nothing_else_does(closed, tmp_path):
    """Without a stream of that number, the data set's file would have it, and what is printed."""
    written = f"{sys.executable} -m ssrvae data --recipe '{RECIPE}' --seed 0 --out data.npz {closed}"
    failing = f"{sys.executable} -m ssrvae validate absent.yaml {closed}"
    environment = {**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    options = {"shell": True, "cwd": tmp_path, "env": environment, "capture_output": True, "text": True}
    done = subprocess.run(written, **options)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(load_dataset(tmp_path / "data.npz").images) == 24
    done = subprocess.run(failing, **options)
    assert (done.returncode, done.stdout) == (BAD_INPUT, "")

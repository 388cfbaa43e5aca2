"""What a running study shows, from the records that Snakemake logs."""

import io
import logging
import sys
from types import SimpleNamespace

import pytest
from snakemake_interface_logger_plugins.common import LogEvent

from ssrvae.study.progress import StudyProgress


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self):
        return True


class Run:
    """A run of four jobs, told by records as Snakemake's."""

    def __init__(self, folder):
        self.folder = folder
        self.default = logging.StreamHandler(io.StringIO())
        jobs = [SimpleNamespace(rule=SimpleNamespace(name="fit"), wildcards_dict={}) for _ in range(4)]
        workflow = SimpleNamespace(dag=SimpleNamespace(needrun_jobs=lambda: jobs), cores=2)
        self.progress = StudyProgress("tiny", folder, workflow, self.default)

    def log(self, event=None, level=logging.INFO, message="", **fields):
        record = logging.LogRecord("snakemake.logging", level, __file__, 1, message, (), None)
        record.__dict__ |= {"event": event, **fields}
        self.progress.handle(record)

    def start(self, number, rule="fit", output=("model",), **wildcards):
        log = self.folder / f"{number}.log"
        self.log(
            LogEvent.JOB_INFO, jobid=number, rule_name=rule, wildcards=wildcards, log=[str(log)], output=list(output)
        )
        return log

    def fail(self, number):
        fields = {"rule_name": "fit", "wildcards": {}, "log": [str(self.folder / f"{number}.log")], "output": ["model"]}
        self.log(LogEvent.JOB_ERROR, logging.ERROR, "Error in rule fit", jobid=number, **fields)


@pytest.fixture
def run(tmp_path):
    run = Run(tmp_path)
    yield run
    run.progress.close()


def at_a_terminal(monkeypatch):
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    return stream


def test_without_a_terminal_every_job_that_ends_is_a_line(run, capsys):
    run.log(LogEvent.RUN_INFO)
    run.start(1, dataset="rotation_60", method="tree", seed="0")
    run.start(2, rule="figure_fig2_data")
    run.log(LogEvent.JOB_FINISHED, job_id=2)
    run.log(LogEvent.JOB_FINISHED, job_id=1)
    assert capsys.readouterr().err.splitlines() == [
        "[1/4] figure fig2_data, 0 s",
        "[2/4] fit rotation_60 tree seed0, 0 s",
    ]


def test_on_a_terminal_one_line_tells_what_runs_how_much_is_done_and_how_long_it_takes(run, monkeypatch):
    terminal = at_a_terminal(monkeypatch)
    run.log(LogEvent.RUN_INFO)
    for number in range(4):
        run.start(number, seed=str(number))
    run.log(LogEvent.JOB_FINISHED, job_id=0)
    assert "\n" not in terminal.getvalue()
    last = terminal.getvalue().rpartition("\r")[2]
    assert last.startswith("tiny |")
    assert "1/4 jobs, 00:" in last
    assert "left: fit seed1, fit seed2, fit seed3" in last
    run.progress.finish()
    assert terminal.getvalue().rpartition("\r")[2].strip() == ""


def test_nothing_is_drawn_into_what_a_job_without_files_prints(run, monkeypatch):
    terminal = at_a_terminal(monkeypatch)
    run.log(LogEvent.RUN_INFO)
    run.start(1)
    run.start(2, rule="regression", output=())
    assert terminal.getvalue().rpartition("\r")[2].strip() == ""
    run.log(LogEvent.JOB_FINISHED, job_id=2)
    assert "1/4 jobs" in terminal.getvalue().rpartition("\r")[2]


def test_warnings_of_a_job_are_shown_and_counted(run, capsys):
    run.log(LogEvent.RUN_INFO)
    run.start(1).write_text("epoch 1\nwarning: a on b, seed 0 failed: no room\n")
    run.log(LogEvent.JOB_FINISHED, job_id=1)
    run.progress.succeed()
    ended, warned, last = capsys.readouterr().err.splitlines()
    assert ended.startswith("[1/4] fit")
    assert warned == "warning: a on b, seed 0 failed: no room"
    assert last.startswith("study tiny: done in ")
    assert last.endswith("warnings above: 1")


def test_a_failed_job_is_told_once_with_the_end_of_its_log(run, capsys):
    run.log(LogEvent.RUN_INFO)
    run.start(1).write_text("".join(f"line {number}\n" for number in range(500)))
    run.fail(1)
    run.fail(1)
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "failed: fit"
    assert lines[-1] == "  | line 499"
    assert 5 < len(lines) < 40


def test_a_job_that_is_tried_again_is_told_each_time_that_it_fails(run, capsys):
    run.log(LogEvent.RUN_INFO)
    for attempt in ("first", "second"):
        run.start(1).write_text(f"{attempt} try\n")
        run.fail(1)
    assert [line for line in capsys.readouterr().err.splitlines() if "try" in line] == [
        "  | first try",
        "  | second try",
    ]


def test_a_job_that_is_not_known_to_run_may_end(run, capsys):
    run.log(LogEvent.RUN_INFO)
    run.log(LogEvent.JOB_FINISHED, job_id=7)
    assert capsys.readouterr().err == ""


def test_a_job_that_was_interrupted_has_not_failed(run, capsys):
    run.log(LogEvent.RUN_INFO)
    run.start(1).write_text("Traceback\nstopped\n")
    run.fail(1)
    assert capsys.readouterr().err.splitlines() == ["stopped: fit"]


def test_other_warnings_and_errors_are_printed_and_chatter_is_not(run, capsys):
    run.log(LogEvent.RUN_INFO)
    run.log(message="Select jobs to execute...")
    run.log(level=logging.WARNING, message="the clock is wrong")
    run.log(LogEvent.ERROR, logging.ERROR, "MissingOutputException in rule fit")
    assert capsys.readouterr().err.splitlines() == ["the clock is wrong", "MissingOutputException in rule fit"]


def test_before_and_after_a_run_the_default_handler_has_the_word(run, capsys):
    run.log(message="Building DAG of jobs...")
    run.log(LogEvent.RUN_INFO)
    run.log(message="chatter")
    run.progress.finish()
    run.log(message="Complete log: here")
    assert run.default.stream.getvalue() == "Building DAG of jobs...\nComplete log: here\n"
    assert capsys.readouterr().err == ""


def test_the_folders_of_figures_and_tables_are_told_even_where_nothing_was_to_do(run, capsys):
    (run.folder / "figures").mkdir()
    run.log(message="Nothing to be done (all requested files are present and up to date).")
    assert capsys.readouterr().err.splitlines() == [f"figures: {run.folder / 'figures'}"]

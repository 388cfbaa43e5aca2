"""What a running study shows: one live line on a terminal, a line a job elsewhere; warnings and failures in full."""

import logging
import os
import sys
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from snakemake_interface_logger_plugins.common import LogEvent
from tqdm import tqdm

from ssrvae.base.errors import INTERRUPTED
from ssrvae.study.costs import Job, TimeLeft, recorded_costs, worded_time
from ssrvae.study.plan import Plan

_LOG_LINES = 20
"""Of a failed job's log, the last ones are shown."""
_SHOWN_JOBS = 3
_UNKNOWN_WIDTH = 100
_NOT_SHOWN = (LogEvent.WORKFLOW_STARTED, LogEvent.RESOURCES_INFO)
_LINE = "{desc} |{bar:24}| {n_fmt}/{total_fmt} jobs{postfix}"


class RunningJob(NamedTuple):
    """A job that has started; `speaks` when it makes no file: what it prints is what was asked for."""

    name: str
    cost: Job
    logs: tuple[Path, ...]
    started: float
    speaks: bool


class StudyProgress(logging.Handler):
    """Shows what Snakemake logs of the run of a study; before and after it, `default` shows what is logged.

    `workflow` is Snakemake's, whose jobs are known when the run starts; `results` is the study's folder.
    """

    def __init__(self, study: str, results: Path, workflow: Any, default: logging.Handler) -> None:
        super().__init__()
        self._study, self._results, self._workflow, self._default = study, results, workflow, default
        self._left = TimeLeft(recorded_costs(results))
        self._running: dict[int, RunningJob] = {}
        self._failed: set[int] = set()
        self._warnings = 0
        self._bar: tqdm | None = None
        self._over = threading.Event()

    def emit(self, record: logging.LogRecord) -> None:
        """Show a record of Snakemake's."""
        try:
            self._show(getattr(record, "event", None), record)
        except Exception:
            self.handleError(record)

    def close(self) -> None:
        """Take the line away."""
        self.finish()
        self._default.close()
        super().close()

    def finish(self) -> None:
        """Take the line away and let the default handler show what comes."""
        self._over.set()
        with self.lock or threading.RLock():
            if self._bar is not None:
                self._bar.clear()
                self._bar.close()
                self._bar = None

    def succeed(self) -> None:
        """Take the line away and tell what came of the run."""
        self.finish()
        warned = f", warnings above: {self._warnings}" if self._warnings else ""
        self._print(f"study {self._study}: done in {worded_time(self._left.elapsed())}{warned}")
        self._print_places()

    def _print_places(self) -> None:
        for name in ("figures", "tables"):
            if (self._results / name).is_dir():
                self._print(f"{name}: {self._results / name}")

    def _show(self, event: LogEvent | None, record: Any) -> None:
        if event == LogEvent.RUN_INFO:
            self._start()
        elif event in _NOT_SHOWN:
            pass
        elif self._bar is None:
            self._default.handle(record)
            if record.getMessage().startswith("Nothing to be done"):
                self._print_places()
        elif event == LogEvent.JOB_INFO:
            self._failed.discard(record.jobid)  # it is tried again
            self._running[record.jobid] = _running_job(record, self._left.elapsed())
        elif event == LogEvent.JOB_FINISHED:
            self._end(record.job_id)
        elif event == LogEvent.JOB_ERROR:
            self._fail(record)
        elif self._concerns_the_user(event, record):
            self._print(self._default.format(record))
        self._draw()

    def _concerns_the_user(self, event: LogEvent | None, record: logging.LogRecord) -> bool:
        """Pick shell commands (the default handler drops them unless asked for), warnings and errors.

        That a job's command failed is told where the job is, and more shortly.
        """
        wanted = event == LogEvent.SHELLCMD or (event in (None, LogEvent.ERROR) and record.levelno >= logging.WARNING)
        told = event == LogEvent.ERROR and "CalledProcessError" in record.getMessage()
        return wanted and not told and bool(self._default.filter(record))

    def _start(self) -> None:
        jobs = list(self._workflow.dag.needrun_jobs())
        self._left.start([_cost(job.rule.name, job.wildcards_dict) for job in jobs], self._workflow.cores)
        width = _columns()
        self._bar = tqdm(
            total=len(jobs), desc=self._study, bar_format=_LINE, leave=False, disable=None, delay=1,
            dynamic_ncols=bool(width), ncols=None if width else _UNKNOWN_WIDTH,
        )  # fmt: skip
        threading.Thread(target=self._tick, daemon=True).start()

    def _tick(self) -> None:
        """Let the line move while no job starts or ends."""
        while not self._over.wait(1):
            with self.lock or threading.RLock():
                self._draw()

    def _draw(self) -> None:
        """Draw the line again, but neither before the first job nor into what a job that speaks prints."""
        if self._bar is None or self._bar.disable or not (self._running or self._bar.n):
            return
        if any(job.speaks for job in self._running.values()):
            self._bar.clear()
            return
        names = [job.name for job in self._running.values()]
        more = f" and {len(names) - _SHOWN_JOBS} more" if len(names) > _SHOWN_JOBS else ""
        left = self._left.seconds((job.cost, job.started) for job in self._running.values())
        doing = f": {', '.join(names[:_SHOWN_JOBS])}{more}" if names else ""
        self._bar.set_postfix_str(f"{tqdm.format_interval(left)} left{doing}", refresh=False)
        self._bar.refresh()

    def _end(self, number: int) -> None:
        job = self._running.pop(number, None)
        if job is None:
            return
        self._left.end(job.cost)
        if self._bar is not None:
            self._bar.n += 1
            if self._bar.disable:
                took = worded_time(self._left.elapsed() - job.started)
                self._print(f"[{self._bar.n}/{self._bar.total}] {job.name}, {took}")
        for line in (line for log in job.logs for line in _lines(log)):
            if line.startswith("warning: "):
                self._warnings += 1
                self._print(line)

    def _fail(self, record: Any) -> None:
        if record.jobid in self._failed:
            return
        self._failed.add(record.jobid)
        job = self._running.pop(record.jobid, None) or _running_job(record, 0)
        logs = {log: _lines(log) for log in job.logs}
        if any(lines[-1:] == [INTERRUPTED] for lines in logs.values()):
            self._print(f"{INTERRUPTED}: {job.name}")
            return
        self._print(f"failed: {job.name}")
        for log, lines in logs.items():
            cut = f"the last {_LOG_LINES} lines of " if len(lines) > _LOG_LINES else ""
            self._print("\n".join([f"  {cut}{log}:", *(f"  | {line}" for line in lines[-_LOG_LINES:])]))

    def _print(self, text: str) -> None:
        tqdm.write(text, file=sys.stderr)


def show_progress(workflow: Any, plan: Plan) -> StudyProgress | None:
    """Let a run of Snakemake show its progress; a dry run, and one that was asked for more or less, keep their own."""
    settings = workflow.output_settings
    if settings.dryrun or settings.verbose or settings.quiet or not workflow.is_main_process:
        return None
    logger = logging.getLogger("snakemake.logging")
    default = next((handler for handler in logger.handlers if handler.name == "DefaultStreamHandler"), None)
    if default is None:  # the user chose a logger plugin
        return None
    progress = StudyProgress(plan.config["study"], Path(plan.config["results"]), workflow, default)
    logger.removeHandler(default)
    logger.addHandler(progress)
    return progress


def _running_job(record: Any, started: float) -> RunningJob:
    wildcards = dict(record.wildcards or {})
    parts = [f"seed{value}" if name == "seed" else str(value) for name, value in wildcards.items()]
    name = " ".join([record.rule_name.replace("figure_", "figure ", 1), *parts])
    logs = tuple(map(Path, record.log or ()))
    return RunningJob(name, _cost(record.rule_name, wildcards), logs, started, bool(logs and not record.output))


def _cost(rule: str, wildcards: Mapping[str, str]) -> Job:
    return rule, wildcards.get("dataset") or wildcards.get("grid") or "", wildcards.get("method", "")


def _lines(log: Path) -> list[str]:
    try:
        return log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []


def _columns() -> int:
    """Give the width of the terminal, 0 where it does not tell: tqdm would draw nothing then."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns
    except (OSError, ValueError, AttributeError):
        return 0

# Helper functions of the rules. What they answer is decided in ssrvae/study/plan.py and by each figure.
import atexit
import json
import os
import re
import sys
import threading
from pathlib import Path

from datagen.errors import InputError, naming
from datagen.kinds import archives
from datagen.stress_factors import factor_modules, stress_axes
from ssrvae.study.config import check_config, check_files
from ssrvae.study.costs import summarise
from ssrvae.study.jobs.data import source_paths
from ssrvae.cli.failures import IN_A_JOB
from ssrvae.analysis.shown import object_sets
from ssrvae.figures.registry import planned_figures
from ssrvae.study.plan import make_plan
from ssrvae.study.progress import show_progress
from ssrvae.study.result_files import ResultFiles, refuse_other_study
from ssrvae.study.source_files import method_source_files, source_files

REFERENCE = "results/reference"
PAPER_FILES = sorted(str(path) for path in Path("ssrvae/analysis/paper").glob("*.csv"))

os.environ[IN_A_JOB] = "1"

try:
    STUDY_NAME = check_files(workflow.configfiles, bool(workflow.config_settings.config))
    PLAN = make_plan(check_config(config, STUDY_NAME), STUDY_NAME)
    with naming(STUDY_NAME):
        refuse_other_study(PLAN)
except InputError as error:
    sys.exit(f"error: {error}")


PROGRESS = show_progress(workflow, PLAN)


@atexit.register
def print_plan():
    """Word what a dry run would do, after its list of jobs, where it is seen."""
    if workflow.dryrun:
        to_make = {str(file) for job in workflow.dag.needrun_jobs(exclude_finished=False) for file in job.output}
        print(summarise(PLAN, to_make.__contains__))


def end_run(succeeded):
    """Tell what came of a run, and let it exit: it would wait for the timers of max-jobs-per-timespan."""
    if PROGRESS:
        PROGRESS.succeed() if succeeded else PROGRESS.finish()
    for thread in threading.enumerate():
        if isinstance(thread, threading.Timer):
            thread.cancel()


def recipe_json(recipe):
    """Write what a job depends on as text: a job whose recipe is the same is not run again."""
    return json.dumps(recipe, ensure_ascii=False)


STUDY_JSON = recipe_json({key: value for key, value in PLAN.config.items() if key not in ("results", "on_error")})


def on_error(wildcards, threads):
    """Tell what a failed fit does. A param that takes `threads` is not tracked: asking otherwise reruns nothing."""
    return config.get("on_error", PLAN.config["on_error"])


def run_files(name):
    return [f"<results>/runs/{run.dataset}/{run.method}/seed{run.seed}/{name}" for run in PLAN.runs]


def stress_files(suffix):
    return [f"<results>/stress/{job.grid}/{job.method}/seed{job.seed}.{suffix}" for job in PLAN.stress_jobs]


def stressed_run(wildcards, name):
    dataset = PLAN.grids[wildcards.grid].dataset
    return f"<results>/runs/{dataset}/{wildcards.method}/seed{wildcards.seed}/{name}"


def untracked_study(wildcards, threads):
    """Give the study, which changes more often than what a figure shows of it: its inputs tell when to draw again."""
    return STUDY_JSON


def caption_file(name):
    """Give the absolute path, for the report, of the caption that a figure's job writes."""
    return str(Path(PLAN.config["results"], "figures", f"{name}.rst").absolute())


def results_folder(file):
    """Give the results folder of <results>/tables/<file> or <results>/figures/<file>."""
    return str(Path(file).parent.parent)

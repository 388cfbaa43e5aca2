# The paper's card study, from data to figures. Everything that is decided lies in config/ and in ssrvae/study/plan.py; rules
# name files and call one command each.
#
#   snakemake                                                    every table and figure of config/config.yaml
#   snakemake --configfile config/smoke.yaml                     the same for another study
#   snakemake -n                                                 how many runs, and how long they should take
#   snakemake --configfile config/regression.yaml -- regression  has a number moved?
from snakemake.utils import min_version

min_version("9.27")


# A study is one whole file: given another one, Snakemake would merge the two.
if "study" not in config:

    configfile: "config/config.yaml"


include: "workflow/rules/common.smk"


pathvars:
    results=PLAN.config["results"],


include: "workflow/rules/data.smk"
include: "workflow/rules/fit.smk"
include: "workflow/rules/stress.smk"
include: "workflow/rules/readings.smk"
include: "workflow/rules/tables.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/regression.smk"


report: "workflow/report/study.rst"


localrules:
    all,
    tables,
    figures,


rule all:
    default_target: True
    input:
        rules.tables.input,
        rules.figures.input,


onstart:
    shell("python -m ssrvae validate {STUDY_JSON:q} --name={STUDY_NAME:q}")


onsuccess:
    end_run(succeeded=True)


onerror:
    end_run(succeeded=False)

# Collect runs and stress grids into tidy tables.
rule collect:
    input:
        data_costs=expand("<results>/costs/data/{dataset}/seed{seed}.json", dataset=PLAN.datasets, seed=PLAN.seeds),
        metrics=run_files("metrics.json"),
        predictions=run_files("predictions.parquet"),
        histories=run_files("history.csv"),
        stress=stress_files("csv"),
        stress_costs=[f"<results>/costs/stress/{job.grid}/{job.method}/seed{job.seed}.json" for job in PLAN.stress_jobs],
        code=source_files("ssrvae.analysis.tables"),
    output:
        **{kind: f"<results>/tables/{kind}.csv" for kind in PLAN.own_tables},
        accuracy="<results>/tables/accuracy.csv",
        confusion="<results>/tables/confusion.csv",
        stress="<results>/tables/stress.csv",
        history="<results>/tables/history.csv",
        cost="<results>/tables/cost.csv",
        manifest="<results>/tables/manifest.json",
    log:
        "<results>/logs/collect.log",
    conda:
        "../../environment.yml"
    params:
        study=STUDY_JSON,
        results=lambda wildcards, output: results_folder(output.accuracy),
    shell:
        "python -m ssrvae collect --config {params.study:q} --results {params.results:q}"
        ' --out "$(dirname {output.accuracy:q})" > {log:q} 2>&1'


# Measure how close our panels come to the paper's.
rule agreement:
    input:
        stress="<results>/tables/stress.csv",
        history="<results>/tables/history.csv",
        confusion=stress_files("confusion.csv"),
        paper=PAPER_FILES,
        code=source_files("ssrvae.analysis.agreement"),
    output:
        agreement="<results>/tables/agreement.csv",
    log:
        "<results>/logs/agreement.log",
    conda:
        "../../environment.yml"
    params:
        study=STUDY_JSON,
        results=lambda wildcards, output: results_folder(output.agreement),
    shell:
        "python -m ssrvae agreement --config {params.study:q} --results {params.results:q} --out {output.agreement:q} > {log:q} 2>&1"


# Rank the methods on the sets of objects of a study that has some.
rule leaderboard:
    input:
        accuracy="<results>/tables/accuracy.csv",
        confusion="<results>/tables/confusion.csv",
        kinds=[f"<results>/tables/{kind}.csv" for kind in PLAN.own_tables],
        code=source_files("ssrvae.analysis.object_leaderboard"),
    output:
        leaderboard="<results>/tables/leaderboard.csv",
        leads="<results>/tables/leads.csv",
        words="<results>/tables/leaderboard.md",
    log:
        "<results>/logs/leaderboard.log",
    conda:
        "../../environment.yml"
    params:
        study=STUDY_JSON,
        results=lambda wildcards, output: results_folder(output.leaderboard),
    shell:
        "python -m ssrvae leaderboard --config {params.study:q} --results {params.results:q} > {log:q} 2>&1"


rule tables:
    input:
        rules.collect.output,
        rules.agreement.output,
        rules.leaderboard.output if object_sets(PLAN) else [],

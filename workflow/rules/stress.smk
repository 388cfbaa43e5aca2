# Classify every cell of one stress grid with one fitted model, one cell in memory at a time.
rule stress:
    input:
        metrics=lambda wildcards: stressed_run(wildcards, "metrics.json"),
        model=lambda wildcards: stressed_run(wildcards, "model"),
        code=lambda wildcards: method_source_files(
            "ssrvae.study.jobs.stress", PLAN.config["methods"][wildcards.method], *PLAN.stress_modules(wildcards.grid)
        ),
    output:
        scores="<results>/stress/{grid}/{method}/seed{seed}.csv",
        confusion="<results>/stress/{grid}/{method}/seed{seed}.confusion.csv",
        cost="<results>/costs/stress/{grid}/{method}/seed{seed}.json",
    log:
        "<results>/logs/stress/{grid}/{method}/seed{seed}.log",
    conda:
        "../../environment.yml"
    threads: 1
    params:
        recipe=lambda wildcards: recipe_json(PLAN.stress_recipe(wildcards.grid, wildcards.method)),
    shell:
        'python -m ssrvae stress "$(dirname {input.metrics:q})" --grid {wildcards.grid} --method {wildcards.method}'
        " --seed {wildcards.seed} --recipe {params.recipe:q} --threads {threads}"
        " --out {output.scores:q} --confusion-out {output.confusion:q} --cost {output.cost:q} > {log:q} 2>&1"

# Fit one method to one data set with one seed. A fit that fails is written too, with its reason.
rule fit:
    input:
        data="<results>/data/{dataset}/seed{seed}.npz",
        code=lambda wildcards: method_source_files("ssrvae.study.jobs.fit", PLAN.config["methods"][wildcards.method]),
    output:
        metrics="<results>/runs/{dataset}/{method}/seed{seed}/metrics.json",
        predictions="<results>/runs/{dataset}/{method}/seed{seed}/predictions.parquet",
        history="<results>/runs/{dataset}/{method}/seed{seed}/history.csv",
        snapshots="<results>/runs/{dataset}/{method}/seed{seed}/snapshots.npz",
        model="<results>/runs/{dataset}/{method}/seed{seed}/model",
    log:
        "<results>/logs/fit/{dataset}/{method}/seed{seed}.log",
    conda:
        "../../environment.yml"
    threads: 1
    params:
        recipe=lambda wildcards: recipe_json(PLAN.fit_recipe(wildcards.dataset, wildcards.method)),
        on_error=on_error,
    shell:
        "python -m ssrvae run {input.data:q} --dataset {wildcards.dataset} --method {wildcards.method}"
        " --seed {wildcards.seed} --recipe {params.recipe:q} --on-error {params.on_error} --threads {threads}"
        ' --out "$(dirname {output.metrics:q})" > {log:q} 2>&1'

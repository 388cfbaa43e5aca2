# Generate a data set, or check and copy the user's own.
rule data:
    input:
        source=lambda wildcards: [str(path) for path in source_paths(PLAN.datasets[wildcards.dataset].data)],
        code=source_files("ssrvae.dataset_recipe", "ssrvae.seeds"),
    output:
        data="<results>/data/{dataset}/seed{seed}.npz",
        cost="<results>/costs/data/{dataset}/seed{seed}.json",
    log:
        "<results>/logs/data/{dataset}/seed{seed}.log",
    conda:
        "../../environment.yml"
    threads: 1
    params:
        recipe=lambda wildcards: recipe_json(PLAN.data_recipe(wildcards.dataset)),
    shell:
        "python -m ssrvae data --recipe {params.recipe:q} --seed {wildcards.seed} --threads {threads}"
        " --out {output.data:q} --cost {output.cost:q} > {log:q} 2>&1"

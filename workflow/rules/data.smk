# Download real images by package name. What cannot be had is told in one line and left empty: the data sets made of it
# become rows with the reason, and the rest goes on. Bring the file, and only these are made anew.
rule fetch:
    output:
        "results/external/{archive}",
    log:
        "<results>/logs/fetch/{archive}.log",
    wildcard_constraints:
        archive="|".join(re.escape(name) for name in archives()),
    conda:
        "../../environment.yml"
    threads: 1
    shell:
        'python -m ssrvae fetch {wildcards.archive:q} --into "$(dirname {output:q})" --stand-in --threads {threads}'
        " > {log:q} 2>&1"


# Generate a data set, cut it from a real micrograph, or check and copy the user's own.
rule data:
    input:
        source=lambda wildcards: [str(path) for path in source_paths(PLAN.datasets[wildcards.dataset].data)],
        code=lambda wildcards: source_files(
            "ssrvae.study.jobs.data", "ssrvae.study.seeds", PLAN.data_module(wildcards.dataset)
        ),
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

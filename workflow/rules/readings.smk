# Read class, pose and style of the test images with one fitted model, for the figures that show them.
rule readings:
    input:
        metrics="<results>/runs/{dataset}/{method}/seed{seed}/metrics.json",
        model="<results>/runs/{dataset}/{method}/seed{seed}/model",
        data="<results>/data/{dataset}/seed{seed}.npz",
        code=lambda wildcards: method_source_files("ssrvae.readings", PLAN.config["methods"][wildcards.method]),
    output:
        readings="<results>/readings/{dataset}/{method}/seed{seed}.npz",
    log:
        "<results>/logs/readings/{dataset}/{method}/seed{seed}.log",
    conda:
        "../../environment.yml"
    threads: 1
    shell:
        "python -m ssrvae readings $(dirname {input.metrics:q}) --data {input.data:q} --threads {threads}"
        " --out {output.readings:q} > {log:q} 2>&1"

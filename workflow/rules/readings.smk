# Read class, pose and style of the test images with one fitted model, for the figures that show them.
rule readings:
    input:
        metrics="<results>/runs/{dataset}/{method}/seed{seed}/metrics.json",
        model="<results>/runs/{dataset}/{method}/seed{seed}/model",
        data="<results>/data/{dataset}/seed{seed}.npz",
        code=lambda wildcards: method_source_files(
            "ssrvae.study.jobs.pose_readings", PLAN.config["methods"][wildcards.method]
        ),
    output:
        readings="<results>/readings/{dataset}/{method}/seed{seed}.npz",
    log:
        "<results>/logs/readings/{dataset}/{method}/seed{seed}.log",
    conda:
        "../../environment.yml"
    threads: 1
    shell:
        'python -m ssrvae readings "$(dirname {input.metrics:q})" --data {input.data:q} --threads {threads}'
        " --out {output.readings:q} > {log:q} 2>&1"


# Draw images over the first two style variables of one fitted model, and read these in the test images.
rule latents:
    input:
        metrics="<results>/runs/{dataset}/{method}/seed{seed}/metrics.json",
        model="<results>/runs/{dataset}/{method}/seed{seed}/model",
        data="<results>/data/{dataset}/seed{seed}.npz",
        code=lambda wildcards: method_source_files(
            "ssrvae.study.jobs.latent_maps", PLAN.config["methods"][wildcards.method]
        ),
    output:
        latents="<results>/latents/{dataset}/{method}/seed{seed}.npz",
    log:
        "<results>/logs/latents/{dataset}/{method}/seed{seed}.log",
    conda:
        "../../environment.yml"
    threads: 1
    shell:
        'python -m ssrvae latents "$(dirname {input.metrics:q})" --data {input.data:q} --threads {threads}'
        " --out {output.latents:q} > {log:q} 2>&1"

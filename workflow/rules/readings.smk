# Ask one fitted model for what figures show of it. readings: class, pose and style of the test images; latents: images
# over two style variables, and these of the test images; averages: the mean test image of each class.
for asked, module in [("readings", "pose_readings"), ("latents", "latent_maps"), ("averages", "class_averages")]:

    rule:
        name:
            asked
        input:
            metrics="<results>/runs/{dataset}/{method}/seed{seed}/metrics.json",
            model="<results>/runs/{dataset}/{method}/seed{seed}/model",
            data="<results>/data/{dataset}/seed{seed}.npz",
            code=lambda wildcards, module=module: method_source_files(
                f"ssrvae.study.jobs.{module}", PLAN.config["methods"][wildcards.method]
            ),
        output:
            f"<results>/{asked}/{{dataset}}/{{method}}/seed{{seed}}.npz",
        log:
            f"<results>/logs/{asked}/{{dataset}}/{{method}}/seed{{seed}}.log",
        conda:
            "../../environment.yml"
        threads: 1
        params:
            asked=asked,
        shell:
            'python -m ssrvae {params.asked} "$(dirname {input.metrics:q})" --data {input.data:q} --threads {threads}'
            " --out {output:q} > {log:q} 2>&1"

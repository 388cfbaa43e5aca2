# Draw the paper's figures and videos that the study can fill, each from tables, runs and the paper's digitised panels.
for name in planned_figures(PLAN):

    rule:
        name:
            f"figure_{name}"
        input:
            **figure_sources(PLAN, name),
            paper=PAPER_FILES,
            code=FIGURE_CODE,
        output:
            **{
                extension: report(
                    f"<results>/figures/{name}.{extension}",
                    caption=f"../report/{name}.rst",
                    category="Figures",
                    labels={"figure": name, "file": extension},
                )
                for extension in FIGURES[name].extensions
            },
        log:
            f"<results>/logs/figures/{name}.log",
        conda:
            "../../environment.yml"
        params:
            name=name,
            results=lambda wildcards, output: results_folder(output.csv),
        shell:
            "python -m ssrvae figure {params.name} --results {params.results:q} > {log:q} 2>&1"


rule figures:
    input:
        [
            f"<results>/figures/{name}.{extension}"
            for name in planned_figures(PLAN)
            for extension in FIGURES[name].extensions
        ],

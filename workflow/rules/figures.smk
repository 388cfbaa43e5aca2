# Draw the figures and videos that the study can fill, each from the files that it declares and the paper's digitised panels.
# Its caption is written beside it, for the report.
for figure in planned_figures(PLAN):

    rule:
        name:
            f"figure_{figure.name}"
        input:
            results=[str(path) for path in figure.inputs(ResultFiles(PLAN, Path("<results>")))],
            paper=PAPER_FILES,
            code=source_files(figure.module, *factor_modules(stress_axes())),
        output:
            **{
                extension: report(
                    f"<results>/figures/{figure.name}.{extension}",
                    caption=caption_file(figure.name),
                    category="Figures",
                    labels={"figure": figure.name, "file": extension},
                )
                for extension in figure.extensions
            },
            caption=f"<results>/figures/{figure.name}.rst",
        log:
            f"<results>/logs/figures/{figure.name}.log",
        conda:
            "../../environment.yml"
        params:
            name=figure.name,
            study=untracked_study,
            results=lambda wildcards, output: results_folder(output.csv),
        shell:
            "python -m ssrvae figure {params.name} --config {params.study:q} --results {params.results:q}"
            " > {log:q} 2>&1"


rule figures:
    input:
        [
            f"<results>/figures/{figure.name}.{extension}"
            for figure in planned_figures(PLAN)
            for extension in figure.extensions
        ],

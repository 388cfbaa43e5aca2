# Has a number moved? For config/regression.yaml. Neither rule has an output, so asking is always answering.
rule regression:
    input:
        accuracy="<results>/tables/accuracy.csv",
    log:
        "<results>/logs/regression.log",
    conda:
        "../../environment.yml"
    params:
        reference=f"{REFERENCE}/regression.csv",
    shell:
        "python -m ssrvae regression {input.accuracy:q} --reference {params.reference:q} 2>&1 | tee {log:q}"


# Make the regression study's numbers the reference.
rule bless:
    input:
        accuracy="<results>/tables/accuracy.csv",
    log:
        "<results>/logs/bless.log",
    conda:
        "../../environment.yml"
    params:
        reference=f"{REFERENCE}/regression.csv",
    shell:
        "python -m ssrvae bless {input.accuracy:q} --reference {params.reference:q} 2>&1 | tee {log:q}"

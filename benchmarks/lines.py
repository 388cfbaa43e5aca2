"""What the benchmark compares."""

from dataclasses import dataclass

from benchmarks.table import Job, Line

OURS, PEER = "benchmarks.works", "benchmarks.peer_works"
STEPS_AN_EPOCH, LABELLED_STEPS_AN_EPOCH = 188, 13
"""12,000 unlabelled and 800 labelled images in batches of 64."""
PEER_EPOCHS = 40
"""Epochs after which the notebook's accuracy at rotation 60 stays at about .87."""
SMOKE = "config/smoke.yaml"
FIGURES = "make figures, on two cores"


@dataclass(frozen=True)
class Effort:
    """How much is measured: repetitions of cheap and of dear works, images, cells; `TINY` only tries the code."""

    repeats: int = 30
    dear_repeats: int = 4
    cards: int = 12_000
    unlabelled_per_class: int = 3000
    labelled_per_class: int = 200
    cells_per_axis: int = 16
    cell_per_class: int = 1000


TINY = Effort(1, 1, 400, 40, 4, 2, 10)


def lines(effort: Effort, threads: int) -> list[Line]:
    """List the lines of the table."""
    few, many = (effort.dear_repeats,), (effort.repeats,)
    peer_step = Job(f"{PEER}:ssrvae_step", threads, few)
    peer_ssvae = Job(f"{PEER}:ssvae_step", threads, many)
    beside = "peer: its ss-rVAE's step on a batch without labels"
    cells, per_cell = effort.cells_per_axis**2, 4 * effort.cell_per_class
    return [
        Line("step: ss-VAE", Job(f"{OURS}:ssvae_step", threads, many), {peer_ssvae: 1}),
        Line("step: ss-rVAE, coordinate decoder", Job(f"{OURS}:coordinate_step", threads, few), {peer_step: 1}),
        Line(
            "step: the same in bfloat16",
            Job(f"{OURS}:coordinate_bfloat16_step", threads, few),
            {peer_step: 1},
            "peer in float32",
        ),
        Line(
            "step: the same, 256 random pixels",
            Job(f"{OURS}:coordinate_some_pixels_step", threads, many),
            {peer_step: 1},
            "peer at all 2304 pixels",
        ),
        Line(
            "step: ss-rVAE at its defaults",
            Job(f"{OURS}:ssrvae_step", threads, many),
            {peer_step: 1},
            f"a batch without labels and one with; {beside}",
        ),
        Line(
            "step: marginal pose",
            Job(f"{OURS}:marginal_step", threads, few),
            {peer_step: 1},
            f"a batch without labels, one with, and dreams; {beside}",
        ),
        Line(
            "accuracy .87 at ±60°: ss-rVAE",
            Job(f"{OURS}:ssrvae_fit", threads, (effort.unlabelled_per_class,)),
            _peer_epochs(threads, effort),
            f"a whole fit; peer: {PEER_EPOCHS} epochs of its notebook, by its steps' seconds",
        ),
        Line(
            "accuracy .87 at ±60°: marginal pose, labels alone",
            Job(f"{OURS}:marginal_alone_fit", threads, (effort.labelled_per_class,)),
            _peer_epochs(threads, effort),
            f"a whole fit of 800 labelled images; peer: {PEER_EPOCHS} epochs of its notebook, by its steps' seconds",
        ),
        Line(
            "the ss-rVAE's fit on one core",
            Job(f"{OURS}:ssrvae_fit", 1, (effort.unlabelled_per_class,)),
            _peer_epochs(1, effort),
            f"the paper's data; peer: {PEER_EPOCHS} epochs, by its steps' seconds on one core",
        ),
        Line(
            f"{effort.cards} cards of 48 x 48",
            Job(f"{OURS}:generate", threads, (effort.repeats, effort.cards)),
            {Job(f"{PEER}:generate", threads, (effort.dear_repeats, effort.cards)): 1},
            "peer: kornia's RandomAffine, the best of three batch sizes",
            effort.cards,
        ),
        Line(
            f"stress grid, {cells} cells of {per_cell}",
            Job(f"{OURS}:stress_grid", threads, (effort.cells_per_axis, effort.cell_per_class)),
            {Job(f"{PEER}:stress_cell", threads, (effort.cell_per_class,)): cells},
            "peer: one cell by kornia and pyroVED, times the cells",
            cells * per_cell,
        ),
        Line("Snakemake's own seconds, smoke study", Job("benchmarks.workflow_works:own_seconds", 1, (SMOKE,))),
    ]


def _peer_epochs(threads: int, effort: Effort) -> dict[Job, float]:
    return {
        Job(f"{PEER}:ssrvae_step", threads, (effort.dear_repeats,)): PEER_EPOCHS * STEPS_AN_EPOCH,
        Job(f"{PEER}:ssrvae_labelled_step", threads, (effort.dear_repeats,)): PEER_EPOCHS * LABELLED_STEPS_AN_EPOCH,
    }

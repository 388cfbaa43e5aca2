"""The table of the benchmark: lines, each a work of ours beside one or several of the peer's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from benchmarks.apart import Measured

COLUMNS = (
    "work", "threads", "ours_s", "peer_s", "ratio", "extrapolated", "ours_mb", "peer_mb", "memory_ratio", "note",
)  # fmt: skip


class Job(NamedTuple):
    """A work to measure: "module:function", its threads and arguments."""

    work: str
    threads: int
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Line:
    """A line of the table.

    ours: the job of ours; peer: the peer's jobs, and how often each would have to be done for what ours does: 1 where
    it was measured whole, anything else extrapolates. items: things made by the work, for a rate a second in the note.
    """

    title: str
    ours: Job
    peer: Mapping[Job, float] = field(default_factory=dict)
    note: str = ""
    items: float = 0


def row(line: Line, found: Mapping[Job, Measured | str]) -> dict[str, Any]:
    """Make a line's row from what the jobs measured; a job that failed (its error's text) leaves its fields empty."""
    ours, peers = found[line.ours], {job: found[job] for job in line.peer}
    failures = [measured for measured in (ours, *peers.values()) if isinstance(measured, str)]
    known = {job: measured for job, measured in peers.items() if isinstance(measured, Measured)}
    has_peer = bool(peers) and len(known) == len(peers)
    ours_s, ours_mb = (ours.typical_s, ours.peak_mb) if isinstance(ours, Measured) else (None, None)
    peer_s = sum(times * known[job].typical_s for job, times in line.peer.items()) if has_peer else None
    peer_mb = max(measured.peak_mb for measured in known.values()) if has_peer else None
    notes = [line.note, *_facts(line, ours, peer_s), *(f"failed: {text}" for text in failures)]
    return {
        "work": line.title,
        "threads": line.ours.threads,
        "ours_s": ours_s,
        "peer_s": peer_s,
        "ratio": ratio(peer_s, ours_s),
        "extrapolated": has_peer and any(times != 1 for times in line.peer.values()),
        "ours_mb": ours_mb,
        "peer_mb": peer_mb,
        "memory_ratio": ratio(peer_mb, ours_mb),
        "note": "; ".join(note for note in notes if note),
    }


def given_row(title: str, seconds: float | None, threads: int, note: str) -> dict[str, Any]:
    """Make the row of a work that was timed elsewhere, or was not timed."""
    given = {"work": title, "threads": threads, "ours_s": seconds, "extrapolated": False, "note": note}
    return dict.fromkeys(COLUMNS) | given


def ratio(peer: float | None, ours: float | None) -> float | None:
    """How many times what ours takes the peer's takes; None where either is unknown or ours took nothing."""
    return peer / ours if peer is not None and ours else None


def _facts(line: Line, ours: Measured | str, peer_s: float | None) -> list[str]:
    if isinstance(ours, str):
        return []
    facts = [f"accuracy {ours.facts['accuracy']:.3f}"] if "accuracy" in ours.facts else []
    if "jobs" in ours.facts:
        jobs = ours.facts["jobs"]
        facts.append(f"{jobs:.0f} jobs, {ours.typical_s / jobs:.2f} s each")
        facts.append(f"nothing left to do: {ours.facts['nothing_s']:.1f} s")
    if line.items:
        beside = f", peer {line.items / peer_s:.0f}" if peer_s else ""
        facts.append(f"{line.items / ours.typical_s:.0f} a second{beside}")
    return facts

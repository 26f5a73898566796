"""Machines with high CPU, by what it cost."""

from qosreport.report.result import MachineRow, WeeklyResult
from qosreport.report.result.quoting import quote
from qosreport.report.view import phrases, shapes, words
from qosreport.report.view.flags import flag_summary, flag_table
from qosreport.report.view.pieces import Cell, Column, Details, Heading, Row, Table
from qosreport.report.view.rows import (
    ListSection,
    Scene,
    left_out,
    namer,
    percent_cell,
    split,
)
from qosreport.report.view.words import Run, prose, quiet


def machines(scene: Scene) -> ListSection:
    """Machines with sustained high CPU, by what it cost."""
    result, layout = scene.result, scene.layout
    heading = Heading("cpu", "High CPU", prose(_finding(scene)))
    if not result.machines:
        return ListSection(heading, (), None)
    names = namer([(row.name, None) for row in result.machines])
    top = max(row.cost_minutes for row in result.machines)
    rows = [_row(scene, row, names[i], top, i) for i, row in enumerate(result.machines)]
    shown, more = split(rows, layout)
    table = Table(
        id="cpu-table",
        caption=prose("Ranked by the minutes that cost frame rate, then by minutes high"),
        columns=(
            Column("Machine", "w-l"),
            Column("Connections flagged", "r", sort="number"),
            Column("Minutes frame rate suffered", "r", sort="number"),
            Column("Minutes frame rate suffered, as a bar", "c-bar", hidden=True),
            Column("Minutes high", "r", sort="number"),
            Column("Longest run", "r", sort="number"),
            Column("System peak", "r", sort="number"),
            Column("Zoom average", "r", sort="number"),
        ),
        rows=shown,
        css="cards cc",
        more=more,
        more_summary=words.opening(words.spelt(len(more), "more machine")),
        filter_label="Filter machines by name or device",
        note=prose(
            "CPU never lowers a score by itself. Frame rate suffered: minutes in which frame rate "
            "limited the score while CPU was high and the network Good. ",
            left_out(
                scene,
                result.machines_flagged,
                listed=len(shown) + len(more),
                held=len(rows),
                noun="machine",
            ),
        ),
    )
    sub = prose(
        "A machine is one person on one kind of device. Minutes without a bar cost nothing.",
        _linked(result),
    )
    return ListSection(heading, sub, table)


def _linked(result: WeeklyResult) -> str:
    """Why likely causes count other minutes."""
    busy = next((one for one in result.findings if one.cause == "device"), None)
    if busy is None:
        return ""
    of = words.plural(busy.people, "person", "people")
    return (
        f" The {words.minutes(busy.harmed_minutes)} of {of} under Likely causes are only those "
        "that frame rate alone made poor, on any machine, flagged or not."
    )


def _finding(scene: Scene) -> str:
    result = scene.result
    flagged = result.machines_flagged
    if not flagged:
        known = any(f.id == "high_cpu" and f.rate.n for f in result.figures)
        return "No machine ran out of CPU" if known else "No CPU figures came with the data"
    costly = sum(1 for row in result.machines if row.cost_minutes)
    who = words.opening(words.spelt(flagged, "machine"))
    if len(result.machines) < flagged:
        return f"{who} ran high on CPU"
    if not costly:
        return f"{who} ran high on CPU; none lost frame rate by it"
    if costly == flagged:
        return f"{who} ran high on CPU, and it cost frame rate on {'each' if flagged > 1 else 'it'}"
    return f"{who} ran high on CPU; on {words.spelt(costly)} it cost frame rate"


def _row(scene: Scene, row: MachineRow, label: Run, top: int, index: int) -> Row:
    clock, layout = scene.clock, scene.layout
    facts = phrases.machine(row.device, row.os, row.client_version)
    cost = words.count(row.cost_minutes)
    bar = shapes.harm_bar(
        layout.surface,
        ident=f"machine-{index}-cost",
        title=f"{label.text}: {words.minutes(row.cost_minutes)} in which frame rate suffered",
        value=row.cost_minutes,
        top=top,
    )
    high = max(row.high_minutes, row.zoom_high_minutes)
    return Row(
        cells=(
            Cell(main=prose(label), second=prose(facts)),
            Cell(
                main=prose(words.count(row.flagged), quiet(f" of {words.count(row.connections)}")),
                sort=str(row.flagged),
            ),
            Cell(main=prose(cost), sort=str(row.cost_minutes)),
            Cell(chart=bar),
            Cell(
                main=prose(words.count(high)),
                second=prose("Zoom alone" if row.zoom_high_minutes > row.high_minutes else ""),
                sort=str(high),
            ),
            Cell(main=prose(words.minutes(row.longest_run_min)), sort=str(row.longest_run_min)),
            percent_cell(row.system_peak_pct),
            percent_cell(row.zoom_mean_pct),
        ),
        id=f"machine-{index}",
        quote=quote("machines", row),
        details=Details(
            summary=prose(flag_summary(row.flags)),
            flags=flag_table(
                row.flags,
                caption=prose("CPU flags for ", label),
                clock=clock,
                layout=layout,
                over_a_week=True,
                cites=scene.cites,
            ),
        )
        if row.flags and layout.flags
        else None,
    )

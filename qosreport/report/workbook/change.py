"""The sheets of change, history and follow-up in the weekly workbook."""

from collections.abc import Iterator

from qosreport.report.result import Comparison, FollowUp, Rate, WeeklyResult
from qosreport.report.workbook.common import LIMITING, limiting_cells
from qosreport.report.workbook.sheets import Cell, Column, Sheet

CHANGES = (
    Column("Of", "figure, segment, or client version beside the others.", width=12),
    Column("Kind", "The figure, or the property of the segment.", width=20),
    Column("Value", "Its value; empty where Zoom did not say, or for all.", width=30),
    Column("Compared with", "previous week, trailing eight weeks, or others.", width=14),
    Column("Now", "Cases this week.", "count"),
    Column("Of now", "Of so many.", "count"),
    Column("Now, %", "Their share.", "rate"),
    Column("Before", "Cases on the other side.", "count"),
    Column("Of before", "Of so many.", "count"),
    Column("Before, %", "Their share as it was.", "rate"),
    Column("Before, same mix, %", "With this week's mix of sites and networks.", "rate"),
    Column("Compared, %", "Share of this week's connections in the comparison.", "rate"),
    Column("Change, pp", "Percentage points, the mix held constant.", "decimal"),
    Column("Low, pp", "Lower end of its interval; empty: not tested.", "decimal"),
    Column("High, pp", "Upper end of its interval.", "decimal"),
    Column("Adjusted p", "Benjamini and Hochberg, over all tested together.", "any"),
    Column("Verdict", "worse, better, no_detectable_change, too_few.", width=22),
    Column("Reason", "Why there are too few to say.", width=18),
)
HISTORY = (
    Column("Figure", "Which key figure.", width=20),
    Column("Week", "ISO week.", width=12),
    Column("Cases", "Cases in that week.", "count"),
    Column("Of", "Of so many.", "count"),
    Column("Rate, %", "Their share.", "rate"),
    Column("Interval low, %", "Lower end of its interval.", "rate"),
    Column("Interval high, %", "Upper end of its interval.", "rate"),
    Column("Enough to say", "Whether there are enough connections and meetings.", "yes_no"),
)
FOLLOW_UP = (
    Column("Kind", "person, machine, site, data_center or provider.", width=10),
    Column("Reference", "Of the person or machine.", width=14),
    Column("Name", "Of the person or place; empty where Zoom withholds it.", width=28),
    Column("Device", "Of a machine: its kind.", width=14),
    Column(
        "Status",
        "this_week, new, continuing, watch, resolved, unclear, absent.",
        width=12,
    ),
    Column("Weeks in trouble", "Of the weeks the rule looks at.", "count"),
    Column("Of weeks", "So many the rule looks at.", "count"),
    Column("Weeks in a row", "Without a good week between.", "count"),
    Column("Weeks ago", "Since its last trouble; 0 is this week.", "count"),
    Column("Week of trouble", "The next columns are of that week.", width=12),
    Column("Poor or flagged", "Poor connections; of a machine: flagged.", "count"),
    Column("Of connections", "Of so many.", "count"),
    Column("Harmed, min", "Of a machine: minutes high CPU cost frame rate.", "count"),
    Column("Shared, min", "Of these: fit a shared cause that is listed, too.", "count"),
    Column("Caused, min", "Others' minutes that fit what the person sent.", "count"),
    Column("At stake, min", "Harmed, less shared, and caused; of a cause: what fits it.", "count"),
    Column("Shared cause", "What most of the shared minutes fit.", width=14),
    Column("Its subject", "The data centre, site or provider; of a sender the name.", width=24),
    Column("Network", "Of most of these connections.", width=12),
    Column("Client version", "Of most of these connections.", width=14),
    *LIMITING,
    Column("Wi-Fi, dBm", "Mean signal of the poor connections.", "decimal"),
    Column("Next check", "What to look at next, as in docs/scoring.md.", width=20),
    Column("Owner", "Who most likely can do something about it.", width=14),
)


def trend_sheets(result: WeeklyResult) -> list[Sheet]:
    """Follow-up, change and history; none in documents that did not ask for them."""
    if result.changes is None or result.followup is None:
        return []
    return [
        Sheet("Follow-up", FOLLOW_UP, [_follow(row) for row in result.followup.rows]),
        Sheet("Change", CHANGES, list(_changes(result))),
        Sheet("History", HISTORY, list(_history(result))),
    ]


def _changes(result: WeeklyResult) -> Iterator[tuple[Cell, ...]]:
    for figure in result.figures:
        for one in figure.compared:
            yield ("figure", figure.id, None, *_compared(figure.rate, one))
    changes = result.changes
    if changes is None:
        return
    for what, segments in (("segment", changes.segments), ("version", changes.versions)):
        for segment in segments:
            for one in segment.compared:
                yield (what, segment.kind, segment.name, *_compared(segment.now, one))


def _compared(now: Rate, one: Comparison) -> tuple[Cell, ...]:
    return (
        one.with_what,
        now.k,
        now.n,
        now.pct,
        one.before.k,
        one.before.n,
        one.before.pct,
        one.standard_pct,
        one.covered_pct,
        one.change_pp,
        one.low_pp,
        one.high_pp,
        one.p_adjusted,
        one.verdict,
        one.reason,
    )


def _history(result: WeeklyResult) -> Iterator[tuple[Cell, ...]]:
    for figure in result.figures:
        for one in figure.history:
            rate = one.rate
            yield (
                figure.id,
                one.week,
                rate.k,
                rate.n,
                rate.pct,
                rate.low_pct,
                rate.high_pct,
                rate.enough,
            )


def _follow(row: FollowUp) -> tuple[Cell, ...]:
    shared = row.shared_cause
    return (
        row.kind,
        row.ref,
        row.name,
        row.device,
        row.status,
        row.weeks_in_trouble,
        row.of_weeks,
        row.weeks_in_row,
        row.weeks_ago,
        row.trouble_week,
        row.k,
        row.n,
        row.harmed_minutes,
        row.shared_minutes,
        row.caused_minutes,
        row.at_stake_minutes,
        None if shared is None else shared.cause,
        None if shared is None else shared.subject or shared.name,
        row.network,
        row.client_version,
        *limiting_cells(row.limiting),
        row.rssi_dbm,
        row.next_check,
        row.owner,
    )

"""By which rules: the policy's numbers as a piece of the document."""

from qosreport.diagnosis.clusters import Minimums
from qosreport.report.result import Method, Threshold
from qosreport.scoring import Policy

SERIES = {"system_cpu_max_pct": "system_cpu_pct", "zoom_cpu_avg_pct": "zoom_cpu_pct"}
"""Measures that are called otherwise in the document than in the tables."""


def minimums(policy: Policy) -> Minimums:
    """How much it takes before a rate is printed."""
    return Minimums(
        sessions=policy.stats.min_sessions,
        meetings=policy.stats.min_meetings,
        confidence=float(policy.stats.confidence),
    )


def method(policy: Policy) -> Method:
    """The rules in force."""
    return Method(
        policy=policy.name,
        policy_version=policy.version,
        policy_sha256=policy.sha256,
        sent_is=policy.direction.dashboard_qos.sent_is,
        poor_score=float(policy.poor_score),
        min_scored_minutes=policy.participant.min_scored_minutes,
        poor_share_pct=_pct(policy.participant.poor_poor_share),
        poor_run_minutes=policy.participant.poor_run_minutes,
        meeting_affected_pct=_pct(policy.meeting.poor_affected),
        min_sessions=policy.stats.min_sessions,
        min_meetings=policy.stats.min_meetings,
        confidence_pct=_pct(policy.stats.confidence),
        thresholds=[
            Threshold(
                measure=SERIES.get(edge.measure, edge.measure),
                medium=edge.medium,
                band=edge.band,
                value=round(edge.value, 6),
                below=edge.below,
                source=edge.source,
                component=edge.component,
                unit=edge.unit,
            )
            for edge in policy.thresholds()
        ],
    )


def _pct(share: float) -> float:
    return round(100 * float(share), 6)

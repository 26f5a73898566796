"""The result documents: every number that any page shows, and nothing that is only words.

HTML, PDF and workbook are pure functions of these. They are written as JSON beside the pages and
read back with the same types. `SCHEMA_VERSION` history:

1  first version.
2  weekly: `explained`, `findings`, and `causes` of the worst meetings. Documents of version 1 are
   still read, without them.
3  weekly: `changes`, `followup`, `reliability`, `agreement`; `history` and `compared` of figures,
   and the figure `drops`; `caused_minutes` of people; meeting: `explained` and `findings`. Older
   ones are still read, without them.

The documents of a person, of a place and of a what-if have versions of their own.
"""

from qosreport.report.result.about import Gap, Head, Method, Provenance, Reject, Threshold
from qosreport.report.result.causes import CauseId, CauseMinutes, Explained, Finding, OwnerId, Spell
from qosreport.report.result.change import (
    ChangedSegment,
    Changes,
    Check,
    Comparison,
    ComparisonId,
    Family,
    FollowUp,
    LeftOut,
    SegmentKind,
    Standings,
    Verdict,
    WeekRate,
)
from qosreport.report.result.evidence import (
    During,
    EvidenceResult,
    Group,
    MeasureId,
    PlaceId,
    TroubleSpell,
    Values,
)
from qosreport.report.result.meeting import (
    MeetingResult,
    Participant,
    Rating,
    Series,
    ShareSpan,
    Stay,
)
from qosreport.report.result.parts import (
    SCHEMA_VERSION,
    Band,
    BandCounts,
    Bin,
    Direction,
    EmodelParts,
    Flag,
    Limiting,
    Medium,
    Occurrence,
    Part,
    Rate,
    Span,
)
from qosreport.report.result.person import ChangeId, Novelty, PersonResult, Visit
from qosreport.report.result.rows import (
    HourCell,
    MachineRow,
    MeetingLink,
    MeetingRow,
    PersonRow,
    Segment,
    SegmentId,
    SegmentRow,
)
from qosreport.report.result.trust import (
    Agreement,
    Disagreement,
    DropsAtPlace,
    DropsInMeeting,
    DropsOfPerson,
    LabelTable,
    Measure,
    MeetingName,
    Opinion,
    ReasonCount,
    Reliability,
    Silent,
)
from qosreport.report.result.weekly import Coverage, Figure, FigureId, Located, Volume, WeeklyResult
from qosreport.report.result.whatif import (
    Difference,
    Move,
    MovedMeeting,
    PolicyName,
    WhatIfResult,
)

Result = WeeklyResult | MeetingResult | PersonResult | EvidenceResult
"""The documents that become pages with a PDF."""

__all__ = [
    "SCHEMA_VERSION",
    "Agreement",
    "Band",
    "BandCounts",
    "Bin",
    "CauseId",
    "CauseMinutes",
    "ChangeId",
    "ChangedSegment",
    "Changes",
    "Check",
    "Comparison",
    "ComparisonId",
    "Coverage",
    "Difference",
    "Direction",
    "Disagreement",
    "DropsAtPlace",
    "DropsInMeeting",
    "DropsOfPerson",
    "During",
    "EmodelParts",
    "EvidenceResult",
    "Explained",
    "Family",
    "Figure",
    "FigureId",
    "Finding",
    "Flag",
    "FollowUp",
    "Gap",
    "Group",
    "Head",
    "HourCell",
    "LabelTable",
    "LeftOut",
    "Limiting",
    "Located",
    "MachineRow",
    "Measure",
    "MeasureId",
    "Medium",
    "MeetingLink",
    "MeetingName",
    "MeetingResult",
    "MeetingRow",
    "Method",
    "Move",
    "MovedMeeting",
    "Novelty",
    "Occurrence",
    "Opinion",
    "OwnerId",
    "Part",
    "Participant",
    "PersonResult",
    "PersonRow",
    "PlaceId",
    "PolicyName",
    "Provenance",
    "Rate",
    "Rating",
    "ReasonCount",
    "Reject",
    "Reliability",
    "Result",
    "Segment",
    "SegmentId",
    "SegmentKind",
    "SegmentRow",
    "Series",
    "ShareSpan",
    "Silent",
    "Span",
    "Spell",
    "Standings",
    "Stay",
    "Threshold",
    "TroubleSpell",
    "Values",
    "Verdict",
    "Visit",
    "Volume",
    "WeekRate",
    "WeeklyResult",
    "WhatIfResult",
]

"""From measurements to estimates of quality (eMOS): pure polars plans, one policy for all numbers.

Streams → minutes → participants → meetings, processor use and flags; docs/scoring.md says how.
A frame is keyed by `session_id` where it has it, else by meeting_uuid, user_id and join_time.
"""

from qosreport.scoring.cpu import cpu_flags
from qosreport.scoring.engine import Scannable, run, score_part
from qosreport.scoring.flags import score_flags
from qosreport.scoring.loading import diff_policies, list_policies, load_policy, table_of
from qosreport.scoring.meetings import score_meetings
from qosreport.scoring.minutes import score_minutes
from qosreport.scoring.participants import score_participants
from qosreport.scoring.policy import Policy
from qosreport.scoring.streams import score_streams
from qosreport.scoring.summaries import score_summaries
from qosreport.scoring.thresholds import Threshold

__all__ = [
    "Policy",
    "Scannable",
    "Threshold",
    "cpu_flags",
    "diff_policies",
    "list_policies",
    "load_policy",
    "run",
    "score_flags",
    "score_meetings",
    "score_minutes",
    "score_part",
    "score_participants",
    "score_streams",
    "score_summaries",
    "table_of",
]

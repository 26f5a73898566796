"""The result documents as workbooks: the same numbers, for sorting and filtering.

Pure functions of the document. Each sheet has a frozen header with units, an autofilter, and its
columns explained on the last sheet, the legend.
"""

from qosreport.report.result import MeetingResult, WeeklyResult
from qosreport.report.workbook.common import method_sheet
from qosreport.report.workbook.meeting import meeting_sheets
from qosreport.report.workbook.sheets import workbook
from qosreport.report.workbook.weekly import weekly_sheets


def weekly_workbook(result: WeeklyResult) -> bytes:
    """Summary, Causes, Meetings, People, their meetings, Flags, CPU, and so on to the Method."""
    return workbook(
        [*weekly_sheets(result), method_sheet(result.method, result.provenance)],
        title=f"Zoom call quality {result.head.label}",
        zone=result.head.zone,
        created=result.provenance.data_as_of,
    )


def meeting_workbook(result: MeetingResult) -> bytes:
    """Summary, Participants, Minutes, Flags, Shares, Ratings, Coverage, Method."""
    return workbook(
        [*meeting_sheets(result), method_sheet(result.method, result.provenance)],
        title=f"Zoom meeting quality {result.head.label}",
        zone=result.head.zone,
        created=result.provenance.data_as_of,
    )

"""How much of a document a page shows: generous on screen, brief on paper."""

from dataclasses import dataclass, replace

from qosreport.report.view.shapes import PRINT, SCREEN, Surface


@dataclass(frozen=True)
class Layout:
    """Limits of one form of a page. What is left out is always counted in words."""

    surface: Surface
    """Where charts are drawn."""
    rows: int
    """Rows of a list shown at once."""
    more_rows: int
    """Further rows shown on request."""
    flags: int
    """Rules explained for one person or machine."""
    occurrences: int
    """Meetings listed for one rule."""
    meetings: int
    """Meetings listed for one person."""
    groups: int
    """Rows of a panel of sites, versions and so on, shown at once."""
    lanes: int
    """People in the strip."""
    panels: int
    """People with a panel of their own."""
    others: int
    """People in the table of everyone else."""
    events: int
    """Events of a meeting."""
    causes: int
    """Likely causes of a week."""
    cites: bool
    """Sources of thresholds stand once, numbered, instead of with each flag."""
    links: bool
    """May link to files beside the page."""
    full: str = "workbook"
    """The form that holds what the page leaves out."""

    @property
    def elsewhere(self) -> str:
        """Where the rest of a list is."""
        return f"in the {self.full}" if self.more_rows else f"in the HTML and the {self.full}"

    def beside(self, *, workbook: bool) -> "Layout":
        """The same for a document that has a workbook, or has none."""
        return self if workbook else replace(self, full="JSON")


SCREEN_PAGE = Layout(
    surface=SCREEN,
    rows=10,
    more_rows=40,
    flags=6,
    occurrences=4,
    meetings=8,
    groups=8,
    lanes=40,
    panels=20,
    others=200,
    events=40,
    causes=5,
    cites=False,
    links=True,
)
PRINT_PAGE = Layout(
    surface=PRINT,
    rows=8,
    more_rows=0,
    flags=2,
    occurrences=1,
    meetings=0,
    groups=6,
    lanes=30,
    panels=10,
    others=40,
    events=20,
    causes=4,
    cites=True,
    links=False,
)
WEEK_PRINT = replace(PRINT_PAGE, rows=5, flags=0, groups=4, causes=3, cites=False)
"""A week on paper is read in two minutes: the first rows, and where the rest is."""

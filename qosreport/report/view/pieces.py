"""What every page is made of: frozen pieces that a template places without thinking.

Words, order, rounding, units and class names are decided before an object of this module exists.
Every field is used by a template, and every name a template uses is a field here: the tests hold
both directions.
"""

from dataclasses import dataclass, field

from qosreport.report.view.shapes import BandBar, DotRow, HarmBar, Mini, Spark
from qosreport.report.view.strips import Lane, Needles
from qosreport.report.view.words import Prose

Chart = BandBar | DotRow | HarmBar | Lane | Mini | Needles | Spark
"""Any picture; its `kind` names the macro that draws it."""


@dataclass(frozen=True)
class BandMark:
    """A band as sign and word, never as colour alone."""

    word: str
    """Good, Fair, Poor, Bad or Unscored."""
    glyph: str
    """The sign before the word; hidden from screen readers."""
    css: str
    """Suffix of the class that colours both: good, fair, poor, bad, uns."""


@dataclass(frozen=True)
class Link:
    """A link within the page or beside it."""

    text: Prose
    """What it says."""
    href: str
    """`#fragment` or a relative path; anything else is refused when it is placed."""


@dataclass(frozen=True)
class Fact:
    """A labelled figure in a list."""

    label: Prose
    """What it is."""
    value: Prose
    """The figure with its unit."""
    band: BandMark | None = None
    """A band before the figure."""
    href: str = ""
    """Where the label links to; empty for no link."""
    quote: str = ""
    """Its name in the document, for whoever looks a figure up (docs/figures.md)."""


@dataclass(frozen=True)
class FactList:
    """Some facts under a heading of their own."""

    title: str
    """Heading; may be empty."""
    facts: tuple[Fact, ...]
    """In order of reading."""


@dataclass(frozen=True)
class Heading:
    """The head of a section: a small topic over a finding."""

    id: str
    """Fragment of the section."""
    topic: str
    """Two or three words, also in the contents."""
    finding: Prose
    """One sentence made from the numbers."""


@dataclass(frozen=True)
class Axis:
    """Labels over a column of dot rows, equally spaced from end to end."""

    labels: tuple[str, ...]
    """0, 10, 20 …; the last with the unit."""
    title: str
    """What is measured; may be empty where the column says so."""
    css: str
    """n3, n4 or n5 by the number of labels: print needs to know."""


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    label: str
    """Head; never empty."""
    css: str = ""
    """Width and alignment."""
    hidden: bool = False
    """The head is for screen readers only."""
    axis: Axis | None = None
    """Labels of the pictures below."""
    sort: str = ""
    """number or text where the reader may sort by it; else empty."""


@dataclass(frozen=True)
class Cell:
    """A cell: words, a band or a picture."""

    main: Prose = ()
    """First line."""
    second: Prose = ()
    """Second line, smaller."""
    href: str = ""
    """Where the first line links to; empty for no link."""
    band: BandMark | None = None
    """Band before or instead of the words."""
    chart: Chart | None = None
    """Picture instead of the words."""
    span: int = 1
    """Columns it covers: words that stand in place of a picture and its figure."""
    sort: str = ""
    """Raw value for sorting, where its column can be sorted."""


@dataclass(frozen=True)
class FlagRow:
    """One broken rule, explained."""

    label: str
    """What was broken: Audio loss, received."""
    says: Prose
    """When, value, threshold, cost, in a sentence."""
    worst: str
    """Worst value with its unit."""
    threshold: str
    """Threshold with its unit."""
    source: Prose
    """Where the threshold is from."""
    cite: int
    """Number of the source among the page's; 0 where it stands with the flag."""
    minutes: str
    """How many minutes, and the longest run."""
    where: tuple[Prose, ...]
    """Which minutes; over a week one line a meeting."""


@dataclass(frozen=True)
class FlagTable:
    """All rules that one connection, person or machine broke."""

    caption: Prose
    """Whose flags."""
    rows: tuple[FlagRow, ...]
    """Most minutes first."""
    note: str
    """How many more there are, and where; may be empty."""


@dataclass(frozen=True)
class Details:
    """More about a row, closed until asked for."""

    summary: Prose
    """What opens it, with counts."""
    flags: FlagTable
    """Rules broken."""
    lists: tuple[FactList, ...] = ()
    """Facts beside the flags, as the meetings concerned."""


@dataclass(frozen=True)
class Row:
    """A row of a table; the first cell is its head."""

    cells: tuple[Cell, ...]
    """One for each column, unless one spans."""
    id: str = ""
    """Fragment, if something links here."""
    css: str = ""
    """few (too few to say) or hot (marked)."""
    details: Details | None = None
    """Explanation below the row."""
    quote: str = ""
    """Its name in the document, for whoever looks a figure up (docs/figures.md)."""


@dataclass(frozen=True)
class Table:
    """A table."""

    id: str
    """Unique on the page."""
    caption: Prose
    """What a row is and in which order they stand."""
    columns: tuple[Column, ...]
    """Left to right."""
    rows: tuple[Row, ...]
    """Shown at once."""
    css: str
    """Layout of the columns."""
    more: tuple[Row, ...] = ()
    """Shown on request."""
    more_summary: str = ""
    """What opens them: how many."""
    filter_label: str = ""
    """Label of the filter over the further rows; empty for none."""
    note: Prose = ()
    """Below the table."""


@dataclass(frozen=True)
class KeyItem:
    """One entry of a picture's key."""

    words: Prose
    """What the sign means, with count and share if there are any."""
    band: BandMark | None = None
    """The sign, if it is a band's."""
    swatch: str = ""
    """The sign, if it is a swatch: class names."""
    quote: str = ""
    """Its name in the document, for whoever looks a figure up (docs/figures.md)."""


@dataclass(frozen=True)
class Notice:
    """Something to know before reading: a snapshot, a gap, an open week."""

    head: str
    """In two or three words."""
    words: Prose
    """In a sentence."""


@dataclass(frozen=True)
class Head:
    """What the page is."""

    title: str
    """Title of the document behind the brand's name; may be empty."""
    organisation: str
    """Whose report; may be empty."""
    period: str
    """Of which time, at the right of the head."""
    short_period: str
    """The same for the running head of printed pages."""
    foot: str
    """For the foot of printed pages: policy and hash."""
    created: str
    """When the data was pulled, ISO 8601; the document's only date."""
    back: Link | None
    """To the week this page belongs to."""


@dataclass(frozen=True)
class Hero:
    """The answer."""

    eyebrow: Prose
    """Topic of the meeting; empty on a weekly page."""
    verdict: Prose
    """At most two sentences, at most 22 words."""
    lede: Prose
    """Two or three sentences: scale, concentration, where to start."""
    volume: tuple[Fact, ...]
    """How much there was."""
    notices: tuple[Notice, ...]
    """What limits it."""
    bar: BandBar | None
    """All connections by band; absent where there are none."""
    key: tuple[KeyItem, ...]
    """Direct key of the bar."""
    note: Prose
    """What the bar counts."""


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of the method, beginning with its subject."""

    subject: str
    """In bold."""
    words: Prose
    """The rest."""
    links: tuple[Link, ...] = ()
    """Other forms of this document."""


@dataclass(frozen=True)
class Method:
    """By which rules, from what, by what."""

    heading: Heading
    """Always the same."""
    paragraphs: tuple[Paragraph, ...]
    """In three columns."""


@dataclass(frozen=True)
class Coverage:
    """What came and what did not."""

    heading: Heading
    """How much could be judged."""
    lists: tuple[FactList, ...]
    """Came, did not come, could not be read."""
    note: Prose = field(default=())
    """How the figures add up."""

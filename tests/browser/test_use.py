"""Sorting and filtering, by mouse and by keyboard."""

import pytest


def column(table, number):
    """What a column sorts by, row by row."""
    return table.evaluate(
        """(table, at) => [...table.tBodies[0].rows].filter(r => !r.classList.contains('x'))
        .map(r => r.cells[at].dataset.v ?? r.cells[at].textContent.trim().toLowerCase())""",
        number,
    )


def sortable(page):
    """The first table with a column of numbers to sort by, that column's head and its place."""
    head = page.locator("th[data-sort=number]").first
    table = head.locator("xpath=ancestor::table")
    return table, head, head.evaluate("head => head.cellIndex")


@pytest.mark.parametrize("by", ["mouse", "keyboard"])
def test_a_table_is_sorted_both_ways(show, by):
    page = show("weekly").page
    table, head, at = sortable(page)
    button = head.locator("button")

    def press():
        if by == "mouse":
            button.click()
        else:
            button.focus()
            page.keyboard.press("Enter")

    before = column(table, at)
    press()
    down = [float(value) for value in column(table, at)]
    assert head.get_attribute("aria-sort") == "descending"
    assert down == sorted(down, reverse=True)
    press()
    up = [float(value) for value in column(table, at)]
    assert head.get_attribute("aria-sort") == "ascending"
    assert up == sorted(up)
    assert sorted(before) == sorted(column(table, at))


def test_details_stay_with_their_row(show):
    page = show("weekly").page
    pairs = """() => [...document.querySelectorAll('tr.x')].map(x =>
        x.previousElementSibling.textContent.slice(0, 40) + '|' + x.textContent.slice(0, 80))"""
    before = sorted(page.evaluate(pairs))
    for head in page.locator("th[data-sort] button").all():
        if head.is_visible():
            head.click()
    assert sorted(page.evaluate(pairs)) == before


def filtered(page):
    """The first list that can be filtered, opened."""
    box = page.locator("details[data-filter]").first
    box.locator("summary").first.focus()
    page.keyboard.press("Enter")
    return box


def test_a_list_is_filtered_as_one_types(show):
    page = show("weekly-terrible").page
    box = filtered(page)
    rows = box.locator("tbody > tr:not(.x)")
    wanted = rows.nth(1).locator("th .t1").inner_text().strip()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.type") == "search"
    page.keyboard.type(wanted)
    shown = [row for row in rows.all() if row.is_visible()]
    assert 0 < len(shown) < rows.count() or rows.count() == 1
    assert all(wanted.lower() in row.inner_text().lower() for row in shown)
    assert box.locator("[role=status]").inner_text() == f"{len(shown)} of {rows.count()}"
    page.keyboard.press("Control+A")
    page.keyboard.press("Delete")
    assert all(row.is_visible() for row in rows.all())


def test_a_link_into_closed_details_opens_them(show):
    page = show("weekly-terrible").page
    target = page.evaluate("() => document.querySelector('details:not([open]) tr[id]')?.id ?? ''")
    assert target
    page.evaluate("id => { location.hash = id }", target)
    assert page.locator(f"#{target}").is_visible()

"""A person's page and a place's page, offline, from the store that `weekly` filled."""

import json
import re
import subprocess
from collections import Counter

import pikepdf
import pytest

from tests.e2e.support import (
    COMMAND,
    WITH_PDF,
    account,
    meetings_of,
    organisation,
    private_words,
    week,
)


def sites():
    return json.dumps(organisation().organisation.networks())


SITES = {"QOSREPORT_SITES__NETWORKS": sites()}


def staff():
    """Who was in most meetings of the last week."""
    met = Counter(
        one.person.email
        for meeting in meetings_of(organisation())
        for one in {one.person.key: one for one in meeting.sessions}.values()
        if one.person.kind == "member"
    )
    return met.most_common(1)[0]


def asked(command, *arguments):
    """A run whose output may name people: what it ended with, and both streams."""
    options = {"cwd": command.home, "env": command.environ(), "text": True}
    done = subprocess.run([COMMAND, *arguments], capture_output=True, check=False, **options)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout, done.stderr


def test_a_person_is_found_by_address_without_a_call(reported, tmp_path):
    email, met = staff()
    with account(organisation()) as server:
        command = reported[0].copy(tmp_path / "person", server)
        result = command.run("person", email.upper(), env={**SITES, **WITH_PDF})
        assert server.requests == []
    names = [path.name for path in result.paths]
    document = result.document()
    assert names == [f"{document['ref']}.{form}" for form in ("json", "pdf", "html")]
    assert all(path.parent.name == "people" for path in result.paths)
    assert (document["email"], document["meetings"], document["weeks"]) == (email, met, 1)
    assert len(document["visits"]) == met
    assert document["poor"]["n"] == sum(visit["scored_minutes"] for visit in document["visits"])
    pages = {visit["page"] for visit in document["visits"] if visit["page"]}
    assert all((result.made(".html").parent / page).exists() for page in pages)
    assert "../index.html" in result.made(".html").read_text("utf-8")
    again = command.run("person", document["ref"], env=SITES)
    assert again.document() == document


def test_several_people_are_listed_by_address_and_nobody_is_one_line(reported, tmp_path):
    command = reported[0].copy(tmp_path / "several", reported[0].server)
    code, out, err = asked(command, "person", "a")
    assert (code, err.count("error:")) == (2, 1)
    assert err.rstrip().endswith("[several-people]")
    lines = out.splitlines()
    assert 1 < len(lines) <= 20
    emails = {one.person.email for m in meetings_of(organisation()) for one in m.sessions}
    assert {line.split("  ")[0] for line in lines} <= emails | {"no address"}
    assert not any(word in err for word in private_words(organisation()))
    nobody = command.run("person", "nobody@elsewhere.example", code=2)
    assert nobody.slug == "person-not-known"
    assert nobody.out == ""


def test_a_guest_is_found_by_name_and_by_the_reference_of_the_list(reported, tmp_path):
    command = reported[0].copy(tmp_path / "guest", reported[0].server)
    guests = [
        one.person.name
        for meeting in meetings_of(organisation())
        for one in meeting.sessions
        if one.person.kind == "web" and one.person.name and not one.person.email
    ]
    code, out, _ = asked(command, "person", guests[0])
    assert code in {0, 2}
    if code:
        code, out, _ = asked(command, "person", out.splitlines()[0].split("  ")[1])
    assert code == 0
    assert "people/" in out


@pytest.mark.parametrize("option", ["--site", "--data-center", "--isp"])
def test_evidence_holds_nothing_of_a_person(reported, tmp_path, option):
    command = reported[0].copy(tmp_path / "place", reported[0].server)
    kind = {"--site": "site", "--data-center": "data_center", "--isp": "provider"}[option]
    command.run("report", "--week", week(), env=SITES)
    weekly = json.loads(next(command.home.glob("qosreport-out/weekly-*.json")).read_text("utf-8"))
    names = next(one["rows"] for one in weekly["segments"] if one["id"] == kind)
    name = next(row["name"] for row in names if row["name"]).replace(" Top)", ")")
    result = command.run("evidence", option, name, "--week", week(), env={**SITES, **WITH_PDF})
    document = result.document()
    assert document["name"] == name
    if kind != "data_center":
        row = next(row for row in names if row["name"] == name)
        assert document["here"]["poor"] == row["poor"]
        assert document["here"]["harmed_minutes"] == row["harmed_minutes"]
    assert all(path.parent.name == "evidence" for path in result.paths)
    with pikepdf.open(result.made(".pdf")) as file:
        assert len(file.pages) == 1
        attached = b"".join(a.get_file().read_bytes() for a in file.attachments.values())
    texts = [result.made(form).read_text("utf-8") for form in (".json", ".html")]
    texts += [attached.decode(), pdf_text(result.made(".pdf"))]
    words = private_words(organisation()) - {"<script", "display:none"}  # the page has its own
    for text in texts:
        assert [word for word in words if told(word, text)] == []
    assert name in texts[0]


def told(word, text):
    """Whether a text says it, and not something longer: 198.51.100.1 is not in 198.51.100.16/28."""
    return word in text and re.search(rf"(?<![\w.]){re.escape(word)}(?![\w./:])", text)


def pdf_text(path):
    return subprocess.run(
        ["pdftotext", str(path), "-"], capture_output=True, text=True, check=True
    ).stdout


def test_the_check_for_canaries_can_fail(reported):
    person = next(one.person for one in meetings_of(organisation())[0].sessions)
    document = next(reported[0].home.glob("qosreport-out/weekly-*.json")).read_text("utf-8")
    assert person.name in private_words(organisation())
    assert any(told(word, document) for word in private_words(organisation()))
    assert told("198.51.100.1", "at 198.51.100.1, say")
    assert not told("198.51.100.1", "198.51.100.16")


def test_a_place_nobody_was_at_is_one_line_with_the_nearest(reported, tmp_path):
    command = reported[0].copy(tmp_path / "nowhere", reported[0].server)
    result = command.run("evidence", "--site", "Leedz", "--week", week(), env=SITES, code=2)
    assert result.slug == "place-not-known"
    assert "Did you mean 'Leeds'?" in result.error
    two = command.run("evidence", "--site", "Leeds", "--isp", "x", code=2)
    assert two.slug == "usage"


def test_a_changed_list_of_sites_reads_the_past_anew(reported, tmp_path):
    command = reported[0].copy(tmp_path / "sites", reported[0].server)
    file = command.home / "sites.csv"
    networks = organisation().organisation.networks()
    file.write_text("".join(f"{net},Office {name}\n" for net, name in networks.items()), "utf-8")
    result = command.run("report", "--week", week(), env={"QOSREPORT_SITES__FILE": str(file)})
    document = result.document(f"weekly-{week()}.json")
    names = {row["name"] for s in document["segments"] if s["id"] == "site" for row in s["rows"]}
    assert names - {None} <= {f"Office {name}" for name in networks.values()}
    located = document["coverage"]["located"]
    counted = located["at_sites"] + located["away"] + located["unknown"]
    assert (counted, located["listed"]) == (document["coverage"]["connections"], True)
    file.write_text("198.51.100.0/28,Leeds\n198.51.100.0/28,Porto\n", "utf-8")
    bad = command.run("weekly", "--week", week(), env={"QOSREPORT_SITES__FILE": str(file)}, code=78)
    assert bad.slug == "bad-network-list"
    assert f"{file}, line 2" in bad.error

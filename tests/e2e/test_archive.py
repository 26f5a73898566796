"""The installed command and an archive: reports stay, revisions follow, damage is found."""

import json
import re
from html.parser import HTMLParser
from urllib.parse import unquote

from tests.e2e.support import week
from tests.mailserver import HOST, mail_server

W, BEFORE = week(), week(2)


def environment(home, **more):
    given = {"URL": str(home / "share"), **more}
    return {f"QOSREPORT_ARCHIVE__{name}": str(value) for name, value in given.items()}


def files_in(directory):
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


class Hrefs(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.found += [value for name, value in attrs if name == "href" and value]


def assert_links_lead_somewhere(page):
    hrefs = Hrefs(page.read_text("utf-8")).found
    assert hrefs
    for href in hrefs:
        path, _, fragment = href.partition("#")
        target = (page.parent / unquote(path)) if path else page
        assert target.is_file(), f"{page.name} → {href}"
        if fragment and target.suffix == ".html":
            assert f'id="{fragment}"' in target.read_text("utf-8"), f"{page.name} → {href}"


def test_weekly_archives_what_it_made_and_every_link_leads_somewhere(pulled):
    env = environment(pulled.home)
    result = pulled.run("weekly", "--week", W, "--offline", env=env)
    assert "Archive: 1 report in place." in result.err
    share = pulled.home / "share"
    latest = json.loads((share / "weeks" / W / "latest.json").read_text("utf-8"))
    made = result.made(f"weekly-{W}.html")
    kept = share / "weeks" / W / latest["page"]
    assert kept.read_bytes() == made.read_bytes()
    for page in share.rglob("*.html"):
        assert_links_lead_somewhere(page)
    assert pulled.run("verify", "--archive", env=env).err.count("as they were") == 1


def test_the_same_report_again_changes_no_byte_and_another_is_a_revision(pulled):
    env = environment(pulled.home)
    pulled.run("archive", "--week", W, env=env)
    first = files_in(pulled.home / "share")
    pulled.run("archive", "--week", W, env=env)
    assert files_in(pulled.home / "share") == first
    other = {**env, "QOSREPORT_REPORT__ORGANISATION": "Brightwell & Osei"}
    pulled.run("weekly", "--week", W, "--offline", env=other)
    second = files_in(pulled.home / "share")
    assert {name: second[name] for name in first if "/r1-" in name} == {
        name: data for name, data in first.items() if "/r1-" in name
    }
    assert any("/r2-" in name for name in second)
    assert "revision 2" in second["index.html"].decode()


def test_a_meeting_on_demand_is_archived_too_and_can_be_found(pulled, reported):
    env = environment(pulled.home)
    document = reported[1].document(f"weekly-{W}.json")
    (ref,) = (row["ref"] for row in document["worst_meetings"][:1])
    stem = next(path for path in reported[1].paths if ref in path.name and path.suffix == ".json")
    uuid = _uuid_of(pulled, ref)
    result = pulled.run("meeting", uuid, "--offline", env=env)
    assert "Archive: 1 report in place." in result.err
    share = pulled.home / "share"
    latest = json.loads((share / "meetings" / stem.stem / "latest.json").read_text("utf-8"))
    page = share / "meetings" / stem.stem / latest["page"]
    assert_links_lead_somewhere(page)
    assert latest["page"] in (share / "index.html").read_text("utf-8")
    pulled.run("meeting", uuid, "--offline", "--no-archive", env=environment(pulled.home, URL="no"))
    assert not (pulled.home / "no").exists()


def _uuid_of(command, ref):
    from qosreport.report.refs import meeting_ref

    meetings = command.server.simulation.everything()
    return next(one.uuid for one in meetings if meeting_ref(one.uuid) == ref)


def test_an_archive_that_is_away_loses_nothing_and_the_next_run_completes_it(pulled):
    blocked = pulled.home / "blocked"
    blocked.write_text("no directory", "utf-8")
    env = environment(pulled.home, URL=blocked, LINK="https://reports.tamarack.example/zoom")
    mail = {
        "QOSREPORT_MAIL__HOST": HOST,
        "QOSREPORT_MAIL__SECURITY": "none",
        "QOSREPORT_MAIL__SENDER": "robot@tamarack.example",
        "QOSREPORT_MAIL__RECIPIENTS": "anna@tamarack.example",
    }
    with mail_server() as (inbox, port):
        mail["QOSREPORT_MAIL__PORT"] = str(port)
        result = pulled.run("weekly", "--week", W, "--offline", env={**env, **mail}, code=73)
    assert result.slug == "archive-unavailable"
    assert result.made(f"weekly-{W}.html").exists()
    assert inbox.recipients() == ["anna@tamarack.example"], "mail goes all the same"
    text = inbox.message().get_body(("plain",)).get_content()
    assert "reports.tamarack.example" not in text, "a link that leads nowhere"
    blocked.unlink()
    later = pulled.run("weekly", "--week", BEFORE, env=env)
    assert "Archive: 2 reports in place." in later.err
    assert sorted(path.name for path in (blocked / "weeks").iterdir()) == sorted([W, BEFORE])


def test_mail_links_to_what_is_archived(pulled):
    env = {
        **environment(pulled.home, LINK="https://reports.tamarack.example/zoom"),
        "QOSREPORT_MAIL__HOST": HOST,
        "QOSREPORT_MAIL__SECURITY": "none",
        "QOSREPORT_MAIL__SENDER": "robot@tamarack.example",
        "QOSREPORT_MAIL__RECIPIENTS": "anna@tamarack.example",
    }
    with mail_server() as (inbox, port):
        env["QOSREPORT_MAIL__PORT"] = str(port)
        pulled.run("weekly", "--week", W, "--offline", env=env)
    text = inbox.message().get_body(("plain",)).get_content()
    link = re.search(r"https://reports\.tamarack\.example/zoom/(\S+)", text)[1]
    assert (pulled.home / "share" / link).is_file()


def test_damage_and_a_share_that_is_not_mounted_are_named(pulled):
    env = environment(pulled.home)
    pulled.run("archive", "--week", W, env=env)
    (kept,) = (pulled.home / "share").rglob(f"weekly-{W}.pdf")
    kept.chmod(0o644)
    kept.write_bytes(kept.read_bytes()[:-1])
    result = pulled.run("verify", "--archive", env=env, code=73)
    assert result.slug == "archive-damaged"
    assert kept.name in result.warnings[0]
    (pulled.home / "share").rename(pulled.home / "unmounted")
    (pulled.home / "share").mkdir()
    result = pulled.run("archive", "--week", W, env=env, code=73)
    assert result.slug == "archive-foreign"
    assert list((pulled.home / "share").iterdir()) == []


def test_pruning_says_what_it_would_do_and_does_it_only_when_told(pulled):
    env = environment(pulled.home)
    pulled.run("archive", "--week", W, env=env)
    pulled.run("weekly", "--week", BEFORE, env=env)
    before = files_in(pulled.home / "share")
    assert pulled.run("archive", "--prune", env=env, code=78).slug == "missing-setting"
    env |= environment(pulled.home, KEEP_LAST=1)
    told = pulled.run("archive", "--prune", env=env)
    assert f"would remove weeks/{BEFORE}" in told.err
    assert files_in(pulled.home / "share") == before
    pulled.run("archive", "--prune", "--delete", env=env)
    after = files_in(pulled.home / "share")
    assert not any(BEFORE in name for name in after)
    assert any(W in name for name in after)
    assert BEFORE not in after["index.html"].decode()
    pulled.run("verify", "--archive", env=env)

"""Two weeks of a timer on a machine that loses power in every stage: each mail once, or held."""

import datetime as dt
import threading
from collections import Counter
from email import message_from_bytes
from email.policy import default

from qosreport.store import Store
from tests.e2e.support import ALL_FORMS, account, organisation, wait_until, week
from tests.mailserver import HOST, Inbox, mail_server

FIRST, SECOND = week(2), week(1)
ANNA, BO = "anna@tamarack.example", "bo@tamarack.example"


class Holding(Inbox):
    """A server that stops at a command, until it is let go on."""

    def __init__(self):
        super().__init__()
        self.at = None
        self.reached, self.go_on = threading.Event(), threading.Event()

    def hold(self, command, recipient):
        self.reached.clear()
        self.go_on.clear()
        self.at = (command, recipient)

    def let_go(self):
        self.at = None
        self.go_on.set()

    def reply(self, command, recipient=""):
        if (command, recipient) == self.at:
            self.reached.set()
            self.go_on.wait(60)
        return super().reply(command, recipient)

    def by_week(self):
        """How many messages each recipient has of each week."""
        return Counter((label_of(data), recipient) for recipient, data in self.taken)


def label_of(data):
    return message_from_bytes(data, policy=default)["Message-ID"].strip("<").split(".")[0]


def environment(home, port):
    return {
        "QOSREPORT_REPORT__WORST_PAGES": "1",
        **ALL_FORMS,
        "QOSREPORT_ARCHIVE__URL": str(home / "share"),
        "QOSREPORT_MAIL__HOST": HOST,
        "QOSREPORT_MAIL__PORT": str(port),
        "QOSREPORT_MAIL__SECURITY": "none",
        "QOSREPORT_MAIL__SENDER": "robot@tamarack.example",
        "QOSREPORT_MAIL__RECIPIENTS": f"{ANNA},{BO}",
    }


def kill_when(command, condition, env):
    """Run `weekly` and end it without notice as soon as something is so."""
    process = command.start("weekly", env=env)
    try:
        wait_until(lambda: condition() or process.poll() is not None, timeout_s=120)
        assert process.poll() is None, "it ended before it could be killed"
    finally:
        process.kill()
        process.communicate()


def kill_at_mail(command, inbox, place, env):
    inbox.hold(*place)
    try:
        kill_when(command, inbox.reached.is_set, env)
    finally:
        inbox.let_go()


def states(command):
    with Store.open(command.store, lock=False) as store:
        weeks = dict(store.weeks.states())
        mails = {(f.envelope.label, f.envelope.recipient): f.state for f in store.outbox.fates()}
    return weeks, mails


def test_each_recipient_has_each_week_once_whatever_was_killed_where(fresh):
    with Store.open(fresh.store) as store:
        store.weeks.note(week(3), "done", dt.datetime.now(dt.UTC))
    out, share = fresh.home / "qosreport-out", fresh.home / "share"
    with account(organisation()) as server, mail_server(Holding()) as (inbox, port):
        fresh.server = server
        env = environment(fresh.home, port)

        def asked():
            return sum(one.endpoint == "qos" for one in server.requests)

        kill_when(fresh, lambda: asked() >= 5, env)
        kill_when(fresh, lambda: any((fresh.store / "scores").rglob("*.parquet")), env)
        kill_when(fresh, (out / f"weekly-{FIRST}.json").exists, env)
        kill_when(fresh, (share / "weeks" / FIRST).exists, env)
        assert inbox.taken == []
        kill_at_mail(fresh, inbox, ("RCPT", ANNA), env)
        assert inbox.taken == [], "before the dot"
        kill_at_mail(fresh, inbox, ("DATA", BO), env)
        wait_until(lambda: len(inbox.taken) == 2)
        before = asked()
        kill_when(fresh, lambda: asked() > before, env)
        weeks, mails = states(fresh)
        assert weeks == {week(3): "done", FIRST: "done", SECOND: "begun"}
        assert mails == {(FIRST, ANNA): "sent", (FIRST, BO): "unknown"}
        kill_when(fresh, (out / f"weekly-{SECOND}.json").exists, env)
        kill_at_mail(fresh, inbox, ("RCPT", BO), env)
        assert inbox.by_week()[SECOND, ANNA] == 1

        last = fresh.run("weekly", env=env, code=1)
        (held,) = last.warnings
        assert f"mail {FIRST} (weekly) to …@tamarack.example may or may not have arrived" in held
        every = {(label, who): 1 for label in (FIRST, SECOND) for who in (ANNA, BO)}
        assert inbox.by_week() == every
        weeks, mails = states(fresh)
        assert set(weeks.values()) == {"done"}
        assert mails == {one: "unknown" if one == (FIRST, BO) else "sent" for one in every}

        fresh.run("send", "--week", FIRST, "--dismiss-unknown", env=env)
        quiet = fresh.run("weekly", env=env)
        assert f"{SECOND} is reported already" in quiet.err
        assert inbox.by_week() == every
        fresh.run("verify", env=env)
        fresh.run("verify", "--archive", env=env)

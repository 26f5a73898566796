import re
from pathlib import Path

import pytest

from qosreport import settings
from qosreport.errors import BadSetting, BadSettingsFile, MissingSetting, UnknownSetting


@pytest.fixture(autouse=True)
def empty_directory(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(path, text, mode=0o600):
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return path


def test_flags_win_over_environment_and_environment_over_file(tmp_path):
    file = write(tmp_path / "q.toml", '[zoom]\nplan = "free"\nworkers = 3\nbudget_share = 0.1\n')
    loaded = settings.load(
        file,
        environ={"QOSREPORT_ZOOM__WORKERS": "4", "QOSREPORT_ZOOM__BUDGET_SHARE": "0.2"},
        flags={"zoom.budget_share": 0.3, "store.path": None},
    )
    assert loaded.settings.zoom.plan == "free"
    assert loaded.settings.zoom.workers == 4
    assert loaded.settings.zoom.budget_share == 0.3
    assert loaded.origins == {
        "zoom.plan": str(file),
        "zoom.workers": "QOSREPORT_ZOOM__WORKERS",
        "zoom.budget_share": "command line",
    }


def test_a_settings_file_in_the_working_directory_is_read_by_itself(tmp_path):
    write(tmp_path / "qosreport.toml", '[report]\ntimezone = "Europe/London"\n')
    assert settings.load(environ={}).settings.report.timezone == "Europe/London"


def test_an_empty_variable_is_not_set():
    loaded = settings.load(environ={"QOSREPORT_STORE__PATH": ""})
    assert loaded.origins == {}


@pytest.mark.parametrize(
    ("environ", "nearest"),
    [
        ({"QOSREPORT_ZOOM__CLIENT_IDD": "x"}, "zoom.client_id?"),
        ({"QOSREPORT_REPORT__TIMEZON": "UTC"}, "report.timezone?"),
    ],
)
def test_an_unknown_variable_is_an_error_with_the_nearest_name(environ, nearest):
    with pytest.raises(UnknownSetting, match=nearest.replace("?", r"\?")):
        settings.load(environ=environ)


@pytest.mark.parametrize("text", ["[zoom]\nplann = 'pro'\n", "plan = 'pro'\n", "[zom]\nplan = 1\n"])
def test_an_unknown_key_in_the_file_is_an_error_that_names_the_file(tmp_path, text):
    file = write(tmp_path / "q.toml", text)
    with pytest.raises(UnknownSetting, match=r"q\.toml"):
        settings.load(file, environ={})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("BUDGET_SHARE", "0"),
        ("BUDGET_SHARE", "1.5"),
        ("BUDGET_SHARE", "nan"),
        ("WORKERS", "0"),
        ("WORKERS", "many"),
        ("PLAN", "gold"),
        ("API_URL", "http://api.example/v2"),
        ("API_URL", "ftp://api.example"),
        ("TOKEN_URL", "not a url"),
    ],
)
def test_a_value_that_cannot_be_is_refused_by_name(key, value):
    with pytest.raises(BadSetting, match=f"zoom.{key.lower()} \\(QOSREPORT_ZOOM__{key}\\)"):
        settings.load(environ={f"QOSREPORT_ZOOM__{key}": value})


def test_plain_http_is_allowed_to_loopback_only():
    loaded = settings.load(environ={"QOSREPORT_ZOOM__API_URL": "http://127.0.0.1:8080/v2/"})
    assert loaded.settings.zoom.api_url == "http://127.0.0.1:8080/v2"


def test_a_broken_or_missing_file_is_named(tmp_path):
    with pytest.raises(BadSettingsFile, match=r"absent\.toml"):
        settings.load(tmp_path / "absent.toml", environ={})
    with pytest.raises(BadSettingsFile, match=r"broken\.toml"):
        settings.load(write(tmp_path / "broken.toml", "[zoom\n"), environ={})


def test_a_secret_in_a_file_others_can_read_is_refused(tmp_path):
    text = '[zoom]\nclient_secret = "hush-hush"\n'
    with pytest.raises(BadSetting, match="chmod 600") as caught:
        settings.load(write(tmp_path / "open.toml", text, 0o644), environ={})
    assert "hush-hush" not in str(caught.value)
    assert settings.load(
        write(tmp_path / "closed.toml", text), environ={}
    ).settings.zoom.secret() == ("hush-hush")


def test_the_secret_comes_from_its_file_and_never_prints(tmp_path):
    file = write(tmp_path / "secret", "hush-hush\n")
    loaded = settings.load(environ={"QOSREPORT_ZOOM__CLIENT_SECRET_FILE": str(file)})
    assert loaded.settings.zoom.secret() == "hush-hush"
    masked = settings.load(environ={"QOSREPORT_ZOOM__CLIENT_SECRET": "hush-hush"})
    assert "hush-hush" not in repr(masked)
    with pytest.raises(MissingSetting, match="QOSREPORT_ZOOM__CLIENT_SECRET"):
        settings.load(environ={}).settings.zoom.secret()


@pytest.mark.parametrize(
    ("keys", "guide"),
    [
        (("mail.host",), "docs/operations.md, 'Mail'"),
        (("archive.keep_last", "archive.keep_days"), "docs/operations.md, 'Archive'"),
        (("ping.url",), "docs/operations.md, 'Unattended'"),
        (("privacy.key",), "docs/privacy.md, 'Pseudonyms'"),
        (("retention.raw_days", "retention.tables_days"), "docs/privacy.md, 'Retention'"),
        (("zoom.account_id",), "README.md, 'With your Zoom account'"),
    ],
)
def test_what_is_missing_is_named_with_the_section_that_explains_it(keys, guide):
    error = settings.missing(*keys, one_is_enough=True)
    assert f"Not set: {', '.join(keys)}. Set {'it' if len(keys) == 1 else 'one of them'} in" in (
        error.line()
    )
    assert all(settings.environment_name(key) in error.line() for key in keys)
    assert error.line().endswith("Nothing was started.")
    assert error.advice().endswith(f"see {guide}.")
    file, section = guide.split(", ")
    text = (Path(__file__).parents[2] / file).read_text("utf-8")
    assert re.search(rf"^##+ {section.strip(chr(39))}$", text, re.MULTILINE)


def test_a_bad_value_never_shows_in_the_message():
    with pytest.raises(BadSetting) as caught:
        settings.load(environ={"QOSREPORT_ZOOM__TOKEN_URL": "secret-looking-thing"})
    assert "secret-looking-thing" not in str(caught.value)


def mail(**given):
    environ = {f"QOSREPORT_MAIL__{name.upper()}": value for name, value in given.items()}
    return settings.load(environ=environ).settings.mail


def test_recipients_are_a_list_in_a_file_and_separated_by_commas_in_the_environment(tmp_path):
    text = """[mail]
    recipients = ["anna@tamarack.example", "bo@tamarack.example"]
    [mail.sites]
    Leeds = ["net@leeds.example"]
    "Acre (IL)" = "net@acre.example, noc@acre.example"
    """
    of_file = settings.load(write(tmp_path / "q.toml", text), environ={}).settings.mail
    of_environment = mail(
        recipients="anna@tamarack.example, bo@tamarack.example,anna@tamarack.example",
        sites='{"Leeds": ["net@leeds.example"], "Acre (IL)": "net@acre.example,noc@acre.example"}',
    )
    assert of_file == of_environment
    assert of_file.recipients == ("anna@tamarack.example", "bo@tamarack.example")
    assert of_file.sites["Acre (IL)"] == ("net@acre.example", "noc@acre.example")


@pytest.mark.parametrize(
    "address",
    [
        "a@x,b@y@z", "a@x\x00", "a b@x", "@x", "a@", "a@x\nBcc: y@z", "a@-x", "a..b@x", "ü@x",
        "a" * 65 + "@x", "a@" + "x." * 130 + "x", "Anna <a@x>", "a@x;b@y",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_before_anything_is_pulled(address):
    with pytest.raises(BadSetting, match=r"mail\.recipients"):
        mail(recipients=address)


def test_a_sender_may_have_a_name_and_a_foreign_domain():
    assert mail(sender="Zoom quality <q@bücher.example>").mailbox() == (
        "Zoom quality", "q@xn--bcher-kva.example"
    )  # fmt: skip
    assert mail(sender="q@x.example").mailbox() == ("", "q@x.example")
    with pytest.raises(BadSetting, match=r"mail\.sender"):
        mail(sender="Zoom <q@x> <r@y>")


def test_no_secret_travels_in_the_clear():
    with pytest.raises(BadSetting, match="starttls or tls"):
        mail(auth="password", security="none")
    with pytest.raises(BadSetting, match="https"):
        mail(token_url="http://login.example/token")


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ({"sender": "a@x"}, "mail.host"),
        ({"host": "h"}, "mail.sender"),
        ({"host": "h", "sender": "a@x"}, "mail.recipients"),
        ({"auth": "password"}, "mail.user"),
        ({"auth": "password", "user": "u"}, "mail.password"),
        ({"auth": "microsoft", "user": "u"}, "mail.tenant"),
        ({"auth": "google", "user": "u"}, "mail.key_file"),
    ],
)
def test_what_mail_lacks_is_named_before_anything_is_pulled(given, missing):
    rest = {"host": "h", "sender": "a@x", "recipients": "b@y"} if "auth" in given else {}
    with pytest.raises(MissingSetting, match=missing.replace(".", r"\.")):
        mail(**rest, **given).check()


def test_a_key_that_is_not_there_is_said_before_anything_is_pulled(tmp_path):
    given = {"host": "h", "sender": "a@x", "recipients": "b@y", "auth": "google", "user": "a@x"}
    with pytest.raises(BadSetting, match=r"mail\.key_file"):
        mail(**given, key_file=str(tmp_path / "absent.json")).check()


def test_mail_is_complete_without_recipients_if_sites_have_some():
    mail(host="h", sender="a@x", sites='{"Leeds": "b@y"}').check()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("URL", "gopher://x/y"),
        ("URL", "sftp://anna:canary@host/path"),
        ("LINK", "javascript:alert(1)"),
        ("OPTIONS", "not json"),
        ("URL", "webdav+http://dav.example.org/zoom"),
    ],
)
def test_an_archive_that_cannot_be_is_refused(key, value):
    with pytest.raises(BadSetting, match=rf"archive\.{key.lower()}") as caught:
        settings.load(environ={f"QOSREPORT_ARCHIVE__{key}": value})
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("key", ["mail.password", "mail.client_secret", "archive.password"])
def test_every_secret_is_refused_in_a_file_others_can_read(tmp_path, key):
    section, _, name = key.partition(".")
    file = write(tmp_path / "open.toml", f'[{section}]\n{name} = "hush-hush"\n', 0o644)
    with pytest.raises(BadSetting, match="chmod 600"):
        settings.load(file, environ={})


def test_a_key_of_pseudonyms_must_be_there_and_long(tmp_path):
    def secret(**environ):
        return settings.load(environ=environ).settings.privacy.secret()

    assert secret(QOSREPORT_PRIVACY__KEY="0123456789abcdef") == b"0123456789abcdef"
    file = tmp_path / "key"
    file.write_text("0123456789abcdef!\n", "utf-8")
    assert secret(QOSREPORT_PRIVACY__KEY_FILE=str(file)) == b"0123456789abcdef!"
    with pytest.raises(BadSetting, match="16 characters"):
        secret(QOSREPORT_PRIVACY__KEY="0123456789abcde")
    with pytest.raises(MissingSetting, match=r"privacy\.key"):
        secret()


def test_nothing_is_hidden_or_removed_unless_the_settings_say_so():
    found = settings.load(environ={}).settings
    assert found.privacy.modes == {"full"}
    assert not found.retention.configured
    some = settings.load(environ={"QOSREPORT_RETENTION__RAW_DAYS": "200"}).settings
    assert some.retention.configured
    with pytest.raises(BadSetting):
        settings.load(environ={"QOSREPORT_RETENTION__RAW_DAYS": "0"})
    with pytest.raises(BadSetting):
        settings.load(environ={"QOSREPORT_PRIVACY__MAIL": "anonymous"})

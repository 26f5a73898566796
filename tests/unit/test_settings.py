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


def test_a_bad_value_never_shows_in_the_message():
    with pytest.raises(BadSetting) as caught:
        settings.load(environ={"QOSREPORT_ZOOM__TOKEN_URL": "secret-looking-thing"})
    assert "secret-looking-thing" not in str(caught.value)

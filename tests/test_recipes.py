"""Every recipe can be followed: commands, options, settings and packages named in it exist."""

import configparser
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import click
import pytest
import yaml

from qosreport import settings
from qosreport.cli import main

ROOT = Path(__file__).parent.parent
RECIPES = ROOT / "docs" / "recipes"
CI = ROOT / ".github" / "workflows" / "ci.yml"
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
FILES = [*sorted(RECIPES.iterdir()), *PAGES, CI]
VARIABLE = re.compile(r"\bQOSREPORT_[A-Z][A-Z0-9_]*")
OURS = {"QOSREPORT_TEST_WITHOUT_BROWSER"}
"""Of the tests, not settings."""
COMMAND = re.compile(r"(?:ExecStart=)?(?:[^\s=]*/)?qosreport")
BLOCK = re.compile(r"^ *```(?:sh|cron)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
PACKAGE = re.compile(r"\b(?:lib[a-z0-9.-]+\d|fonts-[a-z-]+)\b")


def text_of(path):
    return path.read_text("utf-8")


def every_yaml(path):
    return list(yaml.safe_load_all(text_of(path)))


def command_lines(text):
    """The arguments of every line that runs qosreport."""
    for line in text.splitlines():
        try:
            words = shlex.split(line, comments=True)
        except ValueError:
            continue
        for number, word in enumerate(words):
            before = words[number - 1] if number else "&&"
            # In a crontab the user of that name stands before the command.
            if COMMAND.fullmatch(word) and before in {"&&", "|", ";", "qosreport"}:
                rest = words[number + 1 :]
                end = next((n for n, one in enumerate(rest) if one in {"&&", "|", ";", ">"}), None)
                yield rest[:end]


def parse(arguments):
    """What click makes of a command line; nothing is run.

    Raises click's own errors where the command line cannot be.
    """
    context = main.make_context("qosreport", list(arguments))
    group = main
    rest = [*context._protected_args, *context.args]
    while isinstance(group, click.Group):
        name, command, rest = group.resolve_command(context, rest)
        context = command.make_context(name, rest, parent=context)
        group, rest = command, [*context._protected_args, *context.args]
    return context.command_path


def lines_in_files():
    for path in FILES:
        if path.suffix == ".md":
            text = "\n".join(BLOCK.findall(text_of(path)))
        elif path.name in {"cronjob.yaml", "Containerfile"}:
            continue  # the arguments stand apart from the command
        else:
            text = text_of(path)
        for arguments in command_lines(text):
            yield pytest.param(arguments, id=f"{path.name}: {' '.join(arguments)}")


@pytest.mark.parametrize("arguments", list(lines_in_files()))
def test_every_command_line_can_be(arguments):
    assert parse(arguments).startswith("qosreport ")


def test_enough_command_lines_are_looked_at():
    found = [parameter.values[0] for parameter in lines_in_files()]
    assert len(found) > 15
    assert sum("weekly" in arguments for arguments in found) >= 5


def test_a_command_line_that_cannot_be_is_found():
    for wrong in (["wekly"], ["weekly", "--weak"], ["--config"], ["config", "nonsense"]):
        with pytest.raises(click.ClickException):
            parse(wrong)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_setting_named_exists(path):
    known = {settings.environment_name(key) for key, _ in settings.fields()}
    assert set(VARIABLE.findall(text_of(path))) - OURS - {"QOSREPORT_"} <= known


def test_every_settings_file_can_be_read(tmp_path):
    of_pod = every_yaml(RECIPES / "cronjob.yaml")[0]["data"]["qosreport.toml"]
    for text in (text_of(RECIPES / "qosreport.toml"), of_pod):
        file = tmp_path / "qosreport.toml"
        file.write_text(text, "utf-8")
        loaded = settings.load(file, environ={})
        assert len(loaded.origins) >= 8
        loaded.settings.mail.mailbox()
        secret = r'"[A-Za-z0-9_-]{20,}"'
        assert not re.search(secret, text), "a recipe shows no secret"


def test_packages_are_those_that_make_installs():
    makefile = text_of(ROOT / "Makefile").replace("\\\n", " ")
    wanted = set(PACKAGE.findall(re.search(r"^RUN_PACKAGES := (.*)$", makefile, re.MULTILINE)[1]))
    assert len(wanted) == 5
    for name in ("Containerfile", "github-actions.yml"):
        assert wanted <= set(PACKAGE.findall(text_of(RECIPES / name))), name


def test_the_container_copies_what_the_wheel_is_made_of():
    text = text_of(RECIPES / "Containerfile")
    project = tomllib.loads(text_of(ROOT / "pyproject.toml"))
    inside = project["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"]
    for name in (*inside, "pyproject.toml", project["project"]["readme"], "LICENSE"):
        assert (ROOT / name).exists()
        assert re.search(rf"^COPY .*\b{re.escape(name)}\b", text, re.MULTILINE), name
    licences = project["project"]["license-files"]
    assert all(name.split("/")[0] in {"LICENSE", *inside} for name in licences)
    assert "\nUSER 10001:10001\n" in text


# --- cron ---


def test_the_crontab_has_five_fields_a_user_and_a_command():
    lines = [line for line in text_of(RECIPES / "qosreport.cron").splitlines() if line]
    (entry,) = (line for line in lines if not re.match(r"#|\w+=", line))
    *when, user, command = entry.split(None, 6)
    assert all(re.fullmatch(r"\*|\d+", field) for field in when)
    assert user == "qosreport"
    assert "%" not in command, "cron makes a line end of it"
    assert command.startswith("/")


# --- systemd ---


def unit(name):
    parser = configparser.ConfigParser(strict=False, interpolation=None, allow_no_value=False)
    parser.optionxform = str
    parser.read_string(text_of(RECIPES / name))
    return parser


def test_credentials_loaded_are_those_that_are_used():
    text = text_of(RECIPES / "qosreport.service")
    loaded = set(re.findall(r"^LoadCredential=(\w+):", text, re.MULTILINE))
    used = set(re.findall(r"^Environment=QOSREPORT_\w+_FILE=%d/(\w+)$", text, re.MULTILINE))
    assert loaded == used == {"zoom", "mail", "ping"}


def test_the_service_ends_and_the_timer_catches_up():
    assert unit("qosreport.service")["Service"]["Type"] == "oneshot"
    assert unit("qosreport.timer")["Timer"]["Persistent"] == "true"


def installed_units(directory):
    """The units with a command that is there."""
    for name in ("qosreport.service", "qosreport.timer"):
        text = text_of(RECIPES / name).replace("/opt/qosreport/bin/qosreport", "/bin/true")
        (directory / name).write_text(text, "utf-8")
    return [directory / "qosreport.service", directory / "qosreport.timer"]


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_accepts_the_units_and_finds_them_closed(tmp_path):
    service, timer = installed_units(tmp_path)
    verified = subprocess.run(
        ["systemd-analyze", "verify", service, timer], capture_output=True, text=True, check=False
    )
    assert (verified.returncode, verified.stdout, verified.stderr) == (0, "", "")
    security = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", service],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert security.returncode == 0, security.stdout[-300:]


# --- Kubernetes, GitHub ---


def test_the_cron_job_mounts_what_it_names_and_is_closed():
    (config, claim, job) = every_yaml(RECIPES / "cronjob.yaml")
    assert (job["apiVersion"], job["kind"]) == ("batch/v1", "CronJob")
    assert job["spec"]["concurrencyPolicy"] == "Forbid"
    pod = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert parse(container["args"]) == "qosreport weekly"
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    assert volumes.keys() == mounts.keys()
    assert volumes["settings"]["configMap"]["name"] == config["metadata"]["name"]
    assert volumes["data"]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert pod["securityContext"]["runAsNonRoot"]
    said = text_of(RECIPES / "cronjob.yaml")
    for variable in container["env"]:
        if variable["name"].endswith("_FILE"):
            folder, _, name = variable["value"].rpartition("/")
            assert folder == mounts["secrets"]
            assert f"--from-file={name}=" in said
    store = tomllib.loads(config["data"]["qosreport.toml"])["store"]["path"]
    assert store.startswith(mounts["data"])


@pytest.mark.parametrize("path", [CI, RECIPES / "github-actions.yml"], ids=lambda path: path.name)
def test_a_workflow_may_do_little_and_uses_nothing_that_moves(path):
    (workflow,) = every_yaml(path)
    assert workflow["permissions"] in ({}, {"contents": "read"})
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert steps
    for step in steps:
        assert "run" in step or re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", step["uses"])
        # What somebody typed must reach a shell as a variable, never as its text.
        assert "${{" not in step.get("run", "")


def test_ci_runs_what_the_readme_says_on_every_python_that_is_promised():
    (workflow,) = every_yaml(CI)
    (job,) = workflow["jobs"].values()
    assert {"run": ".ci/run"} in job["steps"]
    classifiers = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]["classifiers"]
    promised = [one.rpartition(" ")[2] for one in classifiers if re.search(r":: 3\.\d+$", one)]
    assert job["strategy"]["matrix"]["python"] == promised

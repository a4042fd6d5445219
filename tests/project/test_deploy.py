"""What `deploy/` says of the service and the container agrees with the program and with what the papers promise."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from bot import __version__
from bot.__main__ import RUNS
from bot.cli import WRONG_SETTING, WRONG_USAGE
from bot.http_server import HttpServer
from bot.settings import EXAMPLES, SECRETS, Settings
from storage.engine.crypto import KEY_FILE_NAME

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
STOP_SECONDS = 35  # the bot ends within 30
PACKED = {"bot", "handlers", "locales", "model", "px6", "services", "storage"}


@pytest.fixture(scope="module")
def service() -> dict[str, list[str]]:
    """Every setting of the unit's section Service, with all its values."""
    text = (DEPLOY / "px6-bot.service").read_text("utf-8").partition("[Service]")[2].partition("[Install]")[0]
    said: dict[str, list[str]] = {}
    for name, value in re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE):
        said.setdefault(name, []).append(value)
    return said


@pytest.fixture(scope="module")
def image() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile, in order."""
    text = (DEPLOY / "Dockerfile").read_text("utf-8").replace("\\\n", " ")
    instructions = (line.partition(" ") for line in text.splitlines())
    return [(word, rest.strip()) for word, _, rest in instructions if word.isupper()]


@pytest.fixture(scope="module")
def compose() -> dict[str, list[str]]:
    """What compose.yaml says at each place, as `services.bot.read_only`; lists and scalars alike as texts."""
    said: dict[str, list[str]] = {}
    above: list[tuple[int, str]] = []
    for line in (DEPLOY / "compose.yaml").read_text("utf-8").splitlines():
        words = line.strip()
        if not words or words.startswith("#"):
            continue
        indent = len(line) - len(line.lstrip())
        if words.startswith("- "):
            said[".".join(name for _, name in above)].append(words[2:].strip('"'))
            continue
        name, _, value = words.partition(":")
        above = [*(each for each in above if each[0] < indent), (indent, name)]
        flow = re.fullmatch(r"\s*\[(.*)\]", value)
        values = flow[1].split(", ") if flow else [value.strip()] if value.strip() else []
        said[".".join(each for _, each in above)] = [each.strip('"') for each in values]
    return said


def settings_of(image: list[tuple[str, str]]) -> dict[str, str]:
    return dict(rest.split("=", 1) for word, rest in image if word == "ENV")


def told(image: list[tuple[str, str]], word: str) -> str:
    """What the last instruction of this kind says."""
    return [rest for each, rest in image if each == word][-1]


def test_the_service_is_the_command_of_the_package_and_takes_its_secrets_from_systemd(
    service: dict[str, list[str]],
) -> None:
    program, *arguments = service["ExecStart"][0].split()
    assert Path(program).name == "px6-bot" and arguments in RUNS
    credentials = dict(each.split(":") for each in service["LoadCredential"])
    assert set(credentials) == {"bot_token", KEY_FILE_NAME} <= {*SECRETS, KEY_FILE_NAME}
    assert "Environment" not in service, "what stands there would win over .env"


def test_a_tool_runs_with_what_the_service_has(service: dict[str, list[str]]) -> None:
    script = (DEPLOY / "px6-bot-tool").read_text("utf-8")
    for name in ("User", "Group", "UMask", "WorkingDirectory", "LoadCredential"):
        assert re.findall(rf"--property={name}=(\S+)", script) == service[name]
    assert re.findall(r"--setenv=(\S+)", script) == [f"STATE_DIRECTORY=/var/lib/{service['StateDirectory'][0]}"]
    assert f"{service['ExecStart'][0].split()[0]} " in script


def test_the_service_is_watched_and_has_time_to_stop(service: dict[str, list[str]]) -> None:
    assert service["Type"] == ["notify"] and service["NotifyAccess"] == ["main"]
    assert int(service["TimeoutStopSec"][0]) == STOP_SECONDS
    assert 30 <= int(service["WatchdogSec"][0]) <= 120
    assert service["ExecReload"] == ["/bin/sh -c 'kill -HUP $MAINPID'"]
    assert service["Restart"] == ["on-failure"]
    assert service["RestartPreventExitStatus"] == [f"{WRONG_SETTING} {WRONG_USAGE}"]


def test_the_service_writes_its_database_and_backups_alone_and_has_no_privileges(
    service: dict[str, list[str]],
) -> None:
    assert service["User"] == ["px6-bot"] and service["UMask"] == ["0077"]
    assert service["ProtectSystem"] == ["strict"] and service["StateDirectoryMode"] == ["0700"]
    assert service["ReadWritePaths"] == ["-" + EXAMPLES["BACKUP_DIR"]]
    assert service["CapabilityBoundingSet"] == service["AmbientCapabilities"] == [""]
    on = {name for name, values in service.items() if values == ["yes"]}
    assert on >= {
        *("NoNewPrivileges", "PrivateTmp", "PrivateDevices", "PrivateUsers", "ProtectHome", "ProtectKernelTunables"),
        *("ProtectControlGroups", "ProtectClock", "RestrictNamespaces", "RestrictSUIDSGID", "MemoryDenyWriteExecute"),
    }
    assert service["RestrictAddressFamilies"] == ["AF_INET AF_INET6 AF_UNIX"]
    assert service["SystemCallFilter"][0] == "@system-service"


def test_the_image_is_built_of_the_program_alone(image: list[tuple[str, str]]) -> None:
    copied = {each for word, rest in image if word == "COPY" and "--from" not in rest for each in rest.split()[:-1]}
    program = PACKED | {"pyproject.toml", "README.md", "LICENSE", "requirements"}
    assert copied == program | {"deploy/build.sh"}
    built = re.search(r"for name in (.*); do", (DEPLOY / "build.sh").read_text("utf-8"))
    assert built is not None and set(built[1].split()) == program
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").split()
    assert ignored[0] == "*" and {each[1:] for each in ignored if each[0] == "!"} == copied


def test_what_is_built_is_made_of_pinned_wheels_with_hashes() -> None:
    installs = re.findall(r"^\$pip .*install (.*)$", (DEPLOY / "build.sh").read_text("utf-8"), re.MULTILINE)
    assert len(installs) == 3
    for options in installs:
        assert "--no-index" in options or "--require-hashes --only-binary :all:" in options
    build, dev = ((ROOT / f"requirements/{name}.txt").read_text("utf-8") for name in ("build", "dev"))
    assert build.startswith("setuptools==") and build in dev


def test_the_image_runs_as_nobody_in_particular_and_is_asked_whether_it_is_well(
    image: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    bases = [rest.split()[0] for word, rest in image if word == "FROM"]
    assert set(bases) == {"python:3.13-slim"}
    user, group = map(int, told(image, "USER").split(":"))
    assert min(user, group) > 1000
    assert told(image, "STOPSIGNAL") == "SIGTERM"
    assert json.loads(told(image, "ENTRYPOINT")) == ["px6-bot"] and json.loads(told(image, "CMD")) in RUNS
    monkeypatch.chdir(tmp_path)
    given = settings_of(image)
    for name in given.keys() & {name.upper() for name in Settings.model_fields}:
        monkeypatch.setenv(name, given[name])
    settings = Settings.load(bot_token=EXAMPLES["BOT_TOKEN"])
    assert settings.encryption_key_file == Path(given["CREDENTIALS_DIRECTORY"], KEY_FILE_NAME)
    asked = re.search(r"http://127\.0\.0\.1:(\d+)(/\w+)", told(image, "HEALTHCHECK"))
    assert asked is not None and settings.listens_at == ("0.0.0.0", int(asked[1]))  # noqa: S104 - of the container
    assert told(image, "EXPOSE") == asked[1]
    assert ("GET", asked[2]) in HttpServer()._handlers
    kept = json.loads(told(image, "VOLUME"))
    assert settings.database_url.startswith(f"sqlite:///{kept[0]}/") and str(settings.backup_dir) == kept[1]
    Path(".env").write_text("DATABASE_URL=postgresql:///px6bot\n")
    assert Settings.load(bot_token=EXAMPLES["BOT_TOKEN"]).database_url == "postgresql:///px6bot"


def test_the_container_is_read_only_without_capabilities_and_has_time_to_stop(
    compose: dict[str, list[str]], image: list[tuple[str, str]]
) -> None:
    bot = {
        name.removeprefix("services.bot."): each for name, each in compose.items() if name.startswith("services.bot.")
    }
    assert bot["user"] == [told(image, "USER")]
    assert bot["read_only"] == ["true"] and bot["cap_drop"] == ["ALL"]
    assert bot["security_opt"] == ["no-new-privileges:true"]
    assert bot["stop_grace_period"] == [f"{STOP_SECONDS}s"] and bot["stop_signal"] == ["SIGTERM"]
    assert "ports" not in bot, "only what stands in front reaches it"
    named = dict(each.split(":")[:2] for each in bot["volumes"])
    assert [*named.values()] == [*json.loads(told(image, "VOLUME")), told(image, "WORKDIR")]
    assert bot["volumes"][-1].endswith(":ro")
    assert set(bot["secrets"]) == {"bot_token", KEY_FILE_NAME}
    for secret in bot["secrets"]:
        assert compose[f"secrets.{secret}.file"] == [f"./secrets/{secret}"]
    assert compose["services.caddy.profiles"] == ["webhook"]


def test_the_bots_container_may_be_there_several_times(compose: dict[str, list[str]]) -> None:
    """`--scale`: what only one container can have is none of it."""
    own = {name.split(".")[2] for name in compose if name.startswith("services.bot.")}
    assert not own & {"container_name", "hostname", "ports", "network_mode", "ipv4_address"}, own


def test_what_stands_in_front_passes_on_the_path_of_the_webhook_alone(image: list[tuple[str, str]]) -> None:
    [proxied] = re.findall(r"reverse_proxy (.*)", (DEPLOY / "Caddyfile").read_text("utf-8"))
    assert proxied == f"/telegram bot:{told(image, 'EXPOSE')}"
    assert EXAMPLES["WEBHOOK_URL"].endswith("/telegram")


def test_the_paper_needs_ten_lines_by_polling_ten_more_by_webhook_and_names_this_version() -> None:
    paper = (ROOT / "docs/operating.md").read_text("utf-8")

    def lines(title: str, until: str) -> list[str]:
        section = paper.partition(f"\n## {title}\n")[2].partition(until)[0]
        return re.findall(r"^    (.*)$", section, re.MULTILINE)

    polling = lines("From nothing, by polling", "\n## ")
    assert len(polling) == 10 and polling[-1] == "px6-bot-tool doctor"
    assert set(re.findall(r"/opt/px6-bot-(\S+)", " ".join(polling))) == {__version__}
    for file in re.findall(r"deploy/\S+", " ".join(polling)):
        assert (ROOT / file).is_file()
    assert len(lines("Updates by webhook", "\nThe bot sets the webhook")) <= 10


def test_what_an_owner_lays_beside_the_container_is_never_committed() -> None:
    ignored = (ROOT / ".gitignore").read_text("utf-8").split()
    assert {"/deploy/secrets/", "/deploy/settings/"} <= set(ignored)

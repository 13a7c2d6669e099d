"""The documents stay true: what they name is compared with the program."""

from __future__ import annotations

import ipaddress
import re
import shlex
import subprocess
import tomllib
from datetime import time
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import unquote

import pytest
import typer.main
from dotenv import dotenv_values
from typer.core import TyperGroup

from bot.cli import app
from bot.settings import Settings, load_settings
from models.tables import METADATA

ROOT: Final = Path(__file__).parents[2]
HOUSE: Final = ("docs/architecture.md", "docs/paths.md", "docs/decisions.md")
READMES: Final = ("README.md", "README.zh-CN.md")
PREFIX: Final = "CHUANGCHENG_"
FIELDS: Final = {name.upper() for name in Settings.model_fields}
# Hosts that files may name. Loopback, example addresses and names without a dot are allowed as well.
HOSTS: Final = {
    "api.telegram.org",
    "t.me",
    "uri.amap.com",
    # The names of what XML holds begin with these; nobody calls them.
    *("schemas.openxmlformats.org", "schemas.microsoft.com", "purl.oclc.org", "www.w3.org"),
}
# The paths are put together, so that this file does not contain what it looks for.
MACHINE_PATHS: Final = tuple(f"/{name}/" for name in ("work", "root", "home"))


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def tracked() -> list[str]:
    """The files that git knows."""
    listing = subprocess.run(  # noqa: S603  # our own arguments
        ["git", "-C", str(ROOT), "ls-files", "-z"],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode:
        pytest.skip(f"not a git checkout: {listing.stderr.strip()}")
    return [name for name in listing.stdout.split("\0") if (ROOT / name).is_file()]


@cache
def texts() -> dict[str, str]:
    """Every tracked file that is text."""
    found = {}
    for name in tracked():
        try:
            found[name] = read(name)
        except UnicodeDecodeError:
            continue
    return found


# -- settings ------------------------------------------------------------------------------------------


def settings_table() -> dict[str, str]:
    """The default of each setting, by its name, from docs/settings.md."""
    return dict(re.findall(r"^\| `([A-Z_]+)` \| ([^|]*?) \|", read("docs/settings.md"), re.MULTILINE))


def test_every_setting_is_documented_and_nothing_else() -> None:
    assert set(settings_table()) == FIELDS


def written(value: object) -> str:
    """A default as the table writes it."""
    if isinstance(value, time):
        return value.isoformat("minutes")
    return f"{value:g}" if isinstance(value, float) else str(value)


def test_documented_defaults_are_the_defaults() -> None:
    settings = load_settings()
    shown = {
        name: default.strip("`") for name, default in settings_table().items() if default.startswith("`")
    }
    assert set(shown) >= {"DATA_DIR", "TIMEZONE", "LOCALE", "LOG_LEVEL", "NAG_TIME", "INVITATION_DAYS"}
    for name, default in shown.items():
        assert written(getattr(settings, name.lower())) == default, name


def example_settings() -> list[str]:
    """All names in .env.example, those of commented lines included."""
    return re.findall(rf"^#?{PREFIX}([A-Z_]+)=", read(".env.example"), re.MULTILINE)


def test_every_setting_is_in_the_example_once() -> None:
    assert sorted(example_settings()) == sorted(FIELDS)


def test_the_example_can_be_used_as_it_is(tmp_path: Path) -> None:
    """The example loads as it stands and with every comment sign removed: each shown value is accepted."""
    example = read(".env.example")
    (tmp_path / ".env").write_text(example, encoding="utf-8")
    assert load_settings() == load_settings(dotenv=False)
    (tmp_path / ".env").write_text(re.sub(rf"^#{PREFIX}", PREFIX, example, flags=re.MULTILINE), "utf-8")
    load_settings()
    assert set(dotenv_values(tmp_path / ".env")) == {PREFIX + name for name in FIELDS}


@pytest.mark.parametrize("name", [*READMES, "CONTRIBUTING.md", *HOUSE, "docs/sandbox.md"])
def test_settings_named_elsewhere_exist(name: str) -> None:
    assert set(re.findall(rf"{PREFIX}([A-Z_]+)", read(name))) <= FIELDS


# -- commands ------------------------------------------------------------------------------------------


def commands() -> dict[str, set[str]]:
    """The options of each command, by its name."""
    group = typer.main.get_command(app)
    assert isinstance(group, TyperGroup)
    return {
        name: {option for parameter in command.params for option in parameter.opts if option[:2] == "--"}
        for name, command in group.commands.items()
    }


def shown_commands(name: str) -> list[list[str]]:
    """The words after each ``chuangcheng`` that a document shows as code."""
    code = re.findall(r"`([^`\n]+)`", read(name)) + re.findall(r"^\.venv.*$", read(name), re.MULTILINE)
    return [
        shlex.split(line, comments=True)[1:] for line in code if re.match(r"(\.venv/bin/)?chuangcheng ", line)
    ]


@pytest.mark.parametrize("name", [*READMES, "docs/sandbox.md"])
def test_every_command_that_is_shown_exists_with_its_options(name: str) -> None:
    known = commands()
    for command, *arguments in shown_commands(name):
        options = {argument.split("=")[0] for argument in arguments if argument.startswith("--")}
        assert options <= known[command], f"{command} {arguments}"


@pytest.mark.parametrize("name", READMES)
def test_the_readmes_show_how_to_run_it(name: str) -> None:
    shown = {command for command, *_ in shown_commands(name)}
    imports = {"import-roster", "import-tasks", "import-calendar"}
    assert shown >= {"quantities", "invite", "run", "tick", "demo"} | imports


def test_both_readmes_show_the_same_commands() -> None:
    english, chinese = (
        [[word for word in words if word.isascii() and "." not in word] for words in shown_commands(name)]
        for name in READMES
    )
    assert english == chinese


@pytest.mark.parametrize("name", [*READMES, "CONTRIBUTING.md", "docs/architecture.md"])
def test_make_targets_that_are_shown_exist(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    assert set(re.findall(r"(?:^|`)make ([a-z-]+)", read(name), re.MULTILINE)) <= targets


# -- links and paths -----------------------------------------------------------------------------------


def documents() -> list[str]:
    return [name for name in tracked() if name.endswith(".md")]


def test_every_linked_file_exists() -> None:
    found = 0
    for name in documents():
        for target in re.findall(r"\]\(([^)\s]+)\)", read(name)):
            if "://" in target or target.startswith("#"):
                continue
            found += 1
            path = (ROOT / name).parent / unquote(target.split("#")[0])
            assert path.exists(), f"{name} links to {target}"
    assert found >= 6


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", *HOUSE])
def test_every_path_that_is_named_exists(name: str) -> None:
    """Check module paths in code quotes, such as `services/nags/nag_engine.py`."""
    named = re.findall(r"`([a-z_]+/(?:[a-z_]+/)*(?:[a-z_]+\.(?:py|md|toml))?)`", read(name))
    assert len(named) >= 10
    missing = [path for path in named if not (ROOT / path).exists()]
    assert not missing


@pytest.mark.parametrize("name", HOUSE)
def test_names_stand_in_the_module_that_is_named_beside_them(name: str) -> None:
    """Check `take` in `services/cases/case_steps.py`, and the like."""
    named = re.findall(r"`([A-Za-z_]+)` +in `([a-z_/]+\.py)`", " ".join(read(name).split()))
    assert named
    strange = [
        (word, path)
        for word, path in named
        if not re.search(rf"^(?:(?:async )?def |class )?{word}\b", read(path), re.MULTILINE)
    ]
    assert not strange


def test_architecture_shows_the_folders_of_services_in_their_order() -> None:
    """Compare the table and the picture with the contract."""
    contract = tomllib.loads(read("pyproject.toml"))["tool"]["importlinter"]["contracts"][1]
    *folders, _ = contract["layers"]
    text = read("docs/architecture.md")
    table = text.split("| folder | subject |")[1].split("\n\n")[0]
    assert re.findall(r"^\| (\w+) \|", table, re.MULTILINE) == [*folders, "kernel"]
    picture = text.split("subgraph services")[1].split(" end\n")[0].splitlines()
    drawn = [one for line in picture if "-->" in line for one in re.findall(r"\w+", line.split('["')[0])]
    assert list(dict.fromkeys(drawn)) == [*folders, "kernel"]


def test_every_name_in_the_recipes_exists() -> None:
    """Check what CONTRIBUTING names in code quotes beside paths: names in the code, keys of texts, CHECKs."""
    recipes = read("CONTRIBUTING.md").split("## Recipes")[1]
    named = {part for one in re.findall(r"`([A-Za-z_.]+)`", recipes) for part in one.split(".")}
    assert len(named) >= 20
    files = [text for name, text in texts().items() if name.endswith((".py", ".toml"))]
    known = {word for text in files for word in re.findall(r"\w+", text)}
    checks = {str(one.name) for table in METADATA.tables.values() for one in table.constraints}
    assert named <= known | checks


# -- required and forbidden words --------------------------------------------------------------------------


def test_both_readmes_say_what_telegram_needs_and_what_must_not_be_sent() -> None:
    english, chinese = (" ".join(read(name).split()) for name in READMES)
    assert "Telegram must be reachable" in english
    assert "not from mainland China" in english
    assert "必须能够访问 Telegram" in chinese
    assert "中国大陆" in chinese
    for text in (english, chinese):
        assert "不得传输涉密信息和工作秘密" in text
        assert "CHUANGCHENG_API_BASE_URL" in text


def test_no_file_names_a_path_of_a_machine() -> None:
    assert [
        f"{name}: {path}"
        for name, text in texts().items()
        for path in MACHINE_PATHS
        if re.search(rf"(?<![\w./}}-]){path}", text)
    ] == []


def may_be_named(host: str) -> bool:
    """Whether files may name a host: it is in ``HOSTS``, has no dot, is for examples, or is private."""
    if "." not in host or host in HOSTS or host.endswith(("example.org", "example.com", ".invalid")):
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False


def test_no_file_names_a_registry_or_another_host_that_is_not_known() -> None:
    """To allow a legitimate host, add it to ``HOSTS``; never add a package registry."""
    address = re.compile(r"\b[a-z]+://(?:[^\s/@\"'`]*@)?([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*)")
    assert [
        f"{name}: {host}"
        for name, text in texts().items()
        for host in address.findall(text)
        if not may_be_named(host)
    ] == []


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_locks_carry_hashes_and_no_address(name: str) -> None:
    lock = read(name)
    assert "://" not in lock
    assert "--index-url" not in lock
    assert "--find-links" not in lock
    pins = re.findall(r"^([a-z0-9][\w.-]*(?:\[[\w,-]+\])?)==\S+(.*(?:\n {4}--hash.*)*)", lock, re.MULTILINE)
    assert len(pins) >= 5
    assert [pin for pin, rest in pins if "--hash=sha256:" not in rest] == []
    # The lock has nothing but pins, hashes and comments.
    others = re.sub(r"^(?:[a-z0-9][^\n]*==[^\n]*| {4}--hash=sha256:[^\n]*| *#[^\n]*|)$", "", lock, flags=re.M)
    assert others.strip() == ""

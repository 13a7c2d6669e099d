"""A third language needs one folder and one setting; it may lack texts, but its texts fit the program."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

import locales
from locales import LOCALES, Text, html_text, name_of, plain, spoken
from locales.catalogue import Catalogue, SameStemError
from locales.check import faults, main

SHIPPED: Final = Path(locales.__file__).parent
NAME, MISSING_FILE, DAYS_OVER = "common.language_name", "cli.file_missing", "common.days_over"
PROGRAM: Final = """
from bot.settings import load_settings
from locales import Text, plain
print(plain(Text("cli.file_missing", file="rien.xlsx"), load_settings().locale))
"""


def write(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, "utf-8")


def drop(file: Path, key: str) -> None:
    """Remove the line of ``key`` from a file."""
    lines = file.read_text("utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(f"{key} = ")]
    assert len(kept) == len(lines) - 1
    file.write_text("".join(kept), "utf-8")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A copy of the languages' folder with French added, which has three texts in two files."""
    home = tmp_path / "locales"
    for locale in LOCALES:
        shutil.copytree(SHIPPED / locale, home / locale)
    shutil.rmtree(home / "fr", ignore_errors=True)
    write(home / "fr" / "common.toml", 'language_name = "Français"\ndays_over = "{days} jours de retard"\n')
    write(home / "fr" / "office" / "cli.toml", 'file_missing = "Le fichier {file} est introuvable."\n')
    return home


@pytest.fixture
def added(home: Path, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    """The program's texts with French among them."""
    catalogue = Catalogue(home)
    monkeypatch.setattr(locales, "CATALOGUE", catalogue)
    return catalogue


def test_three_texts_are_french_and_all_others_english(added: Catalogue) -> None:
    assert {key for key in added.keys("en") if added.template(key, "fr") != added.template(key, "en")} == {
        *(NAME, MISSING_FILE, DAYS_OVER)
    }
    assert added.keys("fr").keys() == added.keys("en").keys()
    days = Text("common.days_over", days=2)
    assert html_text(days, "fr") == plain(days, "fr") == "2 jours de retard"
    assert plain(Text("tasks.none"), "fr") == plain(Text("tasks.none"), "en")


def test_each_part_of_a_text_falls_back_by_itself(added: Catalogue) -> None:
    day = Text("common.full_day", year=2026, month=12, day=20, iso="2026-12-20")
    shown = plain(Text("tasks.due_with_days", day=day, days=Text("common.days_over", days=2)), "fr")
    assert shown == "2026-12-20, 2 jours de retard"


def test_what_english_lacks_too_is_chinese(home: Path, added: Catalogue) -> None:
    drop(home / "en" / "common.toml", "due_today")
    due = Text("common.due_today")
    assert plain(due, "fr") == plain(due, "en") == "今天到期"


def test_the_folder_is_all_that_makes_a_language(added: Catalogue) -> None:
    assert added.languages[0] == "zh"
    assert set(added.languages) == {*LOCALES, "fr"}
    assert (spoken("fr"), spoken("fr-CA"), spoken("FR"), spoken("xx-FR")) == ("fr", "fr", "fr", None)
    assert name_of("fr") == "Français"


def test_until_a_language_has_a_name_its_code_is_shown(home: Path, added: Catalogue) -> None:
    drop(home / "fr" / "common.toml", "language_name")
    assert name_of("fr") == "fr"


def test_the_setting_is_all_that_chooses_it(home: Path, tmp_path: Path) -> None:
    """A process gets this folder in place of the program's own, and the setting chooses French."""
    for file in SHIPPED.glob("*.py"):
        shutil.copy(file, home)
    env = {**os.environ, "CHUANGCHENG_LOCALE": "fr", "PYTHONUTF8": "1"}
    command = [sys.executable, "-c", PROGRAM]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, encoding="utf-8")  # noqa: S603
    assert (done.returncode, done.stdout) == (0, "Le fichier rien.xlsx est introuvable.\n"), done.stderr


def test_a_language_with_three_texts_has_no_fault(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(home)]) == 0
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('nowhere = "Nulle part"', "nowhere: no such text in en or zh"),
        ('due_today = "{day} !"', "due_today: takes day, not no value"),
        ('days_left = "bientôt"', "days_left: takes no value, not days"),
        ('contact = "{unit} {nom}"', "contact: takes nom, unit, not name, unit"),
        (
            'quantity = "{wan} {grouped}"',
            "quantity: takes grouped, wan, not grouped, measure or measure, wan",
        ),
        ('days_left = "{0} jours"', "days_left: placeholder {0} is no plain name"),
        ('days_left = "{days jours"', "days_left: braces: expected '}' before end of string"),
        ('days_left = "<b>{days}</b>"', "days_left: has other markup"),
        ('days_left = "{days} < 3"', "days_left: bare <"),
        ('due_today = " "', "due_today: is empty or padded"),
    ],
)
def test_a_text_that_does_not_fit_is_found(
    home: Path, capsys: pytest.CaptureFixture[str], line: str, fault: str
) -> None:
    write(home / "fr" / "common.toml", line + "\n")
    assert main([str(home)]) == 1
    assert capsys.readouterr().err == f"fr: common.{fault}\n"


@pytest.mark.parametrize("values", ["{wan}{measure}", "{measure} {grouped}"])
def test_another_language_counts_as_chinese_or_as_english_does(home: Path, values: str) -> None:
    write(home / "fr" / "common.toml", f'quantity = "{values}"\n')
    assert not faults(Catalogue(home))


@pytest.mark.parametrize("locale", ["zh", "en"])
def test_chinese_and_english_have_every_text(home: Path, locale: str) -> None:
    drop(home / locale / "common.toml", "due_today")
    assert faults(Catalogue(home)) == [f"{locale}: common.due_today: is missing"]


def test_chinese_and_english_are_held_against_each_other(home: Path) -> None:
    drop(home / "en" / "common.toml", "due_today")
    common = home / "en" / "common.toml"
    common.write_text('due_today = "<b>{day}</b>"\n' + common.read_text("utf-8"), "utf-8")
    assert faults(Catalogue(home)) == [
        "zh: common.due_today: takes no value, not day",
        "zh: common.due_today: has other markup",
        "en: common.due_today: takes day, not no value",
        "en: common.due_today: has other markup",
    ]


def test_two_files_of_one_stem_are_refused(home: Path) -> None:
    write(home / "fr" / "chats" / "cli.toml", "")
    assert faults(Catalogue(home)) == ["fr: two files are called cli.toml"]
    with pytest.raises(SameStemError):
        Catalogue(home).template("tasks.none", "fr")


def test_a_file_that_cannot_be_read_is_found(home: Path) -> None:
    write(home / "fr" / "tasks.toml", "none = ")
    (fault,) = faults(Catalogue(home))
    assert fault.startswith("fr: ")
    write(home / "en" / "tasks.toml", "none = ")
    assert len(faults(Catalogue(home))) == 2


@pytest.mark.parametrize("name", ["fr-CA", "FR", "fra"])
def test_a_folder_that_names_no_language_is_found(home: Path, name: str) -> None:
    (home / "fr").rename(home / name)
    assert faults(Catalogue(home)) == [f"{name}: the name of a language is two small letters"]

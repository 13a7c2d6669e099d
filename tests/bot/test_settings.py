"""Settings: defaults, accepted values, one sentence for each refused value, and no secret in a sentence."""

from __future__ import annotations

from datetime import date, time
from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.settings import Settings, SettingsError, is_loopback, load_settings
from locales import LOCALES
from rules.nags.quiet_hours import QuietHours
from services.campaign import Campaign

TOKEN = "1234567890:AAbbCCddEEffGGhhIIjjKKllMMnnOOppQQr"
PASSWORD = "open-sesame"


def set_to(monkeypatch: pytest.MonkeyPatch, **values: str) -> Settings:
    """Load the settings from an environment with these values."""
    for name, value in values.items():
        monkeypatch.setenv(f"CHUANGCHENG_{name}", value)
    return load_settings()


def test_defaults() -> None:
    settings = load_settings()
    assert settings.model_dump(exclude={"bot_token", "database_url"}) == {
        "data_dir": Path("data"),
        "backup_dir": None,
        "backup_keep": 14,
        "api_base_url": "https://api.telegram.org/bot",
        "api_file_url": "https://api.telegram.org/file/bot",
        "pace_per_second": 30.0,
        "pace_chat_per_second": 1.0,
        "pace_group_per_minute": 20.0,
        "timezone": "Asia/Shanghai",
        "locale": "zh",
        "log_level": "INFO",
        "quiet_from": time(21, 0),
        "quiet_until": time(8, 0),
        "office_hours": "08:00-12:00,14:00-18:00",
        "summer_hours": "",
        "brief_time": time(8, 0),
        "nag_time": time(9, 0),
        "tally_time": time(18, 0),
        "clock_url": "",
        "invitation_days": 14,
        "shifts": "08:00,20:00",
        "order_word": "创城督办",
        "office_name": "",
        "colour_names": "蓝,黄,红",
        "map_link": "https://uri.amap.com/marker?position={longitude},{latitude}&coordinate=wgs84",
    }
    assert settings.secrets() == []
    assert str(settings.zone) == "Asia/Shanghai"
    slots = settings.slots
    assert (slots.brief, slots.nag, slots.tally, slots.zone) == (time(8), time(9), time(18), settings.zone)


@pytest.mark.parametrize(
    ("name", "value", "part"),
    [
        ("DATABASE_URL", f"mysql://user:{PASSWORD}@host/name", "must start with sqlite+aiosqlite://"),
        ("DATABASE_URL", f"postgresql://user:{PASSWORD}@host/name", "or postgresql+psycopg://"),
        ("DATABASE_URL", f"postgresql+psycopg://user:{PASSWORD}@host:port/name", "address of a database"),
        ("DATABASE_URL", f"postgresql+psycopg://user:{PASSWORD}@[::1/name", "address of a database"),
        ("DATABASE_URL", "sqlite+aiosqlite://", "path of a file"),
        ("DATABASE_URL", "sqlite+aiosqlite:///:memory:", "path of a file"),
        ("TIMEZONE", "Mars/Olympus_Mons", "IANA time zone"),
        ("TIMEZONE", "../../etc/passwd", "IANA time zone"),
        ("TIMEZONE", "", "IANA time zone"),
        ("LOCALE", "xx", " or ".join(map(repr, LOCALES))),
        ("LOG_LEVEL", "LOUD", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("NAG_TIME", "21:00", "before 21:00"),
        ("NAG_TIME", "21:30", "before 21:00"),
        ("NAG_TIME", "07:59", "not be before 08:00"),
        ("NAG_TIME", "nine", "time"),
        ("QUIET_UNTIL", "21:00", "earlier in the day than 21:00"),
        ("QUIET_UNTIL", "08:00Z", "local time"),
        ("QUIET_FROM", "late", "time"),
        ("OFFICE_HOURS", "", "must be spans of a day in order and apart"),
        ("OFFICE_HOURS", "14:00-18:00,08:00-12:00", "in order and apart"),
        ("OFFICE_HOURS", "08:00-16:60", "in order and apart"),
        ("OFFICE_HOURS", "08:00-12:00,14:00-17:30", "must be 8 hours a day in all"),
        ("SUMMER_HOURS", "June", "must be days and hours, such as 06-01..09-30"),
        ("SUMMER_HOURS", "06-01..09-31 08:00-12:00,14:30-18:30", "no such day of the year as 09-31"),
        ("SUMMER_HOURS", "06-01..09-30 08:00-12:00,15:00-18:00", "must be 8 hours a day in all"),
        ("NAG_TIME", "09:00+08:00", "local time"),
        ("BRIEF_TIME", "25:00", "time"),
        ("BRIEF_TIME", "08:00Z", "local time"),
        ("TALLY_TIME", "18:00Z", "local time"),
        ("TALLY_TIME", "21:00", "before 21:00"),
        ("TALLY_TIME", "08:00", "after the brief's time"),
        ("API_BASE_URL", "ftp://host/bot", "http(s) address"),
        ("API_BASE_URL", "api.telegram.org/bot", "http(s) address"),
        ("API_BASE_URL", "http://", "http(s) address"),
        ("API_BASE_URL", "http://host:port/bot", "http(s) address"),
        ("API_BASE_URL", "http://[::1/bot", "http(s) address"),
        ("API_FILE_URL", "file:///etc/passwd", "http(s) address"),
        ("INVITATION_DAYS", "0", "1"),
        ("INVITATION_DAYS", "91", "90"),
        ("INVITATION_DAYS", "a week", "integer"),
        ("ORDER_WORD", " ", "at least 1 character"),
        ("ORDER_WORD", "督" * 31, "at most 30 characters"),
        ("MAP_LINK", "javascript:{latitude}{longitude}", "web address"),
        ("MAP_LINK", "https://map.example.org/{latitude}", "{latitude} and {longitude}"),
        ("MAP_LINK", "https://map.example.org/{latitude},{longitude},{x}", "no other braces"),
        ("SHIFTS", "", "times of a day such as 08:00,20:00"),
        ("SHIFTS", "08:00,24:00", "hour must be in 0..23"),
        ("SHIFTS", "20:00,08:00", "in order, each time once"),
        ("COLOUR_NAMES", "", "three different names"),
        ("COLOUR_NAMES", "蓝,红", "three different names"),
        ("COLOUR_NAMES", "蓝,黄,蓝", "three different names"),
        ("COLOUR_NAMES", "蓝,,红", "1 to 6 characters"),
    ],
)
def test_a_wrong_setting_is_named_in_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, part: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        set_to(monkeypatch, **{name: value})
    said = str(caught.value)
    assert said.startswith(f"CHUANGCHENG_{name}: ")
    assert part in said
    assert "\n" not in said
    assert PASSWORD not in said
    # A printed traceback must not show the input either.
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("LOG_LEVEL", "debug", "DEBUG"),
        ("LOCALE", "en", "en"),
        ("TIMEZONE", "Asia/Urumqi", "Asia/Urumqi"),
        ("NAG_TIME", "20:59", time(20, 59)),
        ("TALLY_TIME", "20:30", time(20, 30)),
        ("INVITATION_DAYS", "1", 1),
        ("INVITATION_DAYS", "90", 90),
        ("ORDER_WORD", " 武创督 ", "武创督"),
        ("COLOUR_NAMES", "蓝，橙，红", "蓝，橙，红"),
        ("MAP_LINK", "", ""),
        (
            "MAP_LINK",
            "https://map.example.org/{latitude}/{longitude}",
            "https://map.example.org/{latitude}/{longitude}",
        ),
        ("API_BASE_URL", "http://127.0.0.1:8081/bot", "http://127.0.0.1:8081/bot"),
        ("DATABASE_URL", "sqlite+aiosqlite:///a.db", SecretStr("sqlite+aiosqlite:///a.db")),
        (
            "DATABASE_URL",
            "postgresql+psycopg://u:p@h:5432/d",
            SecretStr("postgresql+psycopg://u:p@h:5432/d"),
        ),
    ],
)
def test_what_is_accepted(monkeypatch: pytest.MonkeyPatch, name: str, value: str, read: object) -> None:
    assert getattr(set_to(monkeypatch, **{name: value}), name.lower()) == read


def test_what_the_use_cases_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().campaign() == Campaign()
    times = {"QUIET_FROM": "22:00", "QUIET_UNTIL": "07:00", "NAG_TIME": "07:00", "TALLY_TIME": "21:30"}
    summer = "06-01..08-31 07:30-11:30，15:00-19:00"
    campaign = set_to(
        monkeypatch, OFFICE_HOURS="08:30-12:00,13:30-18:00", SUMMER_HOURS=summer, **times
    ).campaign()
    assert (campaign.quiet, campaign.slots.nag) == (QuietHours(time(22), time(7)), time(7))
    hours = campaign.working_time.hours
    assert hours.on(date(2026, 6, 1)) == ((time(7, 30), time(11, 30)), (time(15), time(19)))
    assert hours.on(date(2026, 9, 1)) == ((time(8, 30), time(12)), (time(13, 30), time(18)))
    campaign = set_to(
        monkeypatch, ORDER_WORD="武创督", COLOUR_NAMES="蓝,橙,红", INVITATION_DAYS="3", LOCALE="en"
    ).campaign()
    assert (campaign.order_word, campaign.invitation_days, campaign.locale) == ("武创督", 3, "en")
    assert list(campaign.colour_names.values()) == ["蓝", "橙", "红"]
    assert set_to(monkeypatch, SHIFTS="7:30， 15:30").campaign().shifts == (time(7, 30), time(15, 30))


PACES = {"PACE_PER_SECOND": 30, "PACE_CHAT_PER_SECOND": 1, "PACE_GROUP_PER_MINUTE": 20}
LOOPBACK = "http://127.0.0.1:8081/bot"
NO_PACES = {
    **dict.fromkeys(["0", "-0.0", "-1", "0.009", "-1e9"], "greater than or equal to 0.01"),
    **dict.fromkeys(["nan", "inf", "-inf", "Infinity", "1e999"], "finite number"),
    **dict.fromkeys(["", "fast", "30/s", "三十", "1,000"], "valid number"),
}


@pytest.mark.parametrize("name", PACES)
@pytest.mark.parametrize("api", [LOOPBACK, "https://api.telegram.org/bot"])
@pytest.mark.parametrize(("value", "part"), NO_PACES.items())
def test_what_is_no_pace_is_refused_everywhere(
    monkeypatch: pytest.MonkeyPatch, name: str, api: str, value: str, part: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        set_to(monkeypatch, API_BASE_URL=api, **{name: value})
    assert str(caught.value).startswith(f"CHUANGCHENG_{name}: ")
    assert part in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("name", "most"), PACES.items())
@pytest.mark.parametrize(
    "api", ["https://api.telegram.org/bot", "http://10.0.0.1:8081/bot", "http://127.0.0.1.example.org/bot"]
)
def test_a_pace_may_be_lower_and_higher_only_on_this_machine(
    monkeypatch: pytest.MonkeyPatch, name: str, most: int, api: str
) -> None:
    for value in ("0.01", "0.5", str(most)):
        read = getattr(set_to(monkeypatch, API_BASE_URL=api, **{name: value}), name.lower())
        assert read == float(value)
        assert not load_settings().outpaces_telegram
    for value in (f"{most}.0001", "1e300"):
        with pytest.raises(SettingsError) as caught:
            set_to(monkeypatch, API_BASE_URL=api, **{name: value})
        said = f"CHUANGCHENG_{name}: must be at most {most}, Telegram's limit; more only with a loopback API"
        assert str(caught.value) == said
        settings = set_to(monkeypatch, API_BASE_URL=LOOPBACK, **{name: value})
        assert getattr(settings, name.lower()) > most
        assert settings.outpaces_telegram


def test_an_address_that_is_none_is_named_before_the_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsError, match="CHUANGCHENG_API_BASE_URL"):
        set_to(monkeypatch, API_BASE_URL="nonsense", PACE_PER_SECOND="1000")


@pytest.mark.parametrize(
    "token", ["", "987", "987:short", f"{TOKEN} ", f"{TOKEN}\n", f"x{TOKEN}", "token-without-number-000000"]
)
def test_a_token_that_is_none(monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    settings = set_to(monkeypatch, BOT_TOKEN=token)
    with pytest.raises(SettingsError, match="CHUANGCHENG_BOT_TOKEN") as caught:
        settings.token()
    if token:
        assert token not in str(caught.value)


def test_the_environment_comes_before_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    lines = [
        f"CHUANGCHENG_BOT_TOKEN={TOKEN}",
        "CHUANGCHENG_LOCALE=en",
        "CHUANGCHENG_NAG_TIME=10:00",
        "OTHER=1",
    ]
    (tmp_path / ".env").write_text("\n".join(lines), encoding="utf-8")
    settings = set_to(monkeypatch, NAG_TIME="11:00")
    assert settings.token() == TOKEN
    assert settings.locale == "en"
    assert settings.nag_time == time(11)
    bare = load_settings(dotenv=False)
    assert bare.locale == "zh"
    assert bare.bot_token.get_secret_value() == ""


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(f"# 设置\nCHUANGCHENG_BOT_TOKEN={TOKEN}".encode("gbk"))
    with pytest.raises(SettingsError, match=r"\.env cannot be read") as caught:
        load_settings()
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        (f"postgresql+psycopg://user:{PASSWORD}@host/name", [PASSWORD]),
        ("postgresql+psycopg://user:p%40ss%2Fword@host/name", ["p@ss/word", "p%40ss%2Fword"]),
        (f"postgresql+psycopg://host/name?password={PASSWORD}", [PASSWORD]),
        ("postgresql+psycopg://user@host/name", []),
        ("sqlite+aiosqlite:////srv/a.db", []),
    ],
)
def test_secrets_are_known_and_not_shown(
    monkeypatch: pytest.MonkeyPatch, url: str, secrets: list[str]
) -> None:
    settings = set_to(monkeypatch, BOT_TOKEN=TOKEN, DATABASE_URL=url)
    assert settings.secrets() == [TOKEN, *secrets]
    for shown in (repr(settings), str(settings), settings.model_dump_json()):
        assert not [secret for secret in settings.secrets() if secret in shown]


def test_the_default_database_is_a_file_under_the_data_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folder = tmp_path / "deep" / "data"
    settings = set_to(monkeypatch, DATA_DIR=str(folder))
    assert not folder.exists(), "reading the settings must create nothing"
    assert settings.database() == f"sqlite+aiosqlite:///{folder / 'chuangcheng.db'}"
    assert folder.is_dir()


def test_a_data_folder_that_cannot_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = set_to(monkeypatch, DATA_DIR=str(tmp_path / "file" / "data"))
    with pytest.raises(SettingsError, match="CHUANGCHENG_DATA_DIR cannot be used"):
        settings.database()


@pytest.mark.parametrize(
    ("url", "loopback"),
    [
        ("http://127.0.0.1:8081/bot", True),
        ("http://127.8.9.1/bot", True),
        ("http://[::1]:80/bot", True),
        ("http://localhost/bot", True),
        ("http://localhost.example.org/bot", False),
        ("http://127.0.0.1.example.org/bot", False),
        ("http://127.0.0.1@example.org/bot", False),
        ("http://10.0.0.1/bot", False),
        ("https://api.telegram.org/bot", False),
        ("nonsense", False),
        ("", False),
    ],
)
def test_loopback(url: str, loopback: bool) -> None:
    assert is_loopback(url) is loopback

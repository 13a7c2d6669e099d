"""Settings: the only reader of the environment (prefix ``CHUANGCHENG_``) and of ``.env``."""

from __future__ import annotations

import ipaddress
import re
from datetime import time
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from locales import DEFAULT, LOCALES
from rules.cases.colour_names import read_names
from rules.duties.report_windows import read_shifts
from rules.nags.quiet_hours import QuietHours
from rules.office_hours import read_hours, read_office_hours
from rules.slots import SlotTimes
from services.campaign import MAP_LINK, Campaign

SCHEMES: Final = ("sqlite+aiosqlite://", "postgresql+psycopg://")
TOKEN_PATTERN: Final = r"\d{3,20}:[A-Za-z0-9_-]{20,}"  # noqa: S105  # a pattern, not a token

# What Telegram takes of a bot, by the setting that may ask for less.
MOST_PACE: Final = {"pace_per_second": 30.0, "pace_chat_per_second": 1.0, "pace_group_per_minute": 20.0}
# What is slower is as good as silent.
LEAST_PACE: Final = 0.01


class SettingsError(Exception):
    """A setting is missing or wrong. The message is one sentence and never holds a secret's value."""


_Rate = Annotated[float, Field(ge=LEAST_PACE, allow_inf_nan=False)]


class Settings(BaseSettings):
    """All settings, with their defaults. Times are local times of ``timezone``."""

    model_config = SettingsConfigDict(
        env_prefix="CHUANGCHENG_", env_file=".env", extra="ignore", hide_input_in_errors=True
    )

    bot_token: Annotated[SecretStr, Field(default=SecretStr(""))]
    data_dir: Path = Path("data")
    database_url: Annotated[SecretStr, Field(default=SecretStr(""))]
    backup_dir: Path | None = None
    backup_keep: Annotated[int, Field(ge=1, le=1000)] = 14
    api_base_url: str = "https://api.telegram.org/bot"
    api_file_url: str = "https://api.telegram.org/file/bot"
    # The pace stands below the address that it is checked against.
    pace_per_second: _Rate = MOST_PACE["pace_per_second"]
    pace_chat_per_second: _Rate = MOST_PACE["pace_chat_per_second"]
    pace_group_per_minute: _Rate = MOST_PACE["pace_group_per_minute"]
    timezone: str = "Asia/Shanghai"
    locale: str = DEFAULT
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    # The quiet hours stand above the times that are checked against them.
    quiet_from: time = time(21, 0)
    quiet_until: time = time(8, 0)
    office_hours: str = "08:00-12:00,14:00-18:00"
    summer_hours: str = ""
    brief_time: time = time(8, 0)
    nag_time: time = time(9, 0)
    tally_time: time = time(18, 0)
    clock_url: str = ""
    invitation_days: Annotated[int, Field(ge=1, le=90)] = 14
    shifts: str = "08:00,20:00"
    order_word: Annotated[str, Field(min_length=1, max_length=30)] = "创城督办"
    office_name: Annotated[str, Field(max_length=60)] = ""
    colour_names: str = "蓝,黄,红"
    map_link: str = MAP_LINK

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("not a known IANA time zone, such as Asia/Shanghai") from None
        return value

    @field_validator("locale")
    @classmethod
    def _known_locale(cls, value: str) -> str:
        if value not in LOCALES:
            raise ValueError(f"must be {' or '.join(repr(one) for one in LOCALES)}")
        return value

    @field_validator("database_url")
    @classmethod
    def _known_scheme(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if url and not url.startswith(SCHEMES):
            raise ValueError(f"must start with {' or '.join(SCHEMES)}")
        if url and not names_a_database(url):
            raise ValueError("must be the address of a database or the path of a file")
        return value

    @field_validator("api_base_url", "api_file_url")
    @classmethod
    def _http(cls, value: str) -> str:
        if not _is_http(value):
            raise ValueError("must be an http(s) address such as http://127.0.0.1:8081/bot")
        return value

    @field_validator(*MOST_PACE)
    @classmethod
    def _within_telegram_s_limits(cls, value: float, info: ValidationInfo) -> float:
        most, url = MOST_PACE[info.field_name or ""], info.data.get("api_base_url")
        if value > most and url is not None and not is_loopback(url):
            raise ValueError(f"must be at most {most:g}, Telegram's limit; more only with a loopback API")
        return value

    @field_validator("quiet_from", "quiet_until", "brief_time", "nag_time", "tally_time")
    @classmethod
    def _local(cls, value: time) -> time:
        if value.tzinfo is not None:
            raise ValueError("must be a local time without an offset, such as 09:00")
        return value

    @field_validator("quiet_until")
    @classmethod
    def _in_the_morning(cls, value: time, info: ValidationInfo) -> time:
        begins = info.data.get("quiet_from")
        if isinstance(begins, time) and value >= begins:
            raise ValueError(f"must be earlier in the day than {begins:%H:%M}, when the quiet hours begin")
        return value

    @field_validator("office_hours")
    @classmethod
    def _hours(cls, value: str) -> str:
        read_hours(value)
        return value

    @field_validator("summer_hours")
    @classmethod
    def _summer_hours(cls, value: str, info: ValidationInfo) -> str:
        if "office_hours" in info.data:
            read_office_hours(info.data["office_hours"], value)
        return value

    @field_validator("nag_time")
    @classmethod
    def _in_waking_hours(cls, value: time, info: ValidationInfo) -> time:
        begins, ends = info.data.get("quiet_from"), info.data.get("quiet_until")
        if isinstance(begins, time) and value >= begins:
            raise ValueError(f"must be before {begins:%H:%M}, when the quiet hours begin")
        if isinstance(ends, time) and value < ends:
            raise ValueError(f"must not be before {ends:%H:%M}, when the quiet hours end")
        return value

    @field_validator("tally_time")
    @classmethod
    def _between_brief_and_quiet_hours(cls, value: time, info: ValidationInfo) -> time:
        brief, quiet = info.data.get("brief_time"), info.data.get("quiet_from")
        if isinstance(quiet, time) and (value >= quiet or (isinstance(brief, time) and value <= brief)):
            raise ValueError(f"must be after the brief's time and before {quiet:%H:%M}")
        return value

    @field_validator("shifts")
    @classmethod
    def _shifts(cls, value: str) -> str:
        read_shifts(value)
        return value

    @field_validator("order_word", "office_name", mode="before")
    @classmethod
    def _without_spaces(cls, value: object) -> object:
        return value.strip() if isinstance(value, str) else value

    @field_validator("colour_names")
    @classmethod
    def _three_names(cls, value: str) -> str:
        read_names(value)
        return value

    @field_validator("map_link")
    @classmethod
    def _with_coordinates(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^\s\"'<>]+", value):
            raise ValueError("must be a web address, or nothing")
        try:
            shown = value.format(latitude=31.2304, longitude=121.4737)
        except (KeyError, IndexError, ValueError):
            shown = ""
        if value and not ("31.2304" in shown and "121.4737" in shown):
            raise ValueError("must hold {latitude} and {longitude}, and no other braces")
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @property
    def outpaces_telegram(self) -> bool:
        """Whether messages may go out faster than Telegram takes them, as to a sandbox."""
        return any(getattr(self, name) > most for name, most in MOST_PACE.items())

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def slots(self) -> SlotTimes:
        return SlotTimes(brief=self.brief_time, nag=self.nag_time, tally=self.tally_time, zone=self.zone)

    def campaign(self) -> Campaign:
        """The part of these settings that the use cases need."""
        return Campaign(
            slots=self.slots,
            locale=self.locale,
            invitation_days=self.invitation_days,
            order_word=self.order_word,
            office_name=self.office_name,
            colour_names=read_names(self.colour_names),
            map_link=self.map_link,
            quiet=QuietHours(self.quiet_from, self.quiet_until),
            hours=read_office_hours(self.office_hours, self.summer_hours),
            shifts=read_shifts(self.shifts),
        )

    def token(self) -> str:
        """The bot token. ``SettingsError``: it is missing or does not look like one."""

        token = self.bot_token.get_secret_value()
        if not token:
            raise SettingsError("CHUANGCHENG_BOT_TOKEN is not set: give the token that @BotFather gave you")
        if not re.fullmatch(TOKEN_PATTERN, token):
            raise SettingsError("CHUANGCHENG_BOT_TOKEN does not look like a bot token (123456:ABC…)")
        return token

    def database(self) -> str:
        """The database's URL; by default a SQLite file in ``data_dir``, a folder that is made if missing."""
        url = self.database_url.get_secret_value()
        return url or f"sqlite+aiosqlite:///{self._folder() / 'chuangcheng.db'}"

    def _folder(self) -> Path:
        """The folder of the program's own files, made if it is missing."""
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(f"CHUANGCHENG_DATA_DIR cannot be used: {error.strerror}") from None
        return self.data_dir

    def number_file(self) -> Path:
        """Where the running numbers are kept beside the database; for a server's database in ``data_dir``."""
        file = self.database_file()
        return self._folder() / "numbers" if file is None else file.with_name(file.name + ".numbers")

    def database_file(self) -> Path | None:
        """The file of an SQLite database; None for another database."""
        from sqlalchemy.engine import make_url

        url = make_url(self.database())
        return Path(url.database).resolve() if url.database and url.drivername.startswith("sqlite") else None

    def alarm_file(self) -> Path | None:
        """The file of the alarms' notes: beside an SQLite database, else in ``data_dir``; None: no place."""
        if (database := self.database_file()) is not None:
            return database.with_name(database.name + ".alarms")
        try:
            self.data_dir.mkdir(parents=True, exist_ok=True)
        except OSError:
            return None
        return self.data_dir.resolve() / "chuangcheng.alarms"

    def secrets(self) -> list[str]:
        """Values that must never be shown."""
        from sqlalchemy.engine import make_url

        found = [self.bot_token.get_secret_value()]
        if url := self.database_url.get_secret_value():
            read = make_url(url)
            # The password as the database gets it, and as it is in the URL, where it may be percent-encoded.
            found += [str(read.password or ""), urlsplit(url).password or ""]
            found.append(str(read.query.get("password", "")))
        return list(dict.fromkeys(secret for secret in found if secret))


def load_settings(*, dotenv: bool = True) -> Settings:
    """The settings of this process. ``SettingsError`` names the first one that is wrong.

    ``dotenv`` False: from the environment alone, as for a demo beside a real installation.
    """
    try:
        return Settings() if dotenv else Settings(_env_file=None)
    except (OSError, UnicodeError):
        raise SettingsError(".env cannot be read: it must be a text file in UTF-8") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        message = str(first["msg"]).removeprefix("Value error, ")
        raise SettingsError(f"CHUANGCHENG_{name}: {message}") from None


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def names_a_database(url: str) -> bool:
    """Whether the URL can be read and, for SQLite, names a file: one in memory ends with its command."""
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        read = make_url(url)
    except (ArgumentError, ValueError):
        return False
    return read.get_backend_name() != "sqlite" or read.database not in {None, "", ":memory:"}


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine; a simulated clock is accepted only there."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

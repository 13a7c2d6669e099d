"""The page's texts in one language."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from locales import Text, plain

ZONE: Final = ZoneInfo("Asia/Shanghai")
"""The zone of the sample campaign."""


class PageWords:
    """Makes the texts of the page; ``locale``: zh or en."""

    def __init__(self, locale: str) -> None:
        self.locale = locale

    def __call__(self, key: str, **values: Any) -> str:
        return plain(Text(key, **values), self.locale)

    def say(self, text: Text) -> str:
        return plain(text, self.locale)

    def hour(self, moment: datetime) -> str:
        """The local time, such as 08:40."""
        return f"{moment.astimezone(ZONE):%H:%M}"

    def day(self, moment: datetime) -> str:
        """The local day with its weekday, such as 12月18日 周五."""
        local = moment.astimezone(ZONE)
        weekday = plain(Text(f"page.weekday.{WEEKDAYS[local.weekday()]}"), self.locale)
        return self("page.day", month=local.month, day=local.day, weekday=weekday)

    def of_browser(self) -> dict[str, str]:
        """The texts that the browser itself shows, by their names; it fills {name} and {text} in."""
        return {name: self(f"page.js.{name}", name="{name}", text="{text}") for name in JS_WORDS}


WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
JS_WORDS: Final = (
    "unreachable",
    "too_big",
    "copied",
    "reply",
    "editing",
    "no_photo",
    "further_up",
    "chosen",
)

"""The columns and settings of a policy's sheet, with an office's words for them; we write the first word."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class PolicyColumn(StrEnum):
    KIND = "duty"
    WHEN = "when"
    TIME = "time"
    EVERY = "every"
    HEARS = "hears"
    INSPECTION = "inspection_only"


class SettingColumn(StrEnum):
    NAME = "setting"
    VALUE = "value"


BUDGET_WORDS: Final = ("每人每日推送上限", "推送上限", "每日推送上限")
RELEASE_WORDS: Final = ("主要领导放行方式", "放行方式")
POLICY_WORDS: Final[Mapping[PolicyColumn, tuple[str, ...]]] = {
    PolicyColumn.KIND: ("事项", "催办事项", "事项类别"),
    PolicyColumn.WHEN: ("时点", "提醒时点", "催办时点"),
    PolicyColumn.TIME: ("时刻", "几点", "提醒时刻"),
    PolicyColumn.EVERY: ("重复", "是否重复", "重复提醒"),
    PolicyColumn.HEARS: ("通知", "通知对象", "提醒对象"),
    PolicyColumn.INSPECTION: ("仅迎检", "仅迎检期间", "迎检"),
}
SETTING_WORDS: Final[Mapping[SettingColumn, tuple[str, ...]]] = {
    SettingColumn.NAME: ("项目", "设置项"),
    SettingColumn.VALUE: ("内容", "取值", "设置"),
}

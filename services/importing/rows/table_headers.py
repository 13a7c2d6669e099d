"""The headers of all kinds of sheets, and the kind of a table by its header."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

from rules.nags.policy_columns import POLICY_WORDS, PolicyColumn
from services.importing.reading.cells import Grid
from services.importing.reading.headers import HeaderWords, find_header
from services.importing.rows.file_kinds import FileKind
from services.importing.rows.roster_lines import ROSTER_HEADER
from services.importing.rows.task_columns import TASK_HEADER


class CategoryColumn(StrEnum):
    AREA = "area"
    NAME = "category"
    UNIT = "responsible_unit"
    LIMIT = "limit"
    LIMIT_UNIT = "limit_unit"
    STANDARD = "mended"
    INDICATOR = "indicator"
    RADIUS = "radius"


class PointColumn(StrEnum):
    NAME = "point"
    UNIT = "holder"
    ADDRESS = "address"
    LONGITUDE = "longitude"
    LATITUDE = "latitude"
    COORDINATES = "coordinates"


class CalendarColumn(StrEnum):
    DAY = "day"
    WORKING = "working"
    NOTE = "note"


class SectionColumn(StrEnum):
    SUBJECT = "office_subject"
    SECTION = "section"


class ActivityColumn(StrEnum):
    DAY = "day"
    TITLE = "activity"
    WORDS = "activity_words"
    UNIT = "unit"
    KIND = "activity_kind"
    ATTENDANCE = "attendance"
    COPIES = "copies"
    TIMES = "times"
    FUNDS = "funds"
    FUNDS_YUAN = "funds_yuan"
    FUNDS_WAN = "funds_wan"


CATEGORIES_NEED: Final = (
    CategoryColumn.AREA,
    CategoryColumn.NAME,
    CategoryColumn.UNIT,
    CategoryColumn.LIMIT,
    CategoryColumn.STANDARD,
)
CATEGORY_HEADER: Final = HeaderWords(
    words={
        CategoryColumn.AREA: ("大类", "大类名称", "问题大类", "案卷大类", "类别大类", "一级类别", "领域"),
        CategoryColumn.NAME: (
            *("小类", "小类名称", "类别", "类别名称", "问题类别", "案卷类别", "问题类型", "问题小类"),
            *("案卷小类", "二级类别"),
        ),
        CategoryColumn.UNIT: (
            "责任单位",
            "责任部门",
            "承办单位",
            "处置单位",
            "整改单位",
            "牵头单位",
            "责任主体",
        ),
        CategoryColumn.LIMIT: (
            *("办理时限", "处置时限", "整改时限", "办结时限", "结案时限", "时限要求", "时限", "办理期限"),
            *("整改期限", "完成时限"),
        ),
        CategoryColumn.LIMIT_UNIT: ("时限单位", "计时单位", "时间单位"),
        CategoryColumn.STANDARD: (
            "整改标准",
            "结案标准",
            "处置标准",
            "办结标准",
            "验收标准",
            "整改要求",
            "标准",
        ),
        CategoryColumn.INDICATOR: ("测评指标", "对应测评指标", "指标", "测评项目", "测评标准", "对应指标"),
        CategoryColumn.RADIUS: ("查重半径", "查重半径(米)", "查重距离", "查重范围"),
    },
    required=CATEGORIES_NEED,
    least=len(CATEGORIES_NEED),
    below={
        **dict.fromkeys(("单位", "计时单位", "时限单位"), CategoryColumn.LIMIT_UNIT),
        **dict.fromkeys(("数值", "时限", "时长"), CategoryColumn.LIMIT),
    },
)
POINT_HEADER: Final = HeaderWords(
    words={
        PointColumn.NAME: ("点位名称", "点位", "点位名", "场所名称", "场所", "地点名称"),
        PointColumn.UNIT: (
            *("所属单位", "属地单位", "所属街道", "属地街道", "属地", "责任单位", "管理单位", "所属镇街"),
            *("单位", "单位名称"),
        ),
        PointColumn.ADDRESS: ("地址", "详细地址", "点位地址", "具体地址", "位置", "具体位置", "所在位置"),
        PointColumn.LONGITUDE: ("经度", "东经", "lng", "lon"),
        PointColumn.LATITUDE: ("纬度", "北纬", "lat"),
        PointColumn.COORDINATES: ("坐标", "经纬度", "经纬度坐标", "点位坐标", "地理坐标", "经度,纬度"),
    },
    required=(PointColumn.NAME, PointColumn.UNIT),
    least=2,
    below={},
)
CALENDAR_HEADER: Final = HeaderWords(
    words={
        CalendarColumn.DAY: ("日期", "日子", "公历日期"),
        CalendarColumn.WORKING: ("是否上班", "上班", "是否工作日", "上班或休息"),
        CalendarColumn.NOTE: ("说明", "备注", "事由", "节假日"),
    },
    required=(CalendarColumn.DAY, CalendarColumn.WORKING),
    least=2,
    below={},
)
ACTIVITIES_NEED: Final = (ActivityColumn.DAY, ActivityColumn.TITLE, ActivityColumn.UNIT)
ACTIVITY_HEADER: Final = HeaderWords(
    words={
        ActivityColumn.DAY: ("日期", "时间", "开展日期", "活动日期", "活动时间", "开展时间", "会议时间"),
        ActivityColumn.TITLE: (
            *("标题", "工作事项", "活动名称", "会议名称", "文件名称", "活动主题", "名称", "主题", "事项"),
            *("工作内容", "活动内容"),
        ),
        ActivityColumn.WORDS: (
            "内容",
            "具体内容",
            "详细内容",
            "工作情况",
            "活动情况",
            "开展情况",
            "主要内容",
        ),
        ActivityColumn.UNIT: ("单位", "主办单位", "组织单位", "实施单位", "开展单位", "责任单位", "填报单位"),
        ActivityColumn.KIND: ("类别", "类型", "工作类别", "工作类型", "活动类型", "纪实类别"),
        ActivityColumn.ATTENDANCE: ("参加人数", "参与人数", "参会人数", "人数"),
        ActivityColumn.COPIES: ("份数", "印发份数", "发放份数"),
        ActivityColumn.TIMES: ("场次", "场数", "次数"),
        ActivityColumn.FUNDS: ("经费", "投入经费", "资金", "投入资金", "经费投入", "金额"),
    },
    required=ACTIVITIES_NEED,
    least=len(ACTIVITIES_NEED),
    below={"元": ActivityColumn.FUNDS_YUAN, "万元": ActivityColumn.FUNDS_WAN},
)
POLICY_HEADER: Final = HeaderWords(
    words=POLICY_WORDS,
    required=(PolicyColumn.KIND, PolicyColumn.WHEN, PolicyColumn.HEARS),
    least=3,
    below={},
)
SECTIONS_HEADER: Final = HeaderWords(
    words={
        SectionColumn.SUBJECT: ("事项", "分工事项", "工作事项", "承办事项"),
        SectionColumn.SECTION: ("科室", "承办科室", "负责科室", "责任科室", "组别"),
    },
    required=(SectionColumn.SUBJECT, SectionColumn.SECTION),
    least=2,
    below={},
)
HEADERS: Final[Mapping[FileKind, HeaderWords[Any]]] = {
    FileKind.TASKS: TASK_HEADER,
    FileKind.ROSTER: ROSTER_HEADER,
    FileKind.CATEGORIES: CATEGORY_HEADER,
    FileKind.POINTS: POINT_HEADER,
    FileKind.CALENDAR: CALENDAR_HEADER,
    FileKind.LADDER: POLICY_HEADER,
    FileKind.ACTIVITIES: ACTIVITY_HEADER,
    FileKind.SECTIONS: SECTIONS_HEADER,
}


def kind_of_table(grid: Grid, words: Mapping[FileKind, HeaderWords[Any]] = HEADERS) -> FileKind | None:
    """The kind of which the table's header names the most columns; None: it has no complete header."""
    headers = {kind: find_header(grid, of_kind) for kind, of_kind in words.items()}
    named = {kind: len(header.columns) for kind, header in headers.items() if header is not None}
    # Of equals, the first counts.
    return max(named, key=lambda kind: named[kind], default=None)

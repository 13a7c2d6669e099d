"""A work report as it could be, for the tests of templates."""

from __future__ import annotations

from reports.work_report import ReportChapter, ReportSection, SourceLine, WorkReport

REPORT = WorkReport(
    title="创建全国文明城市工作情况汇报",
    lead="现将2026年12月1日至2026年12月15日创建全国文明城市工作情况汇报如下：",
    chapters=[
        ReportChapter(
            "一、前段工作开展情况",
            [
                ReportSection("（一）迅速动员部署，明确工作任务", ["召开全区创城动员大会；参加人数320人。"]),
                ReportSection(
                    "（二）突出工作重点，提高创城水平",
                    ["市容环境整治行动。背街小巷方面，清理违规广告牌匾576处，清理野广告11.6万张。"] * 3,
                ),
            ],
        ),
        ReportChapter(
            "二、存在问题", [ReportSection("", ["逾期未完成的任务1项：整治背街小巷（东风街道）。"])]
        ),
    ],
    unit="区创建全国文明城市工作办公室",
    day="2026年12月15日",
    period="2026年12月1日至2026年12月15日",
    sources=[
        SourceLine("576处", "市容环境整治行动·背街小巷：清理违规广告牌匾", 2, "20261201-0001、20261202-0003")
    ],
)

"""What the words of an entry say: its day, its kind, its title. Any text can be read."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.activities.activity_kinds import ActivityKind, kind_named, kind_of
from rules.activities.activity_words import TITLE_LIMIT, impossible_day, named_day, title_of, without_day

TODAY = date(2026, 12, 1)  # a Tuesday
K = ActivityKind


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("11月28日召开动员大会", date(2026, 11, 28)),
        ("十一月二十八日下午，召开动员大会", date(2026, 11, 28)),
        ("2026-11-20 印发通知", date(2026, 11, 20)),
        ("2025年3月5日开展志愿服务", date(2025, 3, 5)),
        ("今天召开部署会", date(2026, 12, 1)),
        ("昨日上午9:30，召开常委会", date(2026, 11, 30)),
        ("前天慰问环卫工人", date(2026, 11, 29)),
        ("上周五开了部署会", date(2026, 11, 27)),
        ("本周一召开例会", date(2026, 11, 30)),
        ("11月28日至30日开展集中整治行动", date(2026, 11, 28)),
        ("3月5日开展学雷锋活动", date(2026, 3, 5)),
        ("12月20日将召开动员会", date(2026, 12, 20)),  # ahead: the card asks
        ("6月20日召开动员会", date(2026, 6, 20)),
        ("按照11月20日会议要求，12月1日召开推进会", date(2026, 12, 1)),
        ("召开会议，要求12月20日前完成整改", None),
        ("召开会议", None),
        ("11月31日召开会议", None),
        ("走访群众30户，3月份以来共12次", None),
        ("去年11月28日召开部署会", date(2025, 11, 28)),
        ("今年12月20日召开动员会", date(2026, 12, 20)),
        ("前年3月5日开展志愿服务", date(2024, 3, 5)),
        ("大前年的3月5日开展志愿服务", date(2023, 3, 5)),
        ("大前天召开部署会", date(2026, 11, 28)),
        ("前日召开部署会", date(2026, 11, 29)),
        ("昨中午慰问环卫工人", date(2026, 11, 30)),
        ("上上周五开了部署会", date(2026, 11, 20)),
        ("上上个星期一召开例会", date(2026, 11, 16)),
        ("12.28召开动员会", date(2026, 12, 28)),
        ("11.28-11.30开展集中整治行动", date(2026, 11, 28)),
        ("于11/28召开动员会", date(2026, 11, 28)),
        ("12.4国家宪法日宣传活动", date(2026, 12, 4)),
        ("29日召开动员会", date(2026, 11, 29)),
        ("1日上午，召开动员会", date(2026, 12, 1)),
        ("31日召开动员会", date(2026, 10, 31)),
        ("28日至30日开展集中整治行动", date(2026, 11, 28)),
        ("28-30日开展集中整治行动", date(2026, 11, 28)),
        ("3.5吨垃圾已清运", None),
        ("12.5万元经费到位", None),
        ("29号楼清理完毕", None),
        ("30日内完成整改", None),
        ("29日前完成整改", None),
        ("清理垃圾12.28召开会议", None),
        ("今日头条刊发稿件3篇", None),
    ],
)
def test_the_day(text: str, day: date | None) -> None:
    assert named_day(text, TODAY) == day


def test_in_january_a_day_of_december_is_one_of_last_year() -> None:
    assert named_day("12月20日召开动员会", date(2027, 1, 4)) == date(2026, 12, 20)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("11月31日召开会议", "11月31日"),
        ("13月40日召开会议", "13月40日"),
        ("2026年2月29日召开会议", "2026年2月29日"),
        ("11月30日召开会议", None),
        ("召开会议", None),
    ],
)
def test_a_day_that_does_not_exist(text: str, said: str | None) -> None:
    assert impossible_day(text, TODAY) == said


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("召开全区创城动员大会，下发文件2份", K.MEETING),
        ("上周五开了部署会", K.MEETING),
        ("全区创城动员大会", K.MEETING),
        ("组织召开了推进会", K.MEETING),
        ("印发《全民健身活动工作方案》200份", K.DOCUMENT),
        ("制定创城工作制度5项", K.DOCUMENT),
        ("组建了60余人的文明交通劝导志愿队伍", K.TEAM),
        ("从相关部门抽调8人组建创城工作办公室", K.TEAM),
        ("落实工作经费30万元", K.FUNDS),
        ("投入30万元更新果皮箱", K.FUNDS),
        ("日报刊发宣传稿件5篇", K.MEDIA),
        ("电视台播出专题片1期", K.MEDIA),
        ("举办读书讲座3场", K.EVENT),
        ("开展志愿服务活动10余次", K.EVENT),
        ("体育馆开馆", None),
        ("更新果皮箱", None),
    ],
)
def test_the_kind(text: str, kind: ActivityKind | None) -> None:
    assert kind_of(text) is kind


def test_the_kind_that_a_cell_names() -> None:
    assert [kind_named(cell) for cell in ("会议", " 媒体 报道 ", "其它", "果皮箱", "")] == [
        *(K.MEETING, K.MEDIA, K.OTHER),
        *(None, None),
    ]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("11月28日召开全区创城动员大会，参加人数320人，下发文件2份", "召开全区创城动员大会"),
        ("11月28日（周六）上午9时30分，全区创城动员大会", "全区创城动员大会"),
        ("十一月二十八日下午，召开动员大会。会议要求…", "召开动员大会"),
        ("昨日上午9:30，召开常委会，研究创城工作", "召开常委会，研究创城工作"),
        ("按照市委要求，12月1日召开推进会", "召开推进会"),
        ("投入经费30万元，购置垃圾桶500个", "投入经费30万元"),
        ("今冬明春开展清洁行动", "今冬明春开展清洁行动"),
        ("11月28日", ""),
        ("。。。", ""),
        ("\n\n 今天 召开\n会议", "召开"),
        ("今天清理违规广告牌匾12处", "清理违规广告牌匾12处"),
        ("昨天走访慰问困难群众30户", "走访慰问困难群众30户"),
        ("今日发放宣传单", "发放宣传单"),
        ("大前天晚上巡查", "巡查"),
        ("今晚巡查", "巡查"),
        ("昨下午巡查", "巡查"),
        ("今日头条刊发稿件3篇", "今日头条刊发稿件3篇"),
        ("12月10日上午9时30分至11时召开动员会", "召开动员会"),
        ("12月10日9:00—下午5:30，召开动员会", "召开动员会"),
        ("上上周五下午3点半召开动员会", "召开动员会"),
        ("去年11月28日召开部署会", "召开部署会"),
        ("12.28召开动员会", "召开动员会"),
        ("11.28-11.30开展集中整治行动", "开展集中整治行动"),
        ("28日至30日，开展集中整治行动", "开展集中整治行动"),
        ("29日上午9时召开动员会", "召开动员会"),
        ("3.5吨垃圾已清运", "3.5吨垃圾已清运"),
        ("捐款1,200元", "捐款1,200元"),
        ("收到捐款1,200元,慰问12户", "收到捐款1,200元"),
        ("12月10日。召开动员会", "召开动员会"),
    ],
)
def test_the_title(text: str, title: str) -> None:
    assert title_of(text) == title


def test_the_words_without_their_day_begin_with_the_unit() -> None:
    said = ("今天区教育局召开会议", "昨日，区教育局召开会议", "12.28区教育局召开会议")
    assert {without_day(one) for one in said} == {"区教育局召开会议"}


def test_a_long_sentence_is_cut_at_a_clause() -> None:
    assert title_of("召开会议，" + "学习精神，" * 20) == ("召开会议，" + "学习精神，" * 11).rstrip("，")
    assert len(title_of("召" * 300)) == 60


@given(st.text(max_size=200))
def test_any_text(text: str) -> None:
    named_day(text, TODAY)
    impossible_day(text, TODAY)
    kind_of(text)
    assert len(title_of(text)) <= TITLE_LIMIT

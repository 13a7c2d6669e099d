"""The kinds of entries of the activity log (工作纪实), and the kind that the words of an entry name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from rules.hidden_characters import readable


class ActivityKind(StrEnum):
    """会议, 文件, 活动, 队伍, 经费, 宣传, 其他."""

    MEETING = "meeting"
    DOCUMENT = "document"
    EVENT = "event"
    TEAM = "team"
    FUNDS = "funds"
    MEDIA = "media"
    OTHER = "other"


K = ActivityKind
KIND_WORDS: Final[Mapping[str, ActivityKind]] = {
    **dict.fromkeys(("会议", "会议部署", "动员部署", "会"), K.MEETING),
    **dict.fromkeys(("文件", "发文", "印发文件", "制度", "文件制度"), K.DOCUMENT),
    **dict.fromkeys(("活动", "活动开展", "主题活动", "志愿服务", "培训"), K.EVENT),
    **dict.fromkeys(("队伍", "组织", "机构", "队伍建设", "组织机构", "机构队伍"), K.TEAM),
    **dict.fromkeys(("经费", "资金", "经费保障", "经费投入"), K.FUNDS),
    **dict.fromkeys(("宣传", "媒体", "宣传报道", "媒体报道", "新闻宣传"), K.MEDIA),
    **dict.fromkeys(("其他", "其它", "其他工作"), K.OTHER),
}
"""The words that a sheet has for each kind."""

# What was done. Of several the first one decides: 召开动员大会，下发文件2份 is a meeting.
_DEEDS: Final[Mapping[ActivityKind, str]] = {
    K.MEETING: r"召开|召集|开会|参会|开了?[^,，。;；]{0,12}会(?![馆场堂所展])",
    K.DOCUMENT: r"印发|下发|制[定订]|出台|发文|转发|修订|起草|拟[定订]",
    K.TEAM: r"组建|成立|抽调|设立|招募",
    K.FUNDS: r"拨付|下拨|划拨|(?:落实|安排|投入|争取|筹[集措]|列支|追加)[^,，。;；]{0,12}(?:经费|资金|元)",
    K.MEDIA: r"刊[发登载播]|播[出放发]|报道|推送|登载|见报|采访",
    K.EVENT: r"举办|举行|开展|组织(?!召开|成立|机构|部|领导)|慰问|走访|宣讲|培训|观摩|签名|发放",
}
# What it is about, if no deed is named: 全区创城动员大会.
_THINGS: Final[Mapping[ActivityKind, str]] = {
    K.MEETING: r"大会|会议|例会|座谈会|[部署推进调度动员协现专题联席]会(?![馆场堂所展])",
    K.DOCUMENT: r"文件|方案|通知|办法|制度|意见",
    K.TEAM: r"工作组|领导小组|专班|队伍|志愿服务队",
    K.FUNDS: r"经费|资金",
    K.MEDIA: r"稿件|专题片|专栏|公众号|电视台|日报|新闻",
    K.EVENT: r"活动|讲座|比赛|演出|展演|行动",
}
_TABLES: Final = tuple(
    {kind: re.compile(words) for kind, words in table.items()} for table in (_DEEDS, _THINGS)
)
# The name of a document says what the document is about: 印发《…活动方案》.
_QUOTED: Final = re.compile(r"《[^》]*》")


def kind_of(text: str) -> ActivityKind | None:
    """The kind of what the words tell first; None: they name none."""
    plain = _QUOTED.sub("《》", readable(text))
    for table in _TABLES:
        found = [(match.start(), kind) for kind, words in table.items() if (match := words.search(plain))]
        if found:
            return min(found, key=lambda one: one[0])[1]
    return None


def kind_named(words: str) -> ActivityKind | None:
    """The kind that a cell names: 会议, 媒体报道; None: it is no word for a kind."""
    return KIND_WORDS.get("".join(readable(words).split()))

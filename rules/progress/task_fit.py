"""Which task words are about: by the things that they name, found in the tasks' objectives and standards.

A thing is compared from its end, because its head stands there: of 夜间治安巡逻 a task about 治安巡逻 has
four characters. Pairs of characters from anywhere prove nothing (今日清理, 日产日清).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from rules.hidden_characters import readable
from rules.progress.quantities.word_tables import word_set

# What stands in quotation marks is a name of its own (“小手拉大手”文明礼仪教育).
_CLAUSE: Final = re.compile(r"[^,，。;；:：!！?？、\s()（）\d“”\"‘’'「」『』《》]+")
# These name no thing of any one task.
_GENERAL: Final = word_set(
    """
    活动 工作 行动 问题 人员 人次 情况 任务 环境 整治 检查 设施 服务 宣传 治理 整改 管理 建设 巡查 清理
    群众 居民 创建 文明 城市 文明城市 创城 重点 现象 行为 场所 单位 部门 街道 社区 小区 城区 全区 辖区 以上
    专项 专项整治 专项行动
    """
)
_SHORTEST: Final = 2
# Words without a number name no item, so more is asked of them.
_SURE: Final = 3


def thing_of(item: str) -> str:
    """What an item is about, without the verb in front of it."""
    from rules.progress.quantities.verbs import VERB

    verb = VERB.match(item)
    return item[verb.end() :] if verb and verb.end() < len(item) else item


def thing_score(thing: str, task: str) -> int:
    """How well a thing of a report fits the words of a task: how much of it, from its end, they hold.

    The whole thing may stand anywhere. A piece has to end there, too: 违规广告牌匾 is no 小广告.
    """
    words = plain(task)
    for start in range(len(thing) - _SHORTEST + 1):
        piece = thing[start:]
        if piece in words and (not start or _ends_in(piece, words)):
            return 0 if piece in _GENERAL else len(piece)
    return 0


def _ends_in(piece: str, words: str) -> bool:
    from rules.progress.quantities.verbs import VERB

    at = words.find(piece)
    while at >= 0:
        end = at + len(piece)
        if end == len(words) or VERB.match(words, end) or not _CLAUSE.match(words, end):
            return True
        at = words.find(piece, end)
    return False


def words_score(text: str, task: str) -> int:
    """How well words without a number fit a task: how much of one of its things they hold."""
    from rules.progress.quantities.clauses import stripped

    words = plain(text)
    best = 0
    for clause in _CLAUSE.findall(plain(task)):
        thing = thing_of(stripped(clause))
        for start in range(len(thing) - max(best, _SURE - 1)):
            if thing[start:] in words and thing[start:] not in _GENERAL:
                best = len(thing) - start
                break
    return best


def clearly_best(scores: Mapping[int, int]) -> int | None:
    """The key with the highest score; None if none has any, or two share it."""
    ranked = sorted(scores, key=lambda key: -scores[key])
    if not ranked or not scores[ranked[0]]:
        return None
    if len(ranked) > 1 and scores[ranked[0]] == scores[ranked[1]]:
        return None
    return ranked[0]


def plain(text: str) -> str:
    return readable(text)

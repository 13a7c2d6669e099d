"""The verbs of a clause, without those inside a noun, and the verb in which it ends."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from rules.progress.quantities.verbs import LONG_VERB, NOUN_LIKE, VERB
from rules.progress.quantities.words import COMPOUND

SHORTEST_NAME: Final = 2
_JUNCTION: Final = re.compile(r"[、并和及与]?")
# 宣传牌, 劝导牌: what a deed is done with.
_SHOWN: Final = NOUN_LIKE | {"劝导", "劝阻", "发布", "播放"}
_SIGN: Final = re.compile("[\u4e00-\u9fff]?[牌板屋器箱桶柜机服墙角室证单表卡函信券袋语]$")
_PLACES_OF_DEED: Final = frozenset("点站亭桩柜台库池棚架")
_QUOTED: Final = re.compile("《[^《》]{1,30}》|“[^“”]{1,20}”")


def verbs_of(stem: str) -> list[re.Match[str]]:
    """The verbs of a clause from left to right, without those inside a noun (整治组, 改造建设任务)."""
    found: list[re.Match[str]] = []
    if "《" in stem or "“" in stem:
        stem = _QUOTED.sub(lambda match: "〇" * len(match[0]), stem)
    noun_start = -1
    for match in reversed(list(VERB.finditer(stem))):
        sign = match["long"] in _SHOWN and _SIGN.match(stem, match.end()) is not None
        sign = sign or (match.start() >= SHORTEST_NAME and _is_place_of_deed(stem, match.end()))
        if (sign or match.end() == noun_start or COMPOUND.match(stem, match.end())) and (
            match["long"] in NOUN_LIKE or not stem.startswith("问题", match.end())
        ):
            noun_start = match.start()
        else:
            found.append(match)
    return found[::-1]


def _is_place_of_deed(stem: str, at: int) -> bool:
    """Whether the letter at ``at`` makes a place of the verb before it: 垃圾投放点整治."""
    if stem[at : at + 1] not in _PLACES_OF_DEED:
        return False
    return at + 1 == len(stem) or LONG_VERB.match(stem, at + 1) is not None


@lru_cache(maxsize=8)
def verb_at_end(stem: str) -> str:
    """The verb, or chain of verbs (维修和新增), that the clause ends in; else ""."""
    start = len(stem)
    for match in reversed(list(VERB.finditer(stem))):
        if not _JUNCTION.fullmatch(stem, match.end(), start):
            break
        start = match.start()
    return stem[start:]

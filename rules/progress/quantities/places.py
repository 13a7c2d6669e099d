"""Takes from a clause where something was done: 学校门口的流动摊贩 → 流动摊贩."""

from __future__ import annotations

import re
from typing import Final

from rules.progress.quantities.clause_verbs import verbs_of
from rules.progress.quantities.verbs import LONG, SHORT, VERB
from rules.progress.quantities.words import COMPOUND

# 学校门口流动摊贩, 河道边的垃圾: where it was done.
_WHERE: Final = re.compile(
    r"(?=[一二三四五六七八九十车运电室门周附沿两场园区院边里内上下旁口早农菜村路街巷楼桥河湖校老入出\d])(?:(?:门口|周边|附近|沿线|两侧|[场园区院]内)的?"
    rf"|[边里内上下旁口](?:[堆放停摆](?!车)放?)?的|校?门口|[村路街巷河入出]口(?!袋)|(?:\d{{1,4}}|[一二三四五六七八九十]{{1,3}}(?=号楼|[栋幢]|单元))(?:号|栋|幢|单元|弄|巷)[楼院]?(?:(?:\d+|[一二三四五六七八九十])单元)?(?:[内里]|门口|楼下|前|后)?的?|[车运电]站的|室的(?!.(?:{LONG}|{SHORT}))|[楼桥]下|[路街河湖]边|楼前|门前(?!三包|[三四五]包)|(?<=[道路面街墙带杆箱牌柱栏])上(?![墙架牌门岗报传海级班学网的])|背街小巷的|(?:老旧小区(?!的|杂货|摊[位贩点]|项目|工程)|(?:早市|[农菜]贸?市场)内?的?)(?!{LONG}))(?=[\u4e00-\u9fff]{{2}})"
)
# 清理建设路、人民路小广告: a name of a road or a village behind a verb.
_STREETS: Final = re.compile(
    r"(?:[\u4e00-\u9fff]{1,3}(?<![道马公铁线街后沿支背临小炸扫逛占霸])(?:路|大?街|大道|巷|胡同)|[\u4e00-\u9fff]{2,3}(?:村|(?<!老旧)小区|社区|广场|公园))"
    r"(?:[、和][\u4e00-\u9fff]{1,3}(?:路|大?街|大道|巷|胡同|村|小区))*(?:沿线|两侧|周边)?的?(?=[\u4e00-\u9fff]{2})"
)
_LONGEST_PLACE: Final = 12
_WENT: Final = re.compile(
    r"[去到][\u4e00-\u9fff]{2,6}?(?:小区|社区|[村街路]|学校|广场)(?=[\u4e00-\u9fff]{2})"
)
# 在广场擦护栏, 市场里摊位
_IN_PLACE: Final = re.compile(
    rf"在[\u4e00-\u9fff]{{1,8}}?[上里内口边旁前后处下场园区路街院校站村楼道地](?=(?:{LONG}|{SHORT})[\u4e00-\u9fff]{{2}})"
    r"|在[\u4e00-\u9fff]{0,6}(?:广场|公园|小区|社区|学校|校园|市场|路口|门口|大厅|步行街)(?=..)"
    r"|^[\u4e00-\u9fff]{1,5}(?<![邻公乡路])[里内](?![程弄衣部河涝容科面勤])(?:[堆放停摆](?!车)放?)?的?(?=[\u4e00-\u9fff]{2})"
)
# 公园路法桐修剪了: a road before the thing.
_ROAD_FIRST: Final = re.compile(
    "[\u4e00-\u9fff]{1,3}(?<![道马公铁线街后沿支背临小主干网电油泥土车耕])(?<!(?<![东南西北内外])环)(?:路|大?街|大道|巷)(?:沿[街线]|两侧)?"
    "(?![面灯口牌边段沿缘网基政肩桩障由标名巷道])(?=[\u4e00-\u9fff]{2})"
)
# 堆在消防通道的单车
_PUT_SOMEWHERE: Final = re.compile("^[堆停摆放][放着]?在[\u4e00-\u9fff]{1,8}?的(?=..)")


def without_place(stem: str) -> str:
    if "在" in stem:
        stem = _PUT_SOMEWHERE.sub("", stem)
    place = _IN_PLACE.search(stem) if "在" in stem or "里" in stem or "内" in stem else None
    if place and (place.start() or not verbs_of(place[0])):
        stem = stem[: place.start()] + stem[place.end() :]
    verb = VERB.match(stem)
    if (not verb or not verb["long"]) and (road := _ROAD_FIRST.match(stem)):
        stem = stem[road.end() :]
    street = _STREETS.match(stem, verb.end()) if verb and verb["long"] else None
    if verb and street and not COMPOUND.match(stem, verb.end()):
        return verb[0] + stem[street.end() :]
    if "的" in stem and not verb and (street := _STREETS.match(stem)) and street[0].endswith("的"):
        return stem[street.end() :]
    if verb and not verb["long"] and (road := _ROAD_FIRST.match(stem, verb.end())):
        return verb[0] + stem[road.end() :]
    went = _WENT.match(stem)
    where = went or _WHERE.search(stem, 0, _LONGEST_PLACE)
    if where is None:
        return stem
    deeds = [] if went or VERB.match(stem, where.end()) else verbs_of(stem[: where.start()])
    taken = "把" if stem.startswith("把") else ""
    return (deeds[-1][0] if deeds else taken) + stem[where.end() :].removeprefix("的")

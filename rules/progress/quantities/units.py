"""Units: which words count things, and the one form in which each comes out.

Canonical forms: symbols and short forms become the full word (㎡, m², 平米, 平方 → 平方米; 立方, 方 → 立方米;
km, 千米 → 公里; kg, 千克 → 公斤; 块钱 → 元), 台(次) and 台/次 become 台次, 起(件) becomes 起. 万元 is the
magnitude 万 and the unit 元. Everything else stays as written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Final

from rules.progress.quantities.word_tables import any_of, word_set

_CLASSIFIERS: Final = word_set(
    """
    个 处 张 块 条 件 起 次 人 名 位 户 家 辆 台 场 期 份 册 篇 幅 面 盏 棵 株 栋 幢 座 间 套 只 顶 宗 例
    批 支 队 所 项 组 片 袋 桶 车 盘 盆 缸 钵 本 封 枚 根 扇 樘 段 道 轮 趟 遍 箱 包 盒 瓶 罐 筐 捆 卷 板
    颗 粒 头 匹 具 尊 部 架 艘 列 口 眼 孔 窝 堆 垛 丛 笔 票 单 则 通 双 副 把 对 类 种 剂 字 款 节 句 首
    桩 伙 席 版 门 杯 羽 尾 管 针 点位 人次 站次 趟次 船次 课时 学时 人份 车位 泊位 网格 船 床 挂 串 排
    枝 杆 碗 桌 听 沓 摞 扎 层 台套 台班 工日 人天
    """
)
_WITH_TIMES: Final = "人台辆车家户场批班艘件处点个条项剂架起店队组名部位所座村站块株轮册"
_MEASURES: Final = {
    "平方米": "平方米 平米 平方 平 m2",
    "立方米": "立方米 立方 方 m3",
    "平方公里": "平方公里 平方千米 km2",
    "公里": "公里 千米 km KM Km",
    "米": "米 m",
    "延长米": "延长米 延米",
    "厘米": "厘米 公分 cm",
    "里": "里 华里",
    "吨": "吨 t",
    "公斤": "公斤 千克 kg KG Kg",
    "克": "克",
    "斤": "斤 市斤",
    "升": "升 公升 L",
    "毫升": "毫升 ml mL",
    "亩": "亩",
    "公顷": "公顷",
    "元": "元 块钱",
    "人": "人 号人",
    "车": "三轮 轮车",
    "美元": "美元",
    "千瓦时": "千瓦时",
    "小时": "小时",
}
# With Chinese numerals these are mostly names: 十字口, 三里屯, 八方, 三门, 五通.
ARABIC_ONLY: Final = word_set("字 里 门 口 头 眼 管 针 版 句 首 款 单 则 通 票 双 副 对 板 具 节 把 孔 方 平")

_FORMS: Final = {word: word for word in _CLASSIFIERS} | {
    form: unit for unit, forms in _MEASURES.items() for form in forms.split()
}

_DURATION: Final = (
    "月(?![季亮饼台嫂])|小时|钟头|星期|礼拜|季度|工作日|交易日|自然日|昼夜|学期|学年|年度|年头|世纪"
    "|周(?![边围转末])|日(?![间用杂常照料])"
)
# A unit with one of these behind it is no unit: 3个月, 12处理 …, 35部门, 3级台阶.
_NOT_BEFORE: Final = {
    "个": rf"[多半余来]{{0,2}}\s?(?:{_DURATION}|百分)|别(?!墅)|体(?![户育检验温])|性"
    "|方面|层面|维度|层次|意识|自信|维护|确立",
    "处": "[罚级境以于]|理(?!发)|置(?![物换])|分(?![类散流])|方(?!便)|长(?![期效者廊椅条途久街草满])",
    "条": "[例款](?!杆|幅)|约(?![束定谈])|文(?![明化字体物])",
    "次": "要(?!求)|日(?!常)|产业|[月序均于第]|年(?![终会货度底])|生(?![活态产])|数(?![据字])"
    "|主(?![题干城])|干(?![道部])",
    "起": "[步到始源至点]|飞(?!线)|来(?![电访信])|草(?![坪地皮])|诉(?!求)|火(?![灾情警])|义(?![务诊卖])",
    "名": "[录称牌誉]|单(?![亲身位])|城(?![管区乡市])|优(?![秀抚])|义(?![工务])",
    "位": "于|置|一体(?!机)|居(?!民)|列",
    "户": "[均籍数型]|外(?![来地籍])|主(?!动)",
    "家": "庭|乡|国(?![有企营])|政策",
    "人": "[均民居行口们力日]|大(?!队|量|规|型)|工智",
    "台": "[账阶胞湾州]|风(?![扇机幕])",
    "场": "[馆景面]|地(?![震方推])|合(?!唱)",
    "期": "[间限末货望待盼]",
    "面": "[积向临板粉貌试谈]|对(?!面)",
    "间": "[隔距断]",
    "队": "[员长形列]",
    "所": "[有属在需以谓得]",
    "座": "[谈椅位次]",
    "支": "队(?!伍)|[部出付持撑行援]",
    "批": "[示准复发改]|评(?!选)",
    "组": "[织建成长合装]",
    "片": "[区长面]",
    "车": "[辆道间站型主流祸牌友程厢轮]|库(?!存)",
    "项": "目(?:[^标的]|$)",
    "本": "[地次月年区着质身级报]|市(?!民|容|场)",
    "部": "[门分署委队落位件长]",
    "列": "[为入出席举车]",
    "口": "[罩头岸号径腔味碑]",
    "头": "[脑盔条部]",
    "只": "[有要是能需见]",
    "单": "[元位独纯车一]",
    "则": "[是为]",
    "通": "[过知报道信行车往电常]",
    "道": "[路德理歉]",
    "段": "[长时]",
    "节": "[日假前后约能目]|水(?![管沟泵])",
    "对": "(?!夫妻|新人|老人|父母|[,。;、\n]|$)",
    "把": "[握关控脉好住]|手(?![电锯铲工])",
    "盘": "[活点查]",
    "类": "[似型别]",
    "种": "[子养树类]|植(?![物被])",
    "根": "[据本治源]",
    "眼": "[中前光]",
    "票": "[据]",
    "字": "[样号体方诀]",
    "款": "[项]",
    "门": "[前口店头面牌窗卫]",
    "版": "[本面权]",
    "首": "[先次批要创问]",
    "双": "[方创]",
    "管": "[理道控网护]",
    "针": "[对]",
    "席": "[位]",
    "包": "[括含保联抓干片]",
    "板": "[块材]",
    "卷": "[入]",
    "具": "[体有备]",
    "床": "[位单上铺]",
    "挂": "[灯牌旗横画图号职钩]",
    "串": "[联门]",
    "排": "[查污水名队除放班练]",
    "杆": "[子线塔件]",
    "层": "[次面级]",
    "桌": "[椅子面布上]",
    "听": "[课取说众证]",
    "扎": "[根实带]",
    "船": "[只员舶长工民厂次]",
    "轮": "[椅车胎毂流岗值]",
    "平": "[均安台房时整面常衡米方行等稳静日民板原江山度地坦分安息]",
    "方": "[面式案法便向位针可能]",
    "里": "[面]",
    "克": "[服隆]",
    "升": "[级至到高旗]",
    "元": "旦|宵|素|月|年",
    "米": "[饭粉]",
}
_WORD: Final = re.compile(
    rf"(?P<times>[{_WITH_TIMES}])\s?(?:/\s?次|\(\s?次\s?\)|次(?![日月年生要干产]))"
    # 3大车, 5小袋, 三马车 are loads.
    rf"|(?:[大小满整](?=[车袋桶筐箱包堆])|(?:马|拖|卡|翻斗|三轮|农用|手?推|板|皮卡)(?=车)|(?:麻|编织|蛇皮|塑料)(?=袋))?(?P<form>{any_of(frozenset(_FORMS))})(?:(?<=[袋筐篓盆箱桶罐盒捆])子(?!里))?"
)
_PERSONS: Final = re.compile("人(?!次|均|大|居|防|行道)")
_ALTERNATIVE: Final = re.compile(
    rf"\s?\((?:{any_of(_CLASSIFIERS)})\)|(?<=[份册本张套件个处条块幅起])/[份册本张套件个处条块幅起](?![\u4e00-\u9fff])"
)
# 300元/吨, but not 20处/垃圾3车.
_PRICE: Final = re.compile(r"\s?/\s?(?!\d)(?![\u4e00-\u9fff]{2,10}\s?\d)\S")
_NAME_WITH_NUMBER: Final = re.compile(r"\s?:|\d|[\u4e00-\u9fff]\s?\d|贴")
_LATIN: Final = re.compile("[A-Za-z0-9]")


@dataclass(frozen=True, slots=True)
class UnitOfMeasure:
    """A unit that ends at ``end``; ``name`` is its canonical form."""

    name: str
    end: int


def match_unit(text: str, position: int) -> UnitOfMeasure | None:
    """The unit at ``position`` of a normalised text, after spaces if any; None if there is none."""
    while text.startswith(" ", position):
        position += 1
    match = _WORD.match(text, position)
    if match is None:
        return None
    if match["times"]:
        return UnitOfMeasure(match["times"] + "次", match.end())
    form, end = match["form"], match.end()
    if form == "个" and _PERSONS.match(text, end):
        return UnitOfMeasure("人", end + 1)
    if _is_other_word(text, form, end) or _begins_a_name(text, position, end):
        return None
    alternative = _ALTERNATIVE.match(text, end)
    return UnitOfMeasure(_FORMS[form], alternative.end() if alternative else end)


@cache
def _guard(form: str) -> re.Pattern[str]:
    return re.compile(_NOT_BEFORE[form])


def _is_other_word(text: str, form: str, end: int) -> bool:
    if form in _NOT_BEFORE and _guard(form).match(text, end):
        return True
    if form.isascii() and _LATIN.match(text, end):
        return True
    # 300元/吨 is a price.
    return _PRICE.match(text, end) is not None and _ALTERNATIVE.match(text, end) is None


def _begins_a_name(text: str, start: int, end: int) -> bool:
    """800 条幅12: behind a space 条 begins the next name, which has a number of its own."""
    return start > 0 and text[start - 1] == " " and _NAME_WITH_NUMBER.match(text, end) is not None

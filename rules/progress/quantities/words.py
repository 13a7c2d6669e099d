"""Word tables of the reader: what stands before a deed, who acts, where a noun ends, what is only a name.

They are grammar, not texts for people. A word may carry a guard in regex notation, so that it does not break
a compound (``共(?!享|有)``).
"""

from __future__ import annotations

import re
from typing import Final

from rules.progress.quantities.verbs import LONG, SHORT
from rules.progress.quantities.who_and_when import WHEN

SENTENCE_END: Final = re.compile(r"[。;!?\n]")


def _table(table: str, begin: str = "", end: str = "") -> re.Pattern[str]:
    """A pattern for one of the words of a table, tried in their order.

    In the table, a longer word stands before a shorter one with which it begins.
    """
    return re.compile(begin + "(?:" + "|".join(table.split()) + ")" + end)


# Words before a bare number that let it count: 清理576, 清理小广告:300, 累计576, 人口120余万 …
COUNTED_BEFORE: Final = re.compile(
    rf"(?:{LONG}|(?:^|[,、。;\s又已共]|今天|今日)(?:{SHORT}))[^,。;:!?\d]{{0,12}}:?\s*$|(?:累计|共计|合计|总计|共)\s*$"
    r"|(?:人口|人数|户数|人次|件数|次数|总数|数量|面积|金额|总额|[\u4e00-\u9fff](?<![分指次系倍级度奇偶])数(?=[为是:]))(?:已?达到?|为|约|共|共计|:)?\s*$"
)
# … and words that make it a code, a mark or a number in a list.
CODED_BEFORE: Final = _table(
    r"""
    号 编号 号码 电话 热线 手机 群 附件 附表 图 表 页 版 得分 评分 分数 排名 名次 率 比例 密码 账号 时间
    日期 年份 坐标 温度 达标 拨打 QQ
    """,
    end=r"[为是:]?\s*$",
)
# Behind these a number is a mark, a time, a place or a name: 得分96, 上午9, 方案2.
NO_THING: Final = _table(
    r"""
    [度率分温号页版层期届次第年月日时点周期组级类题条款项章节区片段线站路街巷楼栋幢院室房门桥村屯庄队班]
    星期 方案 图 表 附件 阶段 网格 小组 上午 下午 中午 早上 晚上 今天 明天 昨天 电话 手机 微信 热线 群 账号
    密码 年龄 时间 日期 比分 排名 成绩 分数 编号 尾号 车牌 [为是约共达至到从在于比和与及、]
    """,
    end=r"\s?:?\s?$",
)
# A verb before one of these is part of a noun: 整治组, 检查站, 宣传资料, 改造任务.
COMPOUND: Final = _table(r"""
    组 队 中心 方面 行动 活动 工作 期间 小组 专班 大队 中队 站 厂 池 员 者 人员 月活动 日活动
    中(?![心小型央]) 过程 力度 任务 项目 指挥部 办公室 局 科 服务 机制 制度 办法 方案 通知 清单 台账 工地
    规定 时间 情况 问题 专业队 车(?![辆位道库站窗身]) 率 书 费 款 用品 材料 经营 作业 单位 部门 能力 里程
    面积 长度 数量 总数 总量 金额 户数 个数 指标 成本 工程 栏 册 画 场(?=[\d,。]|$)
    """)

# Words that may stand in front of the deed and are no part of a metric's name.
LEADING: Final = _table(r"""
    [\s、,。;:·•▪●★*#>\-—]+ 其中 并且 并 以及 和 及 与 或 还 又 再 先后 陆续 累计 总共 共计 合计 总计 一共
    共(?!享|有|建|治|青|同) 已经 已 均 都 也 目前 截至目前 截止目前 截至 截止 今天 今日 昨天 昨日 前天
    当天 当日 今晨 今早 昨晚 本周 上周 本月 上月 当月 今年以来 去年以来 今年 去年 当年 本年度 全年 近年来
    近期 近日 上半年 下半年 上午 下午 早上 晚上 期间 活动中 行动中 整治中 宣传中 活动期间 日均 平均 每天
    每日 每周 每月 每年 年内 年初以来 以来 同时 此外 另外 另有 尚有 仍有 另 在此期间 为此 经 则 即 分别
    (?:此次|本次|这次)?(?:活动|行动|整治)(?=共|累计|出动|清理|拆除|发放) [一二三四五六七八九十]是
    [一二三四五六七八九十]+、 \([一二三四五六七八九十\d]+\) \d{4}年度? \d+[.、月日年](?!\d) [至到](?=\d) 年度
    第[一二三四五六七八九十\d]+(?:批|次|轮|季度|阶段|期)
    [说写打报弄]错了 错了 不对 哦不
    我(?:局|队|区|县|市|镇|街道|社区|村|办|单位|委|校|院|所|中心) 我们 大家
    全(?:区|市|县|镇|街|省|乡|国|社区|街道|局|系统|辖区)
    该(?:区|县|市|局|街道|社区|镇|单位|中心|大队|中队|村|公司|校|院)
    各(?:级|地|单位|部门|街道|社区|村|镇|科室|中队)+ 将 拟(?![定订]) 计划 今(?![儿早晨晚夜]) 主要 重点 全面
    集中(?=[清整拆]) 彻底 及时 有效 统一 有序 依法 积极 认真 深入 扎实 广泛 大力 坚持 持续 现场 当场 切实
    立即 成功 顺利 协同 现有 现 有 含 包括 应(?![急检对用答邀届付]) 实际
    实(?=[整清拆改完收到]) (?:还|尚)?[需待](?=[整清拆完改处修]) 缺(?=..) 目标(?=[整清拆完])
    """)
# Words that may stand between the noun and its number.
TRAILING: Final = _table(
    r"""
    [\s:、,\-—~=·]+ 先后 陆续 总数 总量 总人数 不是 改为 改成 应为 应是 更正为
    (?:增加?|提[高升]|上升|扩大|减少?|下降|降)(?:到|至|为) (?:[打写报说填看录弄]|错)[成作为] [打写报说填]错
    具体 准确(?:地?说)? 一行 总计 共计 合计 累计 总共 一共 共有 已有 计有 共
    达到 多达 高达 已达 达 分别 各 (?<![行作])为 是 计 已 (?<!所)有 至 (?<!存)在 等(?:各类|方面|共)?
    (?<=[的,、])\d{4}年度? 的 数量 以上 每
    """,
    end="$",
)
# Behind a place, a group or a preposition the number's noun still follows.
PLACE_END: Final = _table(
    r"""
    [区县市省镇乡村街路巷局队办委院所处科站上内里中间时日天年月晚前后] 街道 社区 小区 中心 部门 单位 集团
    公司 学校 市场 沿线 周边 范围 区域 上午 下午 我们 他们 方面 各级 各地 其中 另外 另 余下 剩余 其余 其他
    来自 全部 首批 等 的 与 和 及 对 将 把 为 在 由 从 向 给 以 按 用 让 使 被 于 跟 同 含 因 至 到 共
    """,
    end="$",
)
_PERSONS: Final = """
    人员 志愿者 党员 干部 队员 工人 同志 群众 居民 村民 市民 学生 师生 职工 网格员 民警 辅警 警力 代表
    骨干 环卫工 清洁工 员工 医生 义工 青年 教师 老师 协管员 宣传员 劝导员 督导员 监督员 巡查员 保洁员 队伍
    小组 专班 分队 商户 业主 摊贩
"""
PERSON_END: Final = _table(_PERSONS, end="$")
# Words that may be the subject of a verb behind them: 15名队员清理垃圾, 12个小区安装充电桩.
ACTOR: Final = _table(_PERSONS + "小区 社区 单位 企业 学校 街道 部门 村庄 市场 家庭 住户 农户")
# 9个中队的执法人员 counts the 中队, 76家假冒劣质的熟食品 keeps all of it.
GROUP_END: Final = _table(
    r"""
    [队组区县市镇乡村路街巷局科校园院] 部门 单位 社区 街道 企业 路段 路口 市场 站 点位 点 户 项目
    """,
    end="$",
)
PREPOSITION: Final = _table(
    r"""
    对 在 为 围绕 针对 通过 按照 结合 以 利用 依托 聚焦 根据 向 给 由 与 和 从 自 就 把 将 用
    """,
    begin="(?:^|[,、])",
    end="(?!全)",
)
AFTER_PREPOSITION: Final = re.compile("[对将把为在由从向给与和及的以按用让使被于]$")
INNER_PREPOSITION: Final = re.compile("[对在向从由为于把将]")

_PREDICATES: Final = r"""
    已 也 进行 予以 加以 得到 参与 参加 开展 举办 举行 召开 前来 深入 走上 走进 上路 分别 全部 有效 累计
    (?<!公)共(?!享|有|建|治|青|同|产|和) 组成 分成 分为 冒着 奋战 坚守 前往 赴 均(?!衡) 都(?!市)
    被(?![褥子]) 并(?!网|联|购) 且 用于 用来 纳入 进入 入驻 达到 获得 获评 荣获 获(?!奖) 占(?![道用地压])
    正在 总共 一共 合计 共计 总计 有误 作废 不作数 不算[数了] [打写报说填]错
    [了吧呢啊啦嘛哦呀](?![\u4e00-\u9fff])
"""
# The noun behind a number ends before one of these.
NOUN_END: Final = _table(
    _PREDICATES
    + r"""
    (?<!军)将(?!军) (?<![位关对基由鉴至])于 (?<![潜存现内实])在(?![职建线校册岗途籍编])
    (?<![结配应绝反针面相])对(?![联接象讲面口]) (?<!服)从(?!业) 向(?![上善阳]) (?<![自理])由
    (?<![行作人])为(?!民服务) 使(?!用) 让(?!座) 负责 连续 集体 共同 一起 一同 积极 踊跃 认真 主动 自觉
    先后 陆续 昼夜 每天 每日 基本(?![建农公]) 到位 到(?=[^位]) 还 穿梭 来到 手持
    身着 随后 其中 (?<!社会)(?<!党)(?<!群众)组织(?!部|架构|机构) 轮流 分发给 分(?=$|成|为|别)
    [数几](?=[十百千万]) 包括 总投资 投资约 不间断 严重
    (?<=..)(?:张贴|安装|设置|完成|发放|清理|拆除|建立|建成|取得|实现)了
    (?<=[员者民工警])(?:拿|挥|放弃|携|以)
    """
)
# With one of these behind the unit no noun follows.
HEAD_PREDICATE: Final = _table(
    _PREDICATES
    + r"""
    组织(?!架构|机构|部) 将 对 从 向 由 为 使 于 到(?!位|期) 以(?!上) 在(?![职建线校册岗途籍编]) 左右 以上
    时(?![尚段间]) 后(?![勤备]) 前(?![端台]) 内(?![河部涝]) 中(?![队小学心型央华国]) 之 和 及 与 或 等
    来(?!访) 去 上 下(?!水) 报名 (?:尚|还|仍)?未(?=[整清拆完改处修]) 没(?=[整清拆弄修]) 待(?=[整清拆处修])
    整(?![改治理修顿洁]) 明天 今天 下午 上午 还 仍 上岗 到场 到岗 值守 巡逻
    集中(?=对|到|在|开)
    """
    + WHEN
)
# A noun that may open with a verb: 4次集中整治行动, 3次宣传活动.
DEED_END: Final = _table(
    r"""
    行动 活动 工作 小组 队伍 队 组 检查 培训 会议 服务 演练 仪式 大赛 比赛
    """,
    end="$",
)

# A small Chinese numeral with such a unit and such a noun names a programme: 三个重点, 四个意识.
ABSTRACT_UNITS: Final = frozenset(("个", "项", "条", "种", "类", "道", "场", "段", "轮", "次"))
ABSTRACT_NOUNS: Final = _table(
    r"""
    [“‘"\d一二三四五六七八九十] 不(?![同规文合]) 方面
    重点(?!工程|项目|场所|部位|区域|路段|人员|对象|单位|村|企业)
    环节 意识 自信 维护 确立 坚持 层面 阶段 原则 步骤 体系 机制 到位 务必 结合 转变 统一 强化 提升(?!工程)
    文明(?!单位|社区|村|家庭|校园|示范) 关键 工作(?!人员|组|站|队|专班) 任务 制度 措施 举措 行动计划 内容
    要求 攻坚 难题 目标 指标 维度 着力 抓手 主线 红线 底线 战线 防线 清单 代表 服务理念 全面 坚决 百分 更
    必须 统筹 突出 狠抓 明确 聚焦 紧盯 联动
    """,
    begin="(?:大|新|主要|重要|具体|基本)?",
)
IDIOMS: Final = _table(r"""
    四套班子 [一二两三四五六七八九十]大班子 千家万户 千门万户 家家户户 [一每]家一户 [三四五六]位一体
    四面八方 五湖四海 一把手 二把手 一盘棋 十件实事 最后一(?:公里|米|百米) 百家争鸣 百家姓 万家灯火
    三头六臂 一刀切 两手抓 三把火 一揽子 一整套 一条龙 一条心 一条街 一站式 一次性 一体化 一对一 三五成群
    丢三落四 接二连三 七嘴八舌 一二三产 三产 门前[三四五]包 [三四]轮(?=电动|摩托|车)
    一[户校村街巷店人楼企园院车路河点区镇乡门岗案事队站表图码网键票窗证]一[\u4e00-\u9fff]{1,3}
    """)

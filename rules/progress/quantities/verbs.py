"""Verb tables of the reader: what is done in a campaign.

A missing verb costs little: the item then keeps more of its clause.
"""

from __future__ import annotations

import re
from typing import Final


def word_set(table: str) -> frozenset[str]:
    """The words of a table, which white space separates."""
    return frozenset(table.split())


def any_of(words: frozenset[str]) -> str:
    """A pattern for one of the words, the longest first; those with one first letter stand together."""
    tails: dict[str, list[str]] = {}
    for word in sorted(words, key=lambda word: (-len(word), word)):
        tails.setdefault(word[0], []).append(word[1:])
    return "|".join(f"{first}(?:{'|'.join(rest)})" for first, rest in tails.items())


# Their object may itself be a deed: 开展集中整治行动, 组织消防演练.
SUPPORT_VERBS: Final = word_set(
    """
    开展 组织 组织开展 举办 召开 举行 实施 完成 发动 安排 启动 推进 落实 进行 承办 开办 开设 筹办 参加
    参与 接受 提供 受理 办理 承接 转办 回复 办结 推动 推出 制定 制订 出台 印发 下发 编印 印制 印刷 制作
    编写 编制 撰写 起草 刊发 刊登 发布 发表 报送 推送 播放 播出 张贴 悬挂 发放 派发 分发 散发 赠送 捐赠
    捐献 发送 寄送 配发 签订 签署 签约 建立 成立 组建 设立 设置 建成 新建 改建 新改建 扩建 修建 建造 建设
    打造 创建 培育 新增 增设 增加 添置 配备 配置 配套 购置 购买 采购 投入 投资 投放 安装 更换 更新 维修
    修复 修缮 修补 修整 改造 提升 翻新 整修 粉刷 粉饰 刷新 涂刷 喷涂 施划 划设 划定 划分 划出 划归 规划
    铺设 铺装 硬化 绿化 亮化 美化 栽植 种植 栽种 补种 补植 植树 修剪 出动 派出 抽调 调派 调集 出资 筹集
    争取 拨付 兑付 下达 收到 接到 接报 接收 收集 征集 征求 采集 采纳 归集 梳理 汇总 评选 评出 选出 推荐
    表彰 表扬 命名 授予 选树 申报 培训 轮训 宣讲 帮扶 资助 救助 慰问 走访 入户 探访 看望 惠及 覆盖 涉及
    发现 排查 查找 查摆 查出(?!租) 登记 录入 建档 聘请 邀请 招募 吸纳 吸引 带动 动员 引导 拥有 现有 共有 下辖
    辖有 建有 设有 占地 收治 接诊 接待 解答 答复 解决 协调 化解 调解 调处 处理 处置 整改 督办 督查 督导
    检查 巡查 抽查 检测 监测 抽检 巡逻 巡防 暗访 约谈 曝光 通报 立案 查办 侦破 破获 抓获 挂牌 摘牌 销号
    上报(?!名) 上传 报道 转发 划转 挽回 减少 节约 节省 追缴 收缴 收取 征收 缴纳 罚款 处罚 罚没 发出 开出 开具
    送达 恢复 租用 展出 深化 验收 疏解 新开工 新建成 新安装 新购置 新投放 准备
    """
)
# Their object is a thing: 清理小广告, 拆除违建.
_PLAIN_VERBS: Final = word_set(
    """
    清理 清除 清运 清扫 清洗 清掏 清淤 清洁 清捡 清查 清退 清走 清拖 清缴 清疏 打扫 保洁 洗扫 冲洗 擦洗
    擦拭 洗刷 铲除 刮除 消除 根除 摘除 拆除 拆掉 拆改 拆违(?!建) 拆解 移除 撤除 撤掉 搬离 搬走 拖移 拖离 拖走
    转运 外运 拉运 运送 运输 填埋 平整 整平 整治 整理 整顿 治理 规范 取缔 查处 查获 查扣 查封 查验 扣押
    扣留 暂扣 扣缴 没收 销毁 关停 关闭 纠正 制止 劝离 劝导 劝阻 劝返 劝退 教育 批评 告诫 警告 责令 督促
    指导 监督 帮助 协助 配合 联合 会同 捡拾 拾捡 疏通 疏浚 打通 拓宽 加固 加装 加宽 封堵 堵塞 填补 填充
    回填 覆土 消杀 消毒 喷洒 灭杀 捕杀 捕获 使用 维护 养护 管护 刊载 制发 调整 优化 盘活 腾退 征迁 搬迁
    安置 迁移 迁改 规整 归整 摆放 扶正 扶起 停放 交付 交办 派遣 销售 擦除 遮盖 捆扎 剪除 除草 割草 拔除
    打捞 抽排 挖掘 开挖 浇筑 安放 布置 布设 布放 架设 搭建 摆设 增补 增添 补充 补齐 取消 撤销 注销 吊销
    批准 审批 核查 核实 复查 回访 访问 看护 照料 照顾 护送 救治 接种 采样 筛查 隔离 转移 疏散 疏导 分流
    引流 宣传 讲解 咨询 举报 投诉 扶助 关爱 募集 募捐 捐款 捐资 栽培 洒水 喷淋 移交 移送 分包 淘汰 惩戒
    打击 收回 回收 自查 夜查 摸排
    派单 巡街 联系(?![方电人]) 执勤 值守 割除 割掉 扔掉 摆正 放行 刷白 捕捉 抄牌 兑换 受益 劝走
    摆好 挪走 挪移 清点 补办 拉走 新装 清出 抓拍 下架 检定
    """
)
# These are verbs only where a clause begins: 清垃圾两车, 拆36处. Some are guarded: 办事处, 通道.
_SHORT_VERBS: Final = word_set(
    """
    清 拆 割 剪 扫 铲 刮 收 查 修 补 换 种 栽 发 贴 挂 刷 铺 建 装 植 洗 冲 擦 拖 运 倒 抓 捡
    办(?![事公法案学]) 出(?![租口入行]) 送(?![货餐]) 签 挪 劝 通(?![道知告行过报讯]) 搬 量 来(?![访电自源])
    去(?!年) 摆(?!摊) 设(?![施备]) 撒 拉 罚 看 跑 花(?![园坛箱池草木卉]) 捕 移 拾 扔 磨 测
    摸(?![底清]) 改(?![造革建善成为良制进装用]) 评(?![比价审估论])
    砍 挖 捞 埋(?!地) 焊
    """
)
# 组织志愿者清理…: the people who act stand between these verbs and the verb of the deed.
PIVOTS: Final = word_set(
    """
    组织 发动 安排 动员 协调 督促 指导 引导 联合 会同 配合 协助 聘请 邀请 出动 派出 抽调 调派 调集 投入
    招募 责令 帮助 监督 使用 吸引 利用
    """
)
# As often nouns as verbs (上墙宣传画, 卫星接收设施). Behind a word that acts on nothing they are nouns.
NOUN_LIKE: Final = word_set(
    """
    宣传 接收 咨询 投诉 举报 培训 教育 检查 指导 监督 建设 改造 治理 整治 规划 保洁 消毒 消杀 监测 检测
    运输 硬化 绿化 亮化 美化 处理 处置 调解 巡查 巡逻 采集 收集 登记 摆放 种植 养护 维护 维修 搬迁 安置
    分流 隔离 疏导 采样 接种 筛查 护送 报道 评选 表彰 推荐 慰问 走访 参与 投资 规范 联合 协调 安排 使用
    帮扶 救助 资助 照顾 喷涂 清洁 冲洗 施划 捐赠 更新 提升 创建 回收 停放 转运
    """
)
# These stand behind their thing, too: 飞线整治. Most other verbs at the end of a noun are nouns.
FOLLOWING: Final = word_set(
    """
    整治 清理 处理 处置 劝导 整改 拆除 清运 清扫 清洗 擦洗 冲洗 修剪 维修 更换 疏通 规范 取缔 查处 劝离 发放
    张贴 悬挂 安装 修复 修补 清除 铲除 清掏 摆放 扶正 纠正 暂扣 消杀 化解 调解 粉刷 硬化 补植 补种 清走 拖移
    拖走 挪走 劝走 收缴 扣押 改造 完成 更新 移除 填平 打捞 加固 封堵 回收 没收 抓拍 新建 改建 办结 签订 施划
    收集 下架 检查 抽查 摆正 派单 清淤 保养 出动 拉走 加装 新装 验收 新增 增设
    """
)

# 清理 as a phone's keyboard writes it.
_SLIPS: Final = word_set("请理 清里 青理 情理")
SLIPS: Final = re.compile(any_of(_SLIPS))
LONG: Final = any_of(SUPPORT_VERBS | _PLAIN_VERBS | _SLIPS)
SHORT: Final = any_of(_SHORT_VERBS)
_ASPECT: Final = "(?:了|过(?![期滤街路道程渡境敏])|完|出(?![店动租])|到|好|掉|走)?"
_CLAUSE_HEAD: Final = r"[,、共又再还已\s]"

VERB: Final = re.compile(
    rf"(?<![乱私被擅无])(?P<long>{LONG}){_ASPECT}"
    rf"|(?:(?<=^)|(?<={_CLAUSE_HEAD}))(?:{SHORT})(?:了|掉|完|出|走)?"
)
ENDS_IN_VERB: Final = re.compile(rf"(?:{LONG}|(?:^|{_CLAUSE_HEAD})(?:{SHORT})){_ASPECT}\s?$")

ENDS_IN_LONG_VERB: Final = re.compile(rf"(?:{LONG})$")


def is_verb(words: str) -> bool:
    """Whether the words are one verb and nothing else."""
    found = VERB.match(words)
    return found is not None and found.end() == len(words)

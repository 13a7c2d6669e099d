"""Verb tables of the reader: what is done in a campaign.

A missing verb costs little: the item then keeps more of its clause.
"""

from __future__ import annotations

import re
from typing import Final

from rules.progress.quantities.word_tables import any_of, word_set

# Their object may itself be a deed: 开展集中整治行动, 组织消防演练.
SUPPORT_VERBS: Final = word_set(
    """
    开展 组织 组织开展 举办 召开 举行 实施 完成 发动 安排 启动 推进 落实 进行 承办 开办 开设 筹办 参加
    参与 接受 提供 受理 办理 承接 转办 回复 办结 推动 推出 制定 制订 出台 印发 下发 编印 印制 印刷 制作
    编写 编制 撰写 起草 刊发 刊登 发布 发表 报送 推送 播放 播出 张贴 悬挂 发放 派发 分发 散发 赠送 捐赠
    捐献 发送 寄送 配发 签订 签署 签约 建立 成立 组建 设立 设置 建成 新建 改建 新改建 扩建 修建 建造 建设
    打造 创建 培育 新增 增设 增加 添置 配备 配置 配套 购置 购买 采购 投入 投资 投放 安装 更换 更新 维修
    修复 修缮 修补 修整 改造 提升 翻新 整修 粉刷 粉饰 刷新 涂刷 喷涂 施划 划设 划定 划分 划出 划归 规划
    铺设 铺装 硬化 绿化 亮化 美化 栽植 种植 栽种 补种 补植 植树 修剪 出动 派出(?!所) 抽调 调派 调集 出资 筹集
    争取 拨付 兑付 下达 收到 接到 接报 接收 收集 征集 征求 采集 采纳 归集 梳理 汇总 评选 评出 选出 推荐
    表彰 表扬 命名 授予 选树 申报 培训 轮训 宣讲 帮扶 资助 救助 慰问 走访 入户 探访 看望 惠及 覆盖 涉及
    发现 排查 查找 查摆 查出(?!租) 登记 录入 建档 聘请 邀请 招募 吸纳 吸引 带动 动员 引导 拥有 现有 共有 下辖
    辖有 建有 设有 占地 收治 接诊 接待 解答 答复 解决 协调 化解 调解 调处 处理 处置 整改 督办 督查 督导
    检查 巡查 抽查 检测 监测 抽检 巡逻 巡防 暗访 约谈 曝光 通报 立案 查办 侦破 破获 抓获 挂牌 摘牌 销号
    上报(?!名) 上传 报道 转发 划转 挽回 减少 节约 节省 追缴 收缴 收取 征收 缴纳 罚款 处罚 罚没 发出 开出 开具
    送达 恢复 服务(?=[居群困学老残孤市旅游乘顾考])
    租用 展出 刊播 展播 深化 验收 疏解 新开工 新建成 新安装 新购置 新投放 准备
    """
)
# Their object is a thing: 清理小广告, 拆除违建.
_PLAIN_VERBS = word_set(
    """
    清理 清除 拾掇 清运 清扫 清洗 清掏 清淤 清洁 清捡 清查 清退 清走 清拖 清缴 清疏 打扫 保洁 洗扫 冲洗 擦洗
    擦拭 洗刷 铲除 刮除 消除 根除 摘除 拆除 拆掉 拆改 拆违(?![建章规法]) 拆解 移除 撤除 撤掉 搬离 搬走 拖移
    拖离 拖走
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
    摆好 挪走 挪移 清点 补办 拉走 新装 清出 抓拍 下架 检定 拦下
    认领 认养 领取 领养 到岗 签到 签收 补签 补划 重划 重画 重刷 盖住 遮挡 码放 归位 归置 搬运 装车 掏挖 砍伐
    换新 调换 更替 替换 浇灌 施肥 投递 配送 派送 分送 赠予 捐助 代办 帮办 代缴 代购 代买 代领 陪诊 陪护 陪同
    照看 看管 守护 叫停 拦停 截停 截获 撤离 驱离 驱赶 驱散 遣散 腾空 退还 退赔 返还 归还 补缴 追讨 垫付
    支付 录入 填报 填写 建档 扫码 编发 录制 拍摄 绘制 彩绘 张挂 粘贴 抹平 夯实 灌缝 切割 焊接 翻修 翻建 改装
    加盖 加铺 加设 加挂 加派 加印 增派 增配 增种 新种 新栽 新铺 新画 新划 新设 新添 新聘 新招 招聘 招收 聘用
    录用 选派 选聘 引进 筹措 劝和 平息 办妥 转交 下派 抄告 训诫 传唤 拘留 抓捕 封存 封停 核销 送检 调试 检修
    抢修 维保 点验 盘点 评定 授牌 揭牌 颁发 借阅 租借 拾取 打包 堆放整齐 打磨 投喂 护理
    清空 清整 清刷 清挖 清铲 清收 清剿 清障 扫除 扫净 洒扫 擦净 擦亮 抹净 抹除 刷洗 刷净 刷除 洗净 冲刷
    冲净 铲净 铲走 刮净 揭除 撕除
    捡净 捡回 捡起 拾起 拣出 收捡 收拾 收容 收储 收购 装运 装袋 装卸 搬移 搬空 抬出 运走 运出 运回 拉回
    拖回 拖运 吊走 吊运 吊装 铲运
    倾倒 掩埋 焚烧 填平 填土 压平 压实 推平 推倒 整饬 理顺 理清 码齐 摆齐 摆顺 排齐 挪动 移走 移出 移植
    移栽 迁走 迁出 腾出 修理 修葺
    修换 修护 抢通 返修 改良 改善 改设 改画 改铺 加长 加贴 加喷 加锁 添补 添放 添加 补漏 补录 补登 补足
    填缝 勾缝 焊补 焊牢 钉牢 绑扎
    捆绑 支护 拧紧 紧固 校正 校准 调平 扳正 扶直 拉直 剪断 剪掉 切断 切除 锯断 锯除 砍除 砍掉 挖除 挖走
    挖通 挖补 凿开 砸掉 敲掉 拔掉
    拔起 扒掉 拆迁 拆卸 拆换 拆走 拆毁 卸下 取下 取走 摘下 撤下 撤走 换下 换上 换装 换填 换购 换取 置换
    轮换 建起 搭设 架起 竖起 竖立
    立起 埋设 浇注 灌注 砌筑 摊铺 碾压 划线 画线 喷绘 喷印 描绘 描红 涂抹 涂白 手绘 贴满 布展 布控 播种
    撒播 扦插 嫁接 修枝 剪枝 打药
    喷药 培土 换土 抚育 认建 查看 查证 查实 查询 查访 查纠 盘查 盘问 巡检 巡护 检验 抽测 抽样 督改 稽查
    核对 核定 核发 审核 审查 验证
    复核 复检 复验 互查 明查 明察 夜巡 联查 纠治 纠察 劝止 劝散 劝回 劝改 劝说 劝解 规劝 劝诫 查禁 封闭
    封控 收走 缴获 处分 处结 逮捕
    刑拘 行拘 讯问 询问 约见 告知 责成 勒令 捣毁 打掉 取证 拍照 报备 备齐 寻访 问候 帮教 帮困 扶持 援助
    接济 接听 接访 接诉 救出 救护
    救援 陪伴 关怀 补发 解释 答疑 回应 调和 协商 对接 联络 转介 转诊 配齐 送上 送医 创作 剪辑 宣教 讲授
    普及 倡导 培养 辅导 教授 教会
    号召 召集 主办 协办 开通 开启 启用 投用 应用 采用 采买 购入 订购 订制 定制 租赁 借用 收下 退回 领走
    签发 聘任 选举 选拔 推选 评比
    评议 奖励 奖补 随访 打印 张罗 登门 带领 率领 安顿 值勤 执守 缴存 收罗 搜集 搜查 征询 走遍 点亮 点检
    测量 测温 量体 化验 检疫 诊治
    诊疗 抢救 挽救 寻回 找回 找到 送回 领回 带回 追回 讨回 劝开 挪车 贴单 喊话 播报 提醒 叮嘱 查漏 扩种
    扩大 拓展 延长 缩短 降低 压减
    腾挪 盘清 摸清 摸查 掌握 锁定 登统 汇集 归档 整编 装订 装裱 装饰 装点
    报修 放映 送出 走进 走上 参会 到会 到场 出勤 上架 上岗 下沉 颁奖
    刷漆 喷漆 上漆 家访 机扫 接诉 接警 快检 上牌 换发 测压 归拢 归并 送返 护返 撤换 排练
    """
)
# 新装路灯, 补划车位: done anew or in addition.
_AGAIN: Final = {again + deed for again in "新补重增" for deed in "装栽设画划铺换购买添印钉刷喷修配做植"}
_PLAIN_VERBS |= _AGAIN
# These are verbs only where a clause begins: 清垃圾两车, 拆36处. Some are guarded: 办事处, 通道.
_SHORT_VERBS: Final = word_set(
    """
    清 拆 割 剪 扫 铲 刮 收 查 修 补 换 种 栽 发 贴 挂 刷 铺 建(?![筑渣材设议党档军])
    装(?![修饰置备潢]) 植 洗 冲 擦 拖 运 倒 抓 捡
    办(?![事公法案学]) 出(?![租口入行店]) 送(?![货餐]) 签 挪 劝 通(?![道知告行过报讯]) 搬 量 来(?![访电自源])
    去(?!年) 摆(?!摊) 设(?![施备]) 撒 拉 罚 看 跑 花(?![园坛箱池草木卉]) 捕 移(?![风民动]) 拾 扔 磨 测
    摸(?![底清]) 改(?![造革建善成为良制进装用]) 评(?![比价审估论])
    砍 挖 捞 埋(?!地) 焊 拣 投(?![诉票影稿资标]) 开(?![发水关心源业学放工车门销会支头])
    画(?![面廊报框册展家]) 刨 掏 拔
    派(?!出所) 借(?!书证) 撕 揭 喷(?![泉头]) 填(?![表报]) 撤 赶 逮 浇 印 写 抬 掀 抹 涂(?!料)
    教(?![育师学室练研工职材具案官辅龄])
    领(?![导队域]) 交(?![通警叉界]) 缴 做(?!法) 搞 弄 帮(?![扶教]) 陪 接(?![待诊种收口]) 绑 捆 钉 拍 锁
    扣(?![件子]) 抽(?![屉烟奖油]) 用(?![户地品具餐工作途]) 划(?![算船拨]) 讲(?![座师台话堂解]) 灭(?!火) 添
    封(?![面条]) 增(?![量长强加]) 喂 锯(?![末齿]) 包(?=[饺粽]) 下(?=[\u4e00-\u9fff]{0,5}[书单])
    安(?![全排置装放静心宁康检保定平顿慰乐息居徽东南])
    追 织 走(?![廊道访进上读势路])
    拦 栓 订 取(?![消得缔暖证景代决名]) 摘(?![要抄录自编牌帽]) 捐(?![款资助献赠]) 寄 买(?!卖) 堵(?![塞车点住])
    立(?=[\u4e00-\u9fff]{0,8}[牌碑杆桩]) 巡(?![逻查视检护防街]) 放(?![学假心行水松假映])
    """
)
# With 了, 完, 走 … behind it such a letter is a verb, too; alone it is mostly a part of a noun.
_DONE_VERBS: Final = word_set(
    """
    卖 讲 听 用 撵 退 追 审 验 检 称 点 数 记 登 递 寄 还(?!开) 买 购 添 增 减 调 配 分 请 叫 喊 招 聘 谈 问
    访 护 守 站
    巡 逛 转 盖 遮 堵 封 关 停 扛 背 扶 牵 拴 喂 捉 打 夯 锯 锄 抽 扒 敲 砸 套 推 拽 扯 卸 摘 取 拿 带 包
    裹 堆 码
    叠 晒 熏 烧 剃 理 钻 凿 拧 筛 晾 奖 捐 献 募 筹 选 授 赠 定 批 立 破 约 训 拘 扣 揪 揽 描 编 拼 牵 排
    管 腾 让 疏
    绘 喷 上 走 答 刻 租 存 捎 搭 竖 载 灌 压 挡 围 圈 剥 削 摁 催 导 拆 救 治 检
    """
)
# 组织志愿者清理…: the people who act stand between these verbs and the verb of the deed.
PIVOTS: Final = word_set(
    """
    组织 发动 安排 动员 协调 督促 指导 引导 联合 会同 配合 协助 聘请 邀请 出动 派出 抽调 调派 调集 投入
    招募 责令 帮助 监督 使用 吸引 利用 带领 率领 号召 召集
    """
)
# As often nouns as verbs (上墙宣传画, 卫星接收设施). Behind a word that acts on nothing they are nouns.
NOUN_LIKE: Final = word_set(
    """
    宣传 接收 咨询 投诉 举报 培训 教育 检查 指导 监督 建设 改造 治理 整治 规划 保洁 消毒 消杀 监测 检测
    运输 硬化 绿化 亮化 美化 处理 处置 调解 巡查 巡逻 采集 收集 登记 摆放 种植 养护 维护 维修 搬迁 安置
    分流 隔离 疏导 采样 接种 筛查 护送 报道 评选 表彰 推荐 慰问 走访 参与 投资 规范 联合 协调 安排 使用
    喷绘 喷淋 家访 帮扶 救助 资助 照顾 喷涂 清洁 冲洗 施划 捐赠 更新 提升 创建 回收 停放 转运
    """
)
# These stand behind their thing, too: 飞线整治. Most other verbs at the end of a noun are nouns.
FOLLOWING = word_set(
    """
    整治 清理 处理 处置 劝导 整改 拆除 清运 清扫 清洗 擦洗 冲洗 修剪 维修 更换 疏通 规范 取缔 查处 劝离 发放
    张贴 悬挂 安装 修复 修补 清除 铲除 清掏 摆放 扶正 纠正 暂扣 消杀 化解 调解 粉刷 硬化 补植 补种 清走 拖移
    拖走 挪走 劝走 收缴 扣押 改造 完成 更新 移除 填平 打捞 加固 封堵 回收 没收 抓拍 新建 改建 办结 签订 施划
    收集 下架 检查 抽查 摆正 派单 清淤 保养 出动 拉走 加装 新装 验收 新增 增设 接种 走访 回访 家访 刷漆
    喷漆 上漆 搬走 借出 认领 补划
    铺设 栽植 种植 改装 转运 外运 填埋 平整 拓宽 补齐
    归位 归置 遮盖 覆盖 剪除 割除 收回 下发 派发 印发 兑换 领取 借阅 评选 慰问 劝阻 劝返 制止 关停 关闭
    查扣 查封
    约谈 曝光 立案 受理 办理 回访 录入 建档 配备 配送 补充 更替 替换 调换 换新 移交 转交 退还 返还 归还
    驱离 清退
    腾退 喷洒 投放 灭杀 捕获 救助 安置 改建 翻新 翻修 涂刷 喷涂 绘制 彩绘 印制 制作 架设 搭建 增补 签收
    填报 封存
    打通 清疏 清拖 清捡 捡拾 冲刷 擦拭 刮除 擦除 抢修 检修 维护 养护
    """
)
# Held or made: what stands before them is the deed itself.
HELD: Final = word_set("开展 举办 举行 召开 组织 成立 组建 完成 参与 参加 进行 开工 竣工")
# What happens to who did wrong: 逆行处罚34人.
SANCTIONS: Final = word_set("教育 处罚 警告 劝导 劝阻 劝离 劝返 劝退 制止 纠正 查处 罚款 批评 抄牌 告诫 约谈")
# So do all that say what came of it: 文明家庭评出12户.
FOLLOWING |= (
    _AGAIN
    | (HELD - {"组织"})
    | SANCTIONS
    | {"刷新", "排查", "抽检", "放映", "报修", "发现", "转发", "推送", "播放"}
    | (_PLAIN_VERBS - NOUN_LIKE)
    | {word for word in SUPPORT_VERBS | _PLAIN_VERBS if word.split("(")[0][-1] in "走掉好出回到齐正"}
)

# Verbs as a phone's keyboard writes them: words that sound alike.
_SLIPS_OF: Final = {
    "清理": "请理 清里 青理 情理 轻理 清李",
    "清运": "请运 清云 青运",
    "清扫": "请扫 青扫",
    "清洗": "请洗 青洗",
    "清除": "请除 青除 清初",
    "拆除": "折除 拆初 柴除",
    "规范": "规饭 规犯 规泛 归范",
    "劝导": "劝道 劝倒 权导 全导",
    "劝离": "劝里 权离",
    "劝阻": "劝组 权阻",
    "整治": "整制 正治 整致 整至(?!今)",
    "发放": "发方 发房 法放",
    "张贴": "张帖 张铁 章贴",
    "检查": "捡查 检差 检察(?![院官室])",
    "巡查": "寻查 巡察(?!组)",
    "排查": "牌查",
    "走访": "走仿 走防",
    "更换": "更焕 更唤 更还",
    "修剪": "修减 修件",
    "疏通": "输通 书通 梳通",
    "粉刷": "分刷 粉唰",
    "出动": "出洞 初动",
    "维修": "唯修 维休",
    "暂扣": "暂口 赞扣",
    "取缔": "取地 取蒂 取弟",
    "冲洗": "充洗",
    "安装": "按装 安桩",
    "组织": "组只 组职",
    "纠正": "究正 纠整",
    "扶正": "服正 浮正",
    "摆放": "百放 摆方",
    "铲除": "产除 铲初",
    "宣传": "宣转 喧传",
    "悬挂": "玄挂 选挂",
    "粘贴": "沾贴",
    "慰问": "尉问 慰文",
    "处理": "处里(?![有的])",
    "整改": "正改 整该",
    "处置": "处制",
}
_SLIPS: Final = word_set(" ".join(_SLIPS_OF.values()))
SLIPS: Final = {slip.split("(")[0]: verb for verb, slips in _SLIPS_OF.items() for slip in slips.split()}
LONG: Final = any_of(SUPPORT_VERBS | _PLAIN_VERBS | _SLIPS)
SHORT: Final = any_of(_SHORT_VERBS)
# In which letters such a verb ends, with 了 or without.
SHORT_LETTERS: Final = frozenset(word[0] for word in _SHORT_VERBS) | {"了"}
_DONE: Final = any_of(_SHORT_VERBS | _DONE_VERBS)
_MOVED: Final = "[出回]去|[出回上下过进]来|[上下进]去|起来|干净|整齐"
# What came of a deed: 搬走, 画完, 签回来, 发出去.
RESULT: Final = f"(?:{_MOVED}|到位|[走完好掉齐到住起倒]|出(?!租)|回(?!收))"
# A short verb is one anywhere if such a word or 了 stands behind it: 红马甲在河边捡了, 老旧灯杆拆走.
DONE_WITH: Final = f"(?:(?:{_MOVED}|[走完好掉光齐])了?|[出到回上下满净开]?了(?![解望却结]))"
_MAY_BE_DONE: Final = "(?=.(?:[出回到上下过进起满净开]?[了走完好掉光齐去来]|干净|整齐))"
DONE: Final = f"(?:{_DONE}){DONE_WITH}"
_ASPECT: Final = (
    "(?:了|过(?![期滤街路道程渡境敏])|完毕?|出(?![店动租])|到|好|掉|走(?!访)|去(?![年除污皮])|(?<=[出回])[来去])?"
    "了?"
)
# Most letters begin no verb: this look ahead is faster than to try each word.
_TABLES: Final = (SUPPORT_VERBS, _PLAIN_VERBS, _SLIPS, _SHORT_VERBS, _DONE_VERBS)
_FIRST: Final = f"(?=[{''.join(sorted({word[0] for table in _TABLES for word in table}))}])"
_CLAUSE_HEAD: Final = r"[,、共又再还已\s]"

VERB: Final = re.compile(
    rf"{_FIRST}(?:(?<![乱私被擅无])(?P<long>{LONG}){_ASPECT}"
    rf"|(?:(?<=^)|(?<={_CLAUSE_HEAD}))(?:{SHORT})(?:{RESULT})?了?"
    rf"|(?P<marked>{_MAY_BE_DONE}{DONE}))"
)
ENDS_IN_VERB: Final = re.compile(rf"(?:{LONG}|(?:^|{_CLAUSE_HEAD})(?:{SHORT})){_ASPECT}\s?$")

# One each for all places that ask for them: a pattern that holds such a table takes long to compile.
LONG_VERB: Final = re.compile(LONG)
DEED: Final = re.compile(f"{LONG}|{SHORT}")
DEED_WITH_THING: Final = re.compile(f"(?:{LONG}|{SHORT})..")
LONGEST_VERB: Final = max(len(word.split("(")[0]) for table in _TABLES for word in table)


def long_verb_within(text: str, reach: re.Pattern[str]) -> bool:
    """Whether a long verb begins in what ``reach`` matches of the text's head, or directly behind it."""
    head = reach.match(text)
    verb = LONG_VERB.search(text) if head else None
    return head is not None and verb is not None and verb.start() <= head.end()


def ends_in_long_verb(words: str) -> bool:
    """Whether one of the long verbs stands at the end of the words, and whatever before it."""
    starts = range(max(0, len(words) - LONGEST_VERB), len(words))
    return any(LONG_VERB.fullmatch(words, start) for start in starts)


def is_verb(words: str) -> bool:
    """Whether the words are one verb and nothing else."""
    found = VERB.match(words)
    return found is not None and found.end() == len(words)

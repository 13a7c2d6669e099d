"""Whole messages as contacts type or speak them, each by what is read: item, number, unit.

A question mark stands behind a figure that is asked about, parentheses around one that is left out.
"""

from __future__ import annotations

import pytest

from rules.progress.quantities import Doubt, Quantity, read_quantities


def shown(quantity: Quantity) -> str:
    words = f"{quantity.item}|{quantity.value}|{quantity.unit}"
    if quantity.aside:
        return f"({words})"
    return words + ("?" if quantity.doubt else "")


def read(text: str) -> list[str]:
    return [shown(quantity) for quantity in read_quantities(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # Who acts stands behind a number, and a short deed behind them.
        (
            "社区组织了二十三名志愿者捡垃圾捡了十五袋",
            ["组织志愿者|23|名", "捡垃圾|15|袋"],
        ),
        ("今天上门给2名残疾人办证", ["残疾人|2|名"]),
        ("刚才又撵走俩卖菜的", ["撵走卖菜的|2|个"]),
        ("8人参加了今天的义务劳动 清除杂草300平米", ["参加义务劳动|8|人", "清除杂草|300|平方米"]),
        # What is paid stands behind the money.
        ("今天发放80元慰问金", ["发放慰问金|80|元"]),
        ("今天发了第3批宣传册 共200本", ["发宣传册|200|本"]),
        ("拆了一百二十米违规晾衣绳", ["拆违规晾衣绳|120|米"]),
        # A span of hours is a time.
        ("上午9点到11点出动18人捡烟头1500个", ["出动|18|人", "捡烟头|1500|个"]),
        ("下午两点至四点发放扇子30把", ["发放扇子|30|把"]),
        ("上报 今日 出动12人 清理4处", ["出动|12|人", "清理|4|处"]),
        ("入户率85% 今天入户34户", ["入户|34|户"]),
        ("清出旧家具3件，5号楼清出4件", ["清出旧家具|3|件", "清出旧家具|4|件"]),
        ("排查楼栋15栋 清理楼道堆物21处", ["排查楼栋|15|栋", "清理楼道堆物|21|处"]),
        ("出动洒水车2台次，洒水12吨", ["出动洒水车|2|台次", "洒水|12|吨"]),
        ("今天没有清理，昨天清了3车", ["清理|3|车"]),
        ("我这边清了4车垃圾，二组那边3车", ["清垃圾|4|车", "清垃圾|3|车"]),
        ("刚数了下 一共换了牌子21块", ["换牌子|21|块"]),
        ("今天一共拔了草得有200平", ["拔草|200|平方米"]),
        ("窗口今日接待办事群众312人次", ["接待办事群众|312|人次"]),
        ("搞了一次突击检查，查了摊位64个", ["搞突击检查|1|次", "查摊位|64|个"]),
        ("把8栋的楼道堆物清完了，装了3车", ["装楼道堆物|3|车"]),
        ("把文化路那段护栏擦了800米", ["擦护栏|800|米"]),
        ("今天环卫工作量：机扫28公里", ["机扫|28|公里"]),
        ("保洁公司今天清运8车", ["清运|8|车"]),
        ("社区组织了20名党员清楼道清了3处", ["组织党员|20|名", "清楼道|3|处"]),
        ("第三网格今天入户27户", ["入户|27|户"]),
        ("下发督办单3张，收回2张", ["下发督办单|3|张", "收回督办单|2|张"]),
        ("清理垃圾3车，路面结冰2处已撒盐", ["清理垃圾|3|车", "路面结冰|2|处"]),
        ("出动志愿者30人，到岗25人", ["出动志愿者|30|人", "到岗|25|人"]),
        ("跟大家一块儿清理3处", ["清理|3|处"]),
        # A remark, a greeting or a mention is no thing.
        ("清理小广告30处，累计1290处 照片稍后发", ["清理小广告|30|处", "清理小广告|1290|处"]),
        ("劝导不文明行为28起 辛苦大家了", ["劝导不文明行为|28|起"]),
        ("李主任您好 今天入户60户", ["入户|60|户"]),
        ("@创城办小王 飞线整治15处", ["整治飞线|15|处"]),
        ("【平安社区】修路灯6盏 明天计划再修10盏", ["修路灯|6|盏", "(修路灯|10|盏)"]),
        ("【平安社区】小广告30，垃圾2吨", ["小广告|30|?", "垃圾|2|吨"]),
        ("我们社区今天楼道堆物清了一百二", ["清楼道堆物|120|?"]),
        ("刷墙120平了，小广告60了", ["刷墙|120|平方米", "小广告|60|?"]),
        ("偷倒垃圾处理一起，罚款500元", ["处理偷倒垃圾|1|起", "罚款|500|元"]),
        ("和大家一起清理3处", ["清理|3|处"]),
        ("飞线从 20处减少到 6处", ["飞线|14|处?"]),
        # Loads and units as they are spoken.
        ("小广告二百三 楼道堆物四十", ["小广告|230|?", "楼道堆物|40|?"]),
        ("拉了2三轮垃圾", ["拉垃圾|2|车"]),
        ("弄走杂物两三轮车", ["弄走杂物|2|车?"]),
        ("发放宣传品500余份/册", ["发放宣传品|500|份"]),
        ("罚款50元/车", []),
    ],
)
def test_a_spoken_report_is_read(text: str, expected: list[str]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # What came of it makes a deed of any letter; an event that is held is one, too.
        ("今儿个整走3车垃圾", ["整走垃圾|3|车"]),
        ("今天弄完8处飞线", ["弄完飞线|8|处"]),
        ("开了一场居民议事会", ["开居民议事会|1|场"]),
        ("累计到昨天是340处，今天新增25处", ["|340|处", "新增|25|处"]),
        ("劝导不戴头盔的有17个", ["劝导不戴头盔|17|个"]),
        ("目标200处，目前完成160处", ["(目标|200|处)", "完成|160|处"]),
        ("今天计划30处，完成28处", ["(|30|处)", "完成|28|处"]),
        ("应整改26个，实整改25个，还有1个是产权纠纷", ["(整改|26|个)", "整改|25|个", "(是产权纠纷|1|个)"]),
        ("发现井盖缺失3处", ["发现井盖缺失|3|处"]),
        ("今天走了3户居民", ["走居民|3|户"]),
        ("跟大家说一下，清理小广告12处", ["清理小广告|12|处"]),
    ],
)
def test_a_report_that_is_clear_is_not_asked_about(text: str, expected: list[str]) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "value"),
    [("出动人员3、40人", 30), ("清运垃圾5、6百袋", 500), ("清理小广告3、4处", 3), ("清理小广告5、40处", 5)],
)
def test_a_spoken_range_is_worth_its_lower_end(text: str, value: int) -> None:
    assert [quantity.value for quantity in read_quantities(text)] == [value]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("出动志愿者35人\n其中党员12人\n捡拾烟头2000个", "35 (12) 2000"),
        ("出动志愿者35人；其中党员12人；接待群众9人", "35 (12) 9"),
        ("出动执法人员22人\n其中城管12人\n交警10人", "22 (12) (10)"),
        ("出动志愿者35人\n其中党员12人\n群众20人", "35 (12) 20?"),
        ("参加志愿者56人（党员21人\n学生35人）", "56 (21) (35)"),
        ("我街道共有小区35个\n今日巡查小区12个", "(35) 12"),
        ("我街道共有小区35个 今日巡查小区12个", "(35) 12"),
        ("今天每个路口安排志愿者4名，共12个路口", "(4) 12?"),
        ("今天清理垃圾2.5个", "2.5?"),
        ("今天清理垃圾2.5车", "2.5"),
    ],
)
def test_a_part_or_a_whole_stays_one_over_line_breaks(text: str, expected: str) -> None:
    values = [
        f"({quantity.value})" if quantity.aside else f"{quantity.value}" + ("?" if quantity.doubt else "")
        for quantity in read_quantities(text)
    ]
    assert " ".join(values) == expected


@pytest.mark.parametrize(
    "text",
    [
        "十几处小广告清了",
        "清理楼道堆物十几处",
        "清楼道二十几处",
        "方案发我一份",
        "给我们社区3个桶",
        "小偷偷走3辆车",
        "没人在家的有12户",
        "出动人员3、40人",
        # What befell somebody, and what others did.
        "井盖丢失1个，已设围挡",
        "今天又被投诉了2起",
        "今天被城管扣了2辆三轮车",
        "楼上掉下来2块瓷砖",
        "市里抽查了3个小区",
        "已经有5个社区报了",
        "走了3个",
        "停水涉及3栋楼",
        "100多户居民受影响",
        "第二批200个垃圾桶还没到货",
        "路面结冰3处，正在处理",
        "垃圾车坏了，今天少拉2车",
        "我们占2个",
        # No name of a thing holds such words.
        "下午清理到5点 清了6袋",
    ],
)
def test_what_is_not_clear_is_asked_about(text: str) -> None:
    assert [quantity.doubt for quantity in read_quantities(text)] == [Doubt.NUMBER]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今天做了3件事：清垃圾2车，劝导5人", ["(做事|3|件)", "清垃圾|2|车", "劝导|5|人"]),
        ("今天出动25人，报成了52人", ["出动|25|人", "(报成|52|人)"]),
        ("明天计划清理30处，完成5处粉刷", ["(清理|30|处)", "(完成粉刷|5|处)"]),
        ("昨天的数是不是30处", ["(数|30|处)"]),
        ("上个月报了120处对吧", ["(报|120|处)"]),
        ("就差你们三家了", ["(差你们|3|家)"]),
        ("关于印发方案的通知麻烦再发我一份", ["(发我|1|份)"]),
    ],
)
def test_what_heads_a_list_or_is_wished_for_does_not_count(text: str, expected: list[str]) -> None:
    assert read(text) == expected

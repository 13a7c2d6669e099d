"""Clauses of a chat: teams with numbers, advice, what waits, and numbers that only a deed explains."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.progress.quantities import Aside, Doubt, read_quantities

Read = tuple[str, int, Doubt | Aside | None]


def read(text: str) -> list[Read]:
    return [(one.item, int(one.value), one.doubt or one.aside) for one in read_quantities(text)]


@given(
    st.sampled_from(("城管", "环卫", "交警", "清运")),
    st.sampled_from(("一队", "三组", "二中队")),
    st.sampled_from(("旧沙发", "污水井", "乱晾晒")),
    st.integers(2, 99),
)
def test_a_team_with_a_number_is_who(office: str, team: str, thing: str, number: int) -> None:
    assert read(f"{office}{team} {thing}{number}处") == [(thing, number, None)]
    assert read(f"补报昨天的 {office}{team} {thing}{number}处") == [(thing, number, None)]


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("桥头晚上乱 最好再派3个保安", Aside.PLAN),
        ("希望能加装5盏路灯", Aside.PLAN),
        ("换好井盖7个，另外3个等配件", Aside.REST),
        ("换好井盖7个，还有2个都在等厂家", Aside.REST),
        ("画好泊位90个，这里面有残疾人泊位4个", Aside.PART),
        ("劝导不文明行为共30人次，乱丢烟头12、吐痰10、闯红灯8", Aside.PART),
        ("垃圾房督导员6人 每天三班", Doubt.NUMBER),
        ("雨天5遍", Doubt.NUMBER),
        ("后院也有空置房12间", Doubt.NUMBER),
        # What others did, and what nobody did.
        ("摊子赶走6个，又来了2个", Doubt.NUMBER),
        ("宣传栏装了5块，被撞坏1块", Doubt.NUMBER),
        ("理发店两家没有照", Doubt.NUMBER),
        ("街道巡查我们4个点", Doubt.NUMBER),
        ("县里给我们分了90个马甲", Doubt.NUMBER),
        ("大风吹倒围挡4处", Doubt.NUMBER),
        ("收集车抛锚一台", Doubt.NUMBER),
        ("老周负责3条巷", Doubt.NUMBER),
        ("晾衣杆被人撞坏2根", Doubt.NUMBER),
        ("去掉虚报的，扣除重复的3处", Doubt.NUMBER),
        ("今天骑了30公里", Doubt.NUMBER),
        ("今天三个点：东门", Doubt.NUMBER),
        # Where it was, and who.
        ("清了楼道，两个单元", Doubt.NUMBER),
        ("我们3个组，每组6人", Aside.RATE),
        # A thing that is not named.
        ("座椅换新20把，旧的18把", Doubt.NUMBER),
    ],
)
def test_such_a_number_does_not_count_unasked(text: str, read_as: Doubt | Aside) -> None:
    assert read(text)[-1][2] is read_as


@pytest.mark.parametrize(
    ("text", "item"),
    [
        # These are the usual words beside those above.
        ("最好成绩12个", "最好成绩"),
        ("垃圾房督导员6人", "垃圾房督导员"),
        ("出动垃圾房督导员6人", "出动垃圾房督导员"),
        # Who came, whatever they came for.
        ("书屋来了20位老人看报", "来老人"),
        ("夜校到了30多个学生", "来学生"),
        ("乘客来了40位", "乘客"),
        # Who it was and when.
        ("昨天县直机关26名干部到村里", "干部"),
        ("昨天白天查黑车7辆", "查黑车"),
        ("物业这边旧家具又清出去6车", "清出去旧家具"),
        ("今年以来全街道拆围挡8处", "拆围挡"),
        ("红旗社区不文明养犬劝导共9人次", "劝导不文明养犬"),
        # The thing with all that was done to it, and what was done to another thing.
        ("景观池清洗消毒4座", "清洗消毒景观池"),
        ("取土样8份送检", "取土样"),
        ("野猫抓了3只送诊所", "抓野猫"),
        ("遮阳帽32顶发下去了", "遮阳帽"),
        ("牛皮癣用刮刀刮了70张", "刮牛皮癣"),
        ("照片传了4张 旧门牌拆了9块", "拆旧门牌"),
        ("队员老李一个人清了5袋", "清"),
        ("旧横幅摘了6条", "摘旧横幅"),
        ("把倒了的护栏扶正13块", "扶正护栏"),
        ("昨天敲门64户", "敲门"),
        ("清了东环路淤泥3车", "清淤泥"),
        ("七小行业 网吧查了5家", "查网吧"),
        ("石墩我看错了 清了8个不是18个", "清石墩"),
        ("开展了一场义诊", "开展义诊"),
        ("服务老人60多人", "服务老人"),
        ("辖区9座公厕今天全部刷洗完毕", "公厕"),
        ("全镇30个垃圾池已全部拆完", "垃圾池"),
    ],
)
def test_the_item_is_the_thing(text: str, item: str) -> None:
    first = read_quantities(text)[0]
    assert (first.item, first.doubt, first.aside) == (item, None, None)


def test_how_often_a_day_is_no_figure_in_another_season_either() -> None:
    assert read("公厕每天打扫3遍，冬天2遍") == []


def test_a_slip_that_is_told_is_no_figure() -> None:
    assert read("更正：应为56辆，后面多打了个6") == [("", 56, None)]


def test_a_place_that_is_there_is_still_a_state() -> None:
    assert read("辖区17座公厕") == [("公厕", 17, Aside.STATE)]


def test_the_first_of_two_numbers_may_be_all_there_are() -> None:
    assert read("北门菜场摊位70个，今天规整乱摆12个") == [
        ("北门菜场摊位", 70, Doubt.NUMBER),
        ("规整乱摆", 12, None),
    ]
    assert read("南街经营户60户，规范出摊20户")[0][2] is Doubt.NUMBER
    assert read("上周交办的6件办完5件")[0][2] is Aside.STATE
    assert read("两个组分别清了7处、9处") == [("组", 2, Aside.STATE), ("清", 7, None), ("清", 9, None)]


def test_who_tells_of_a_thing_is_no_part_of_it() -> None:
    assert read("业主反映地漏堵了2处，疏通了2处")[-1] == ("疏通地漏", 2, None)


def test_groups_of_ours_are_who_did_it() -> None:
    assert read("我们3个组，每组6人，刷墙90平")[0] == ("组", 3, Aside.STATE)


def test_a_rate_is_no_thing() -> None:
    assert read("卫生合格率97%，查了25家") == [("查", 25, None)]


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("更正 上午报的围挡16处 实际是15处", [("围挡", 16, Aside.WITHDRAWN), ("围挡", 15, None)]),
        ("清了32处，写反了，是23处", [("清", 32, Aside.WITHDRAWN), ("清", 23, None)]),
        ("拆违任务90处，完成37处", [("拆违任务", 90, Aside.PLAN), ("完成任务", 37, None)]),
        ("飞线:9", [("飞线", 9, Doubt.UNIT)]),
        ("捡烂木板 拉了2辆三轮", [("拉三轮", 2, None)]),
        ("中午吃饭前清了7处", [("清", 7, None)]),
        ("上午查了6家酒吧 都合格", [("查酒吧", 6, None)]),
        ("体育局报：2所学校开展长跑", [("学校", 2, None)]),
        ("路灯公司 灯罩清洗40盏", [("清洗灯罩", 40, None)]),
        ("环卫站清掏雨水井12口", [("清掏雨水井", 12, None)]),
    ],
)
def test_corrections_tasks_and_who_writes(text: str, read_as: list[Read]) -> None:
    assert read(text) == read_as

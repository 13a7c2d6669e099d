from __future__ import annotations

import pytest

from rules.chatter import HelpTopic, SmallWord, help_topic, is_chatter, small_word, urged


@pytest.mark.parametrize(
    "text",
    [
        *(
            "收到",
            "收到！",
            "好的，谢谢",
            "收到，张主任",
            "@李主任 收到",
            "明白",
            "OK",
            "马上落实",
            "谢谢领导",
        ),
        *("辛苦了", "尽快安排", "👍", "👌👌", "。。。", "  ", "行", "Got it", "Thanks!"),
        *("什么时候截止？", "这项是我们的吗", "请问报给谁", "12处都要报吗？"),
    ],
)
def test_talk(text: str) -> None:
    assert is_chatter(text)


@pytest.mark.parametrize(
    "text",
    [
        *("今天清理违规广告牌匾12处", "好的，今天清理了12处", "收到，已清理两处", "12", "无新增", "已完成"),
        *("已全部整改到位", "正在施工", "行政村已全部清理", "马上落实：已联系产权单位，明天上午进场拆除"),
        *("Cleared 12 signs", "已拆除，无需复查", "好几处已清理", "谢家湾已清理"),
        *("收到，已整改", "好的，无新增", "明白，正在清理", "好的，一切正常"),
    ],
)
def test_reports(text: str) -> None:
    assert not is_chatter(text)


WORDS = {
    SmallWord.RECEIVED: "收到|签收|签收！|收到！|好的|好的，谢谢|明白|OK|okay|马上整改|已知悉|知道|哦|对"
    "|确认|确认提交|提交",
    SmallWord.THANKS: "谢谢|辛苦了|👍|👌👌|。。。|Thanks!",
    SmallWord.QUESTION: "?|？？|这个怎么填|这个怎么填？|什么时候截止|请问12处都要报吗|在吗|How do I report"
    "|你好|您好！|领导您好|早上好|在",
    SmallWord.MISTAKE: "取消|撤销！|算了|发错了|错了|不报了",
    SmallWord.ON_CARD: "分解到下级|我要分解任务|撤回分解|解除归入|归入上级任务|催办"
    "|催办一下|谁没报|还有谁未报告？|办结|退回|下级谁没报|申请办结|转办|本级另报",
    SmallWord.LEAVE: "我要请假|请假|我明天请假|我想请个假|领导，我要请3天假|下周一请病假|我要请假怎么办",
}
NO_WORDS = (
    "今天清理违规广告牌匾12处|好的，今天清理了12处|今天清理12处？|收到，已整改|无新增|12|已完成|井盖坏了"
    "|2人请假，其余人员巡查|请假2人|请假人员已由他人补岗|走访怎么办居民30户"
    "|取消违规摊位|撤销占道经营点|您好，今天清理牌匾12处|对辖区进行巡查|确认整改到位|提交整改台账|在岗|作废旧牌"
    "|催办12个村|催办3家社区|催办三个社区|催办了西山村|催办整改已完成的村|催办已到村|催办沿街商户整改西山村"
    "|催办西山村|办结3件|退回材料|催办沿街商户|催办3家商户整改|分解任务12项到村|谁没报已查清|签收整改通知书|转办群众来信"
)


@pytest.mark.parametrize(
    ("text", "word"), [(text, word) for word, texts in WORDS.items() for text in texts.split("|")]
)
def test_small_words(text: str, word: SmallWord) -> None:
    assert small_word(text) is word


@pytest.mark.parametrize("text", NO_WORDS.split("|"))
def test_what_may_be_a_report_is_no_small_word(text: str) -> None:
    assert small_word(text) is None


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("这项什么时候截止？", HelpTopic.LIMIT),
        ("发错了怎么改", HelpTopic.CORRECTION),
        ("没有进展怎么报？", HelpTopic.ZERO),
        ("发现问题往哪发？", HelpTopic.PROBLEM),
        ("这个怎么填", HelpTopic.REPORT),
        ("照片发给谁？", HelpTopic.REPORT),
        ("？", HelpTopic.GENERAL),
        ("在吗", HelpTopic.GENERAL),
    ],
)
def test_the_help_fits_the_question(text: str, topic: HelpTopic) -> None:
    assert help_topic(text) is topic


@pytest.mark.parametrize(
    ("text", "whom"),
    [
        ("催办西山村", "西山村"),
        ("催办一下东城街道！", "东城街道"),
        ("催办", None),
        ("催办西山村，已到位", None),
        ("已催办西山村", None),
    ],
)
def test_whom_words_urge(text: str, whom: str | None) -> None:
    assert urged(text) == whom

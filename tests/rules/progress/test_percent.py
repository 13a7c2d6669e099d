"""Progress read from words, and words that state no progress."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.progress.percent import read_percent
from rules.progress.quantities import read_quantities

STATED = [
    ("完成进度80%", 80),
    ("进度80％", 80),
    ("施工进度：75%", 75),
    ("进度约65%左右", 65),
    ("工程进展到60%", 60),
    ("进度提升至85%", 85),
    ("整体进度达到百分之九十五", 95),
    ("完成進度達80%", 80),
    ("已完成80%", 80),
    ("完成了80%", 80),
    ("完成百分之八十", 80),
    ("完成任务的80%", 80),
    ("完成总工程量的80%", 80),
    ("完成清理任务80%", 80),
    ("完成年度任务80%", 80),
    ("完成80%的任务", 80),
    ("清理工作已完成80%，清理广告牌12处", 80),
    ("已完成八成", 80),
    ("完成8成以上", 80),
    ("完成近八成", 80),
    ("完成九成五", 95),
    ("完成三成半", 35),
    ("完成十成", 100),
    ("已完成一半", 50),
    ("完成率100%。", 100),
    ("完成率达95.5%", 95),
    ("完成率达 95.5%", 95),
    ("完成率达  95.5　　%", 95),
    ("完成率百分百", 100),
    ("任务完成率百分之百", 100),
    ("整改完成率达到98.9%", 98),
    ("完成0%", 0),
    # the lower end of a range
    ("完成70%-80%", 70),
    ("完成70-80%", 70),
    ("已完成七八成", 70),
    # the number comes first
    ("80%已完成", 80),
    ("已有80%的任务完成", 80),
    ("目前80%的点位已完成整改", 80),
    # a plan stands beside the present state
    ("计划任务已完成80%", 80),
    ("计划月底完成，目前完成60%", 60),
    # several numbers: one is about the whole, or all say the same
    ("昨天完成60%，目前总体完成80%", 80),
    ("完成进度80%，完成率80%", 80),
    ("完成进度80%，合格率98%", 80),
    ("合格率98%，完成进度80%", 80),
    ("今日清理12处，总体完成进度35%", 35),
    # left for the caller to refuse
    ("完成进度120%", 120),
]
NOT_STATED = [
    "",
    "清理12处",
    "完成八处",
    # metrics
    *("合格率98%", "满意度95%", "知晓率达到99%", "问卷完成率90%", "占比80%", "绿化覆盖率完成42%"),
    *("完成验收，合格率98%", "完成整改通过率98%", "完成12处，占80%", "完成投资80%", "投资进度80%"),
    # differences
    *("完成率比上月提高5%", "进度提高了10%", "进度滞后20%", "同比增长20%", "完成比上年增加80%"),
    *("完成率从60%提高到80%", "完成进度由60%提高到80%", "完成任务从六成推进到八成"),
    # what is missing, or still to come
    *("还有20%未完成", "尚未完成20%", "未完成20%", "完成后剩余20%", "下步将完成剩余20%"),
    *("力争完成80%", "预计12月完成100%", "确保完成率达100%", "要求完成率100%", "计划实现完成80%"),
    # 成 without a share that can be read
    *("垃圾减少八成", "八成是忘了", "完成成立大会", "完成二成功改造", "完成3.5成"),
    # several numbers that differ
    *("东街完成80%，西街完成60%", "已完成的80%通过验收"),
]


@pytest.mark.parametrize(("text", "percent"), STATED)
def test_progress(text: str, percent: int) -> None:
    assert read_percent(text) == percent


@pytest.mark.parametrize("text", NOT_STATED)
def test_no_progress(text: str) -> None:
    assert read_percent(text) is None


@pytest.mark.parametrize("text", [text for text, _ in STATED])
def test_progress_is_no_quantity(text: str) -> None:
    assert {f"{quantity.value}{quantity.unit}" for quantity in read_quantities(text)} <= {"12处"}


@given(st.text(alphabet="完成进度率约达到了的八成百分之五十半%％.0189-，。未计划总目前\n "))
def test_any_text(text: str) -> None:
    percent = read_percent(text)
    assert percent is None or 0 <= percent <= 9999
    wider = re.sub(r"([，。])", r" \1 ", text).replace(" ", "  ")
    assert read_percent(f" {wider} ") == percent, "spaces beside spaces, punctuation and the ends say nothing"


@pytest.mark.parametrize("piece", ["完成", "完成清理", "完成率达", "80%", "80%的", "已", "进度已", "计划"])
def test_long_texts_take_no_longer(piece: str) -> None:
    """A reader that is not linear would take minutes here."""
    read_percent(f"完成{piece * 50_000}80%")

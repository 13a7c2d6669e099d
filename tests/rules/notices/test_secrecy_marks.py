from __future__ import annotations

import pytest

from rules.notices.secrecy_marks import secrecy_mark


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("秘密★1年", "秘密★"),
        ("秘 密 ★ 长期", "秘密★"),
        ("机密★", "机密"),
        ("机密文件，请阅", "机密"),
        ("机\u200b密文件", "机密"),
        ("绝密", "绝密"),
        ("（绝　密）", "绝密"),
        ("内部资料，请勿外传", "内部资料"),
        ("不得外传", "不得外传"),
        ("機密", "機密"),
        ("內部資料", "內部資料"),
    ],
)
def test_a_mark_is_found(text: str, mark: str) -> None:
    assert secrecy_mark(text) == mark
    assert secrecy_mark("关于开展检查的通知", f"{text}.docx") == mark


@pytest.mark.parametrize(
    "text",
    [
        "",
        "秘密",
        "不是什么秘密",
        "请修改计算机密码",
        "请司机密切配合",
        "拒绝密切接触者聚集",
        "保密工作会议通知",
        "内部道路保洁",
        "资料请外传至各社区",
    ],
)
def test_everyday_words_have_no_mark(text: str) -> None:
    assert secrecy_mark(text) is None

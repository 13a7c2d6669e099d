"""What all views share: buttons, buttons in rows, and the row that turns pages."""

from __future__ import annotations

import pytest

from locales import Text
from services.views import COPIED, LISTED, ButtonSpec, View, button, copy_button, in_rows, paging


def test_a_button_takes_a_text_or_the_key_of_one() -> None:
    made = button("cases.card_button", "case.card", 7, case_id=3, back=True)
    assert made == ButtonSpec(Text("cases.card_button"), "case.card", {"case_id": 3, "back": True}, 7)
    label = Text("common.as_is", text="甲")
    assert button(label, "task.list") == ButtonSpec(label, "task.list")


def test_a_view_shows_nothing_hidden() -> None:
    view = View([Text("common.as_is", text="张\u200b三\u202e<b>"), Text("common.as_is", text="👩\u200d🚒")])
    assert view.html("zh") == "张三&lt;b&gt;\n👩\u200d🚒"
    assert view.plain("zh") == "张三<b>\n👩\u200d🚒"


def test_a_button_copies_words_that_telegram_takes() -> None:
    for words in ("今天清运垃圾__吨", "字" * COPIED, "😀" * (COPIED // 2)):
        made = copy_button("progress.blank_button", words)
        assert (made.copies, made.action) == (words, "")
        kept = View.from_json(
            View([], [[made, button("cases.card_button", "case.card", case_id=1)]]).to_json()
        )
        assert [one.copies for one in kept.rows[0]] == [words, None]
    for words in ("", "字" * (COPIED + 1), "😀" * (COPIED // 2 + 1)):
        with pytest.raises(ValueError, match="256 characters"):
            copy_button("progress.blank_button", words)


def test_buttons_stand_in_rows() -> None:
    one, two, three = (button("cases.card_button", "case.card", case_id=number) for number in range(3))
    assert in_rows([one, two, three], 2) == [[one, two], [three]]
    assert in_rows([], 2) == []


@pytest.mark.parametrize(
    ("offset", "count", "turned"),
    [(0, LISTED, []), (0, LISTED + 1, [LISTED]), (5, LISTED + 5, [0]), (LISTED, 3 * LISTED, [0, 2 * LISTED])],
)
def test_pages_turn_where_there_are_any(offset: int, count: int, turned: list[int]) -> None:
    rows = paging("task.list", 7, offset, count, waits="submitted")
    assert [[one.arguments for one in row] for row in rows] == (
        [[{"waits": "submitted", "offset": at} for at in turned]] if turned else []
    )
    assert all(one.action == "task.list" and one.only_for == 7 for row in rows for one in row)


def test_a_list_may_have_its_own_pages_and_words() -> None:
    (row,) = paging(
        "task.list", None, 8, 24, page=8, labels=("history.later_button", "history.earlier_button")
    )
    assert [(one.label.key, one.arguments) for one in row] == [
        ("history.later_button", {"offset": 0}),
        ("history.earlier_button", {"offset": 16}),
    ]

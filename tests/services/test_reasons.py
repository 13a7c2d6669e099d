"""A reason by a button or in words: what the buttons keep, and which words are refused."""

from __future__ import annotations

import pytest

from locales import Text
from rules.cases.case_lifecycle import CaseEvent
from services import reasons
from services.errors import DomainError
from services.views import ButtonSpec, button
from tests.services.conftest import World


def test_a_row_for_each_reason_and_then_the_others(world: World) -> None:
    labels = {"weather": Text("checking.reason.weather"), "funding": Text("checking.reason.funding")}
    about = {"case_id": 1, "event": CaseEvent.SUSPEND, "seen": 3}
    kept = {**about, "event": "suspend"}
    write = button("checking.write_reason_button", "case.write_ruling", world.office.id, **about)
    rows = reasons.reason_rows(world.office, labels, "case.rule", about, write)
    assert rows == [
        [ButtonSpec(labels[name], "case.rule", {**kept, "reason": name}, world.office.id)]
        for name in ("weather", "funding")
    ] + [[write]]
    moved = {"moved": Text("desk.reassign_moved")}
    ((why,),) = reasons.reason_rows(world.office, moved, "desk.confirm", {"cases": [(1, 3)]}, keep="why")
    assert why.arguments == {"cases": [[1, 3]], "why": "moved"}


@pytest.mark.parametrize(
    ("words", "key", "values"),
    [
        ("\u200b \n", "checking.invisible", {}),
        ("\u200b" * 6, "checking.invisible", {}),
        ("长" * 6, "checking.too_long", {"limit": 5}),
    ],
)
def test_a_reason_that_is_needed(words: str, key: str, values: dict[str, int]) -> None:
    with pytest.raises(DomainError) as refusal:
        reasons.written_reason(words, limit=5, invisible="checking.invisible", too_long="checking.too_long")
    assert (refusal.value.text.key, refusal.value.text.values) == (key, values)


def test_a_reason_that_may_be_left_out() -> None:
    too_long = "transfers.reason_too_long"
    found = [reasons.optional_reason(words, too_long=too_long) for words in (None, " \n", " 出差\n三天 ")]
    assert found == [None, None, "出差 三天"]
    assert reasons.optional_reason("长" * 200, too_long=too_long) == "长" * 200
    with pytest.raises(DomainError) as refusal:
        reasons.optional_reason("长" * 201, too_long=too_long)
    assert (refusal.value.text.key, refusal.value.text.values) == (too_long, {"chars": 200})

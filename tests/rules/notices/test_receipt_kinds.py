from __future__ import annotations

from rules.notices.receipt_kinds import ANSWERS, IN_WORDS, WORDS_LIMIT, NoticeAsk, ReceiptKind


def test_each_question_has_its_answers_and_each_answer_one_question() -> None:
    assert set(ANSWERS) == set(NoticeAsk)
    given = [kind for kinds in ANSWERS.values() for kind in kinds]
    assert sorted(given) == sorted(ReceiptKind)


def test_what_has_words_has_a_limit() -> None:
    assert set(WORDS_LIMIT) > IN_WORDS
    assert ReceiptKind.READ not in WORDS_LIMIT

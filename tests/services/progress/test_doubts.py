"""A number that may be meant otherwise is asked about on the card; it never counts unasked."""

from __future__ import annotations

from decimal import Decimal

from tests.services.progress.talk import Talk, keys, refused


async def test_a_number_with_two_readings_is_asked_about(talk: Talk) -> None:
    card = await talk.write("今天清理小广告3万50张")
    assert "progress.card.doubt.number" in keys(card)
    assert await refused(talk.confirm(card)) == "progress.choose_mode_first"
    card = await talk.change(card, mode="increment")
    assert "progress.card.doubt.number" not in keys(card)
    await talk.confirm(card)
    assert await talk.figures() == [("清理小广告", "张", Decimal(30_050))]


async def test_the_question_stays_when_more_words_come(talk: Talk) -> None:
    await talk.write("今天清理小广告3万50张")
    card = await talk.write("在东门")
    assert "progress.card.doubt.number" in keys(card)


async def test_a_spoken_number_counts_without_a_question(talk: Talk) -> None:
    await talk.report("今天发放宣传单3万5千份")
    assert await talk.figures() == [("发放宣传单", "份", Decimal(35_000))]

"""Texts about a notice that several views show."""

from __future__ import annotations

from datetime import datetime

from locales import Text
from models.notices import Notice
from reports.formats import day_text, short
from services.campaign import Campaign


def deadline_text(local: datetime) -> Text:
    """12月16日18:00. ``local``: the moment in the campaign's zone."""
    return Text("common.moment", day=day_text(local.date()), time=f"{local:%H:%M}")


def answer_by_text(notice: Notice, campaign: Campaign) -> Text:
    return deadline_text(notice.answer_by.astimezone(campaign.zone))


def name_of(notice: Notice, limit: int = 24) -> str:
    """The beginning of its text, by which it is named."""
    return short(notice.text, limit)

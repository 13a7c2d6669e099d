"""All tables, for migrations: importing this module registers every one of them."""

from sqlmodel import SQLModel

from models import (
    calendar,
    campaign,
    cases,
    categories,
    jobs,
    messages,
    people,
    progress,
    report_drafts,
    tasks,
)

METADATA = SQLModel.metadata
MODULES = (calendar, campaign, cases, categories, jobs, messages, people, progress, report_drafts, tasks)

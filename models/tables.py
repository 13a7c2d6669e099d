"""All tables, for migrations: importing this module registers every one of them."""

from sqlmodel import SQLModel

from models import (
    absences,
    calendar,
    campaign,
    cases,
    categories,
    jobs,
    messages,
    nags,
    people,
    policies,
    progress,
    report_drafts,
    tasks,
)

METADATA = SQLModel.metadata
MODULES = (
    absences,
    calendar,
    campaign,
    cases,
    categories,
    jobs,
    messages,
    nags,
    people,
    policies,
    progress,
    report_drafts,
    tasks,
)

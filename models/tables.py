"""All tables, for migrations: importing this module registers every one of them."""

from sqlmodel import SQLModel

from models import (
    absences,
    audit_log,
    calendar,
    cases,
    categories,
    groups,
    inbox,
    jobs,
    live_messages,
    messages,
    nags,
    people,
    policies,
    progress,
    report_drafts,
    tasks,
    ticks,
)

METADATA = SQLModel.metadata
MODULES = (
    absences,
    calendar,
    audit_log,
    groups,
    inbox,
    live_messages,
    ticks,
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

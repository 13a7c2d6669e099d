"""All tables, for migrations: importing this module registers every one of them."""

from sqlmodel import SQLModel

from models import campaign, jobs, messages, people, progress, report_drafts, tasks

METADATA = SQLModel.metadata
MODULES = (campaign, jobs, messages, people, progress, report_drafts, tasks)

"""All tables, for migrations. The import of this module registers every one of them."""

from sqlmodel import SQLModel

from models import (
    activities,
    audit_log,
    calendar,
    cases,
    drafts,
    groups,
    importing,
    nags,
    notices,
    numbers,
    partial_indexes,
    people,
    progress,
    restorations,
    schema_releases,
    tasks,
    ticks,
    work_reports,
)
from models.cases import categories
from models.delivery import (
    inbox,
    live_messages,
    menus,
    messages,
    office_matters,
    pauses,
    pictures,
    push_notes,
)
from models.nags import policies
from models.people import absences, aliases, office_sections
from models.progress import metric_choices, metric_sums, mode_choices, report_totals, zero_covers
from models.tasks import breakdowns, former_lines

METADATA = SQLModel.metadata
MODULES = (
    absences,
    activities,
    aliases,
    calendar,
    audit_log,
    groups,
    inbox,
    live_messages,
    menus,
    ticks,
    cases,
    categories,
    importing,
    messages,
    office_matters,
    office_sections,
    pauses,
    pictures,
    push_notes,
    metric_choices,
    metric_sums,
    mode_choices,
    report_totals,
    zero_covers,
    nags,
    notices,
    numbers,
    people,
    policies,
    progress,
    restorations,
    schema_releases,
    drafts,
    tasks,
    breakdowns,
    former_lines,
    work_reports,
)

partial_indexes.complete(METADATA)

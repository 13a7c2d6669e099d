"""Reads quantities from Chinese sentences: ``read_quantities("清理违规广告牌匾576处")``.

Each step of the pipeline is a module: ``normalise`` (half-width, simplified, positions kept) →
``rules.numerals`` (what is a number) → ``kinds`` with ``units``, ``addresses`` and ``rates``
(does it count something, and in which unit) → ``items`` (what it counts: ``clauses`` takes away who, when
and where, with ``who_and_when`` and ``places``; ``deeds`` finds the deed and its thing, ``nouns_behind``
the noun behind a number). ``products`` finds what is of each of several. ``reader`` puts them together.
``asides`` with ``plans`` and ``states``, ``parts`` and ``outcomes`` say which of them a report counts,
``hedges``, ``talk`` and ``earlier_days`` which are asked about. ``metric_names`` names a new metric after an
item. ``verbs`` and ``words`` hold the word tables (``word_tables`` makes patterns of them), ``blanks`` a
report to be filled in.

The modules that read compile some hundred patterns. They are imported when the first text is read, so that a
process that reads nothing does not wait for them. The running program imports them by ``warm_up``.
"""

from collections.abc import Collection

from rules.progress.quantities.quantity import Aside, Doubt, Quantity

__all__ = [
    "Aside",
    "Doubt",
    "Quantity",
    "may_begin_with_unit",
    "metric_name",
    "names_nothing",
    "read_quantities",
    "warm_up",
]


def read_quantities(text: str, names: Collection[str] = ()) -> list[Quantity]:
    """Read the quantities of a Chinese text in their order. Never raises; linear in the text's length.

    ``names``: of units that say who did it where they head a clause.
    """
    from rules.progress.quantities.reader import quantities_of

    return quantities_of(text, names)


def may_begin_with_unit(text: str) -> bool:
    """Whether the name of a unit may head a clause of the text; most name none."""
    from rules.progress.quantities import who_and_when

    return who_and_when.may_begin_with_unit(text)


def metric_name(item: str, unit: str) -> str:
    """The name of the metric; "" if the words name nothing, and the task has to say what is counted."""
    from rules.progress.quantities.metric_names import name_of

    return name_of(item, unit)


def names_nothing(item: str, unit: str) -> bool:
    """Whether the words say that something was done, and not what: 完成100, 80吨, 清运20吨."""
    from rules.progress.quantities import metric_names

    return metric_names.names_nothing(item, unit)


def warm_up() -> None:
    """Import what reads, so that the first text is read as fast as any other."""
    read_quantities("清理垃圾1车")
    metric_name("清理垃圾", "车")

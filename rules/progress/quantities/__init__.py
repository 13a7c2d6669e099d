"""Reads quantities from Chinese sentences: ``read_quantities("清理违规广告牌匾576处")``.

Each step of the pipeline is a module: ``normalise`` (half-width, simplified, positions kept) →
``rules.numerals`` (what is a number) → ``kinds`` with ``units`` and ``addresses`` (does it count something,
and in which unit) → ``items`` (what it counts: ``clauses`` takes away who, when and where, with
``who_and_when`` and ``places``; ``deeds`` finds the deed and its thing, ``nouns_behind`` the noun behind a
number). ``reader`` puts them together. ``asides`` with ``plans`` and ``states``, ``parts`` and ``outcomes``
say which of them a report counts, ``hedges``, ``talk`` and ``earlier_days`` which are asked about.
``metric_names`` names a new metric after an item. ``verbs`` and ``words`` hold the word tables, ``blanks`` a
report to be filled in.
"""

from rules.progress.quantities.asides import Aside
from rules.progress.quantities.metric_names import metric_name
from rules.progress.quantities.reader import Doubt, Quantity, read_quantities

__all__ = ["Aside", "Doubt", "Quantity", "metric_name", "read_quantities"]

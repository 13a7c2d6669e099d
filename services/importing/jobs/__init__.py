"""The job of an import: sent, previewed, confirmed, written step by step.

Imports plans, rows and reading. Start with ``import_jobs``, then ``import_steps``.
"""

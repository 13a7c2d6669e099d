"""Backups: a file with all of the database; how it is made and checked, and how it becomes one again."""

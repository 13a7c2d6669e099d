"""Imports: a file becomes rows, rows become a plan, and a confirmed plan is written by a job.

Imports the kernel and the folders up to nags. Inside, lowest first: reading, rows, plans, jobs. Start with
``jobs.import_jobs``: what people do with a file.
"""

"""The plans of ``tick --dry-run`` over simulated weeks of four campaigns, kept beside as golden files.

A change of the nag engine that is to change nothing must leave every line of them as it is. The whole runs by
``python -m tests.services.nags.golden``; two weeks of the sample campaign are a test.
"""

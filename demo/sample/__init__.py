"""A sample campaign: roster, tasks, and the reports of one day. The data are in the TOML files.

People are named by post; nobody is real. The numbers are those of a published work report.
"""

"""A sample campaign: roster, tasks, and what people report on one day. The data are in the TOML files.

People are named by post; nobody is real. The numbers are those of a published work report.
"""

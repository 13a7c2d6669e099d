"""What the office, checkers and leaders decide: 核实, 立案, 核查, 延期, 挂账, 并案, 批示.

Imports the flat modules of cases below it, submitting and cards. Start with ``registration``: 立案.
"""

"""What is owed and when: frequencies, windows of reports, 签收, 未报告."""

"""Progress reports: quantities, 新增 and 累计, per cent, stated days, unusual numbers."""

"""工作纪实: what an entry of the activity log says of itself."""

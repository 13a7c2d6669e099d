"""Units, tiers, roles, and names as people type them."""

"""Problems that become cases, cases that become supervision orders."""

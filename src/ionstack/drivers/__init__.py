"""The outside world: one driver per capability. Drivers know neither HTTP nor SQL."""

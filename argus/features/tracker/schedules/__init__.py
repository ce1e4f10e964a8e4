"""The planner of old pages: its data and comments; who looks after what; schedules, which only check their input."""

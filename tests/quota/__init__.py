"""The budget of calls that workers share, and what reading costs in calls."""

"""From the call to the label, put together: dashboards, open data, statistics, commands."""

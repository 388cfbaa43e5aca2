"""What the runs of a study amount to: tables, leaderboards, agreement, regression."""

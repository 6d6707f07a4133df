-- title: Risk that a person does not come back
-- definition: 0 to 100, over columns of these names: idle_days (since the last activity, with fractions), total_sessions, engagement_score.
least(100,
        multiIf(idle_days > 30, 80, idle_days > 14, 60, idle_days > 7, 40, 0)
        + 0.3 * (100 - engagement_score)
        + multiIf(total_sessions = 0, 50, idle_days / total_sessions > 7, 30, 0))

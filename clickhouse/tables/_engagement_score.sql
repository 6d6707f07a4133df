-- title: Engagement score
-- definition: What kpi_user_engagement scores 30 days by, 0 to 100, over columns of these names.
greatest(0, least(100,
        least(10 * sessions, 40)
        + least(5 * ifNull(avg_session_minutes, 0), 20)
        + 0.2 * ifNull(conversion_rate, 0)
        + least(2 * features_used, 20)
        - 0.2 * greatest(0, ifNull(bounce_rate, 0) - 50)))

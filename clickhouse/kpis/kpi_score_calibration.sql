-- title: Is the engine's promise kept?
-- unit: fractions 0 to 1; counts
-- definition: Recommendations that promised a success_probability, by tier and decile of it (1: up to 0.1, 10: from 0.9). predicted: mean promise; observed_success: share that got an offer; brier_score: mean of (promise - outcome) squared, 0 is perfect.
-- grain: tier, decile
-- needs: recommendation_states
CREATE VIEW kpi_score_calibration AS
SELECT
    made.tier AS tier,
    toUInt8(least(10, floor(10 * promise) + 1)) AS decile,
    avg(promise) AS predicted,
    countIf(offered_at IS NOT NULL) / count() AS observed_success,
    count() AS recommendations,
    avg(pow(promise - (offered_at IS NOT NULL), 2)) AS brier_score
FROM
(
    SELECT
        *,
        assumeNotNull(made.success_probability) AS promise
    FROM
    (
    {{recommendations}}
    )
    WHERE made.success_probability IS NOT NULL
)
GROUP BY
    tier,
    decile
{{one_meaning}}
COMMENT {{comment}};

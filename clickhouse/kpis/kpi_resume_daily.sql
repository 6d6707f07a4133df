-- title: Resume processing by day and file type
-- unit: counts; percent; seconds; 0 to 1
-- definition: Counts of events of each event_type on their day. upload_success_rate: completed / (completed + failed); parse_success_rate likewise. Processing time and confidence over parsing_completed and parsing_failed events that carry them.
-- grain: date, file_type
-- needs: resume_events, user_sessions
CREATE VIEW kpi_resume_daily AS
SELECT
    toDate(timestamp) AS date,
    r.file_type AS file_type,
    countIf(event_type = 'upload_started') AS uploads_started,
    countIf(event_type = 'upload_completed') AS uploads_completed,
    countIf(event_type = 'upload_failed') AS uploads_failed,
    countIf(event_type = 'parsing_completed') AS parsed,
    countIf(event_type = 'parsing_failed') AS parse_failed,
    100 * uploads_completed / nullIf(uploads_completed + uploads_failed, 0) AS upload_success_rate,
    100 * parsed / nullIf(parsed + parse_failed, 0) AS parse_success_rate,
    avgIf(processing_time, event_type IN ('parsing_completed', 'parsing_failed')) AS avg_processing_time,
    quantileExactInclusiveIf(0.95)(processing_time, event_type IN ('parsing_completed', 'parsing_failed')) AS p95_processing_time,
    avgIf(confidence_score, event_type IN ('parsing_completed', 'parsing_failed')) AS avg_confidence
FROM resume_events AS r
WHERE NOT is_bot AND session_id NOT IN ({{robot_sessions}})
GROUP BY
    date,
    file_type
{{one_meaning}}
COMMENT {{comment}};

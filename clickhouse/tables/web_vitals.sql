-- title: Core Web Vitals
-- definition: One row a metric of a page view, at its final value.
CREATE TABLE web_vitals
(
    {{envelope}},
    metric LowCardinality(String) COMMENT 'LCP, INP, CLS, FCP or TTFB',
    value Float64 COMMENT 'Milliseconds; CLS has no unit',
    rating LowCardinality(String) COMMENT 'good, needs-improvement or poor; made from the value by the thresholds of web.dev where absent',
    navigation_type LowCardinality(String) COMMENT 'How the page was reached',
    attribution String COMMENT 'What caused the value, as JSON text: read it with JSONExtract functions' CODEC(ZSTD)
)
ENGINE = MergeTree
PARTITION BY toMonday(received_at)
ORDER BY (metric, toDate(timestamp), page_path, timestamp)
{{raw_settings}}
COMMENT 'Core Web Vitals: one row an event of type web_vital';

-- How long did finished queries execute, bin by bin?
-- Parameters: bin_minutes, since, until.
-- Percentiles come from log-spaced counts of relative error 1 % (DDSketch, https://arxiv.org/abs/1908.10693).
WITH finished AS (
    SELECT date_add('minute', -(date_diff('minute', TIMESTAMP '1970-01-01 00:00:00', create_time) % ?),
                    date_trunc('minute', create_time)) AS time_bucket,
           execution_time_ms,
           CASE WHEN execution_time_ms < 1 THEN -1
                ELSE CAST(ceil(ln(execution_time_ms) / ln(1.01E0 / 0.99E0)) AS bigint) END AS log_bucket
    FROM completed_queries
    WHERE state = 'FINISHED'
      AND create_time >= CAST(? AS timestamp) AND create_time < CAST(? AS timestamp)
),
counted AS (
    SELECT time_bucket, log_bucket, count(*) AS queries, sum(execution_time_ms) AS sum_ms,
           CASE WHEN log_bucket < 0 THEN 0E0 ELSE 0.99E0 * power(1.01E0 / 0.99E0, log_bucket) END AS estimate_ms
    FROM finished
    GROUP BY time_bucket, log_bucket
),
ranked AS (
    SELECT time_bucket, queries, sum_ms, estimate_ms,
           sum(queries) OVER (PARTITION BY time_bucket ORDER BY log_bucket) AS up_to_here,
           sum(queries) OVER (PARTITION BY time_bucket) AS in_bin
    FROM counted
)
SELECT time_bucket,
       sum(queries) AS query_count,
       CAST(sum(sum_ms) AS double) / CAST(sum(queries) AS double) AS avg_execution_time,
       min(CASE WHEN up_to_here > 0.95E0 * (in_bin - 1) THEN estimate_ms END) AS p95_execution_time,
       min(CASE WHEN up_to_here > 0.99E0 * (in_bin - 1) THEN estimate_ms END) AS p99_execution_time
FROM ranked
GROUP BY time_bucket
ORDER BY time_bucket

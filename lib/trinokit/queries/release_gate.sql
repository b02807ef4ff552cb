-- How many queries completed and failed, and how long did they take?
-- Parameters: since, until, source, until, since, until, source, until, overdue_ms.
-- One row, also where there are none. Only queries of the client source count, where it is not empty, and never those of
-- trinokit, which would dilute what they measure. The percentile is of finished queries and of overdue ones: those that
-- have not completed and were created more than overdue_ms before the end of the window; how long they took till then is
-- the least that they will take. It comes from log-spaced counts of relative error 1 %, as in execution_time.sql.
WITH ended AS (
    SELECT query_id, state, error_type, elapsed_time_ms
    FROM completed_queries
    WHERE create_time >= CAST(? AS timestamp) AND create_time < CAST(? AS timestamp)
      AND ? IN ('', source) AND coalesce(source, '') NOT IN ('trinokit', 'trinops')
),
overdue AS (
    SELECT date_diff('millisecond', create_time, CAST(? AS timestamp)) AS elapsed_time_ms
    FROM runtime_queries
    WHERE state NOT IN ('FINISHED', 'FAILED')
      AND create_time >= CAST(? AS timestamp) AND create_time < CAST(? AS timestamp)
      AND ? IN ('', source)
      AND date_diff('millisecond', create_time, CAST(? AS timestamp)) > ?
      AND query_id NOT IN (SELECT query_id FROM ended)
),
timed AS (
    SELECT elapsed_time_ms FROM ended WHERE state = 'FINISHED'
    UNION ALL
    SELECT elapsed_time_ms FROM overdue
),
bucketed AS (
    SELECT CASE WHEN elapsed_time_ms < 1 THEN -1
                ELSE CAST(ceil(ln(elapsed_time_ms) / ln(1.01E0 / 0.99E0)) AS bigint) END AS log_bucket
    FROM timed
),
counted AS (
    SELECT log_bucket, count(*) AS queries,
           CASE WHEN log_bucket < 0 THEN 0E0 ELSE 0.99E0 * power(1.01E0 / 0.99E0, log_bucket) END AS estimate_ms
    FROM bucketed
    GROUP BY log_bucket
),
ranked AS (
    SELECT estimate_ms, sum(queries) OVER (ORDER BY log_bucket) AS up_to_here, sum(queries) OVER () AS in_all
    FROM counted
)
SELECT count(*) AS completed_count,
       count(CASE WHEN state <> 'FINISHED' THEN 1 END) AS failed_count,
       count(CASE WHEN state <> 'FINISHED' AND error_type = 'USER_ERROR' THEN 1 END) AS user_error_count,
       (SELECT count(*) FROM overdue) AS overdue_count,
       (SELECT min(CASE WHEN up_to_here > 0.95E0 * (in_all - 1) THEN estimate_ms END) FROM ranked) AS p95_elapsed_ms
FROM ended
ORDER BY completed_count

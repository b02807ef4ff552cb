-- How many queries completed and failed, and how long did they take?
-- Parameters: since, until, source, until, since, until, source, until, overdue_ms.
-- One row, also where there are none. Only queries of the client source count, where it is not empty, and never those of
-- trinokit, which would dilute what they measure. The percentile is of finished queries and of overdue ones: those that
-- have not completed and were created more than overdue_ms before the end of the window; how long they took till then is
-- the least that they will take. It comes from log-spaced counts of relative error 1 %, as in execution_time.sql. Both
-- are read once; a query that is in both has completed.
WITH seen AS (
    SELECT query_id, state, error_type, elapsed_time_ms, 1 AS completed
    FROM completed_queries
    WHERE create_time >= CAST(? AS timestamp) AND create_time < CAST(? AS timestamp)
      AND ? IN ('', source) AND coalesce(source, '') NOT IN ('trinokit', 'trinops')
    UNION ALL
    SELECT query_id, state, NULL, date_diff('millisecond', create_time, CAST(? AS timestamp)), 0
    FROM runtime_queries
    WHERE state NOT IN ('FINISHED', 'FAILED')
      AND create_time >= CAST(? AS timestamp) AND create_time < CAST(? AS timestamp)
      AND ? IN ('', source)
      AND date_diff('millisecond', create_time, CAST(? AS timestamp)) > ?
),
marked AS (
    SELECT state, error_type, elapsed_time_ms, completed, max(completed) OVER (PARTITION BY query_id) AS has_completed
    FROM seen
),
bucketed AS (
    SELECT state, error_type, completed,
           CASE WHEN completed = 1 AND coalesce(state, '') <> 'FINISHED' THEN NULL
                WHEN elapsed_time_ms < 1 THEN -1
                ELSE CAST(ceil(ln(elapsed_time_ms) / ln(1.01E0 / 0.99E0)) AS bigint) END AS log_bucket
    FROM marked
    WHERE completed = has_completed
),
counted AS (
    SELECT count(CASE WHEN completed = 1 THEN 1 END) AS completed_here,
           count(CASE WHEN completed = 1 AND state <> 'FINISHED' THEN 1 END) AS failed_here,
           count(CASE WHEN completed = 1 AND state <> 'FINISHED' AND error_type = 'USER_ERROR' THEN 1 END)
               AS user_errors_here,
           count(CASE WHEN completed = 0 THEN 1 END) AS overdue_here,
           CASE WHEN log_bucket < 0 THEN 0E0 ELSE 0.99E0 * power(1.01E0 / 0.99E0, log_bucket) END AS estimate_ms,
           sum(count(log_bucket)) OVER (ORDER BY log_bucket) AS up_to_here,
           sum(count(log_bucket)) OVER () AS in_all
    FROM bucketed
    GROUP BY log_bucket
)
SELECT CAST(coalesce(sum(completed_here), 0) AS bigint) AS completed_count,
       CAST(coalesce(sum(failed_here), 0) AS bigint) AS failed_count,
       CAST(coalesce(sum(user_errors_here), 0) AS bigint) AS user_error_count,
       CAST(coalesce(sum(overdue_here), 0) AS bigint) AS overdue_count,
       min(CASE WHEN up_to_here > 0.95E0 * (in_all - 1) THEN estimate_ms END) AS p95_elapsed_ms
FROM counted
ORDER BY completed_count

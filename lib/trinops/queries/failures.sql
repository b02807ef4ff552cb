-- What failed, whom did it hit and what did it cost?
-- Parameters: since, until.
-- The share is of all queries in the window; wasted is the CPU time of queries that failed.
WITH counted AS (
    SELECT state, error_type, error_code, user, create_time, cpu_time_ms, count(*) OVER () AS all_queries
    FROM completed_queries
    WHERE create_time >= CAST(? AS timestamp) AND create_time < CAST(? AS timestamp)
)
SELECT coalesce(error_type, '(unknown)') AS error_type,
       coalesce(error_code, '(unknown)') AS error_code,
       count(*) AS query_count,
       CAST(count(*) AS double) / CAST(max(all_queries) AS double) AS share,
       count(DISTINCT user) AS users_hit,
       CAST(sum(cpu_time_ms) AS double) / 1000E0 AS wasted_cpu_s,
       min(create_time) AS first_seen,
       max(create_time) AS last_seen
FROM counted
WHERE state <> 'FINISHED'
GROUP BY coalesce(error_type, '(unknown)'), coalesce(error_code, '(unknown)')
ORDER BY query_count DESC, error_type, error_code

-- What failed, whom did it hit and what did it cost?
-- Parameters: since, until.
-- The share is of all queries in the window; wasted is the CPU time of queries that failed.
WITH grouped AS (
    SELECT state = 'FINISHED' AS finished,
           coalesce(error_type, '(unknown)') AS error_type,
           coalesce(error_code, '(unknown)') AS error_code,
           count(*) AS query_count,
           sum(count(*)) OVER () AS all_queries,
           count(DISTINCT CASE WHEN state <> 'FINISHED' THEN user END) AS users_hit,
           CAST(sum(cpu_time_ms) AS double) / 1000E0 AS wasted_cpu_s,
           min(create_time) AS first_seen,
           max(create_time) AS last_seen
    FROM completed_queries
    WHERE create_time >= CAST(? AS timestamp) AND create_time < CAST(? AS timestamp)
    GROUP BY state = 'FINISHED', coalesce(error_type, '(unknown)'), coalesce(error_code, '(unknown)')
)
SELECT error_type, error_code, query_count,
       CAST(query_count AS double) / CAST(all_queries AS double) AS share,
       users_hit, wasted_cpu_s, first_seen, last_seen
FROM grouped
WHERE NOT finished
ORDER BY query_count DESC, error_type, error_code

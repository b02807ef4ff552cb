-- Where did the elapsed time of queries go, bin by bin?
-- Parameters: bin_minutes, since, until.
-- Elapsed is queued + waiting + planning + execution + other; analysis runs inside waiting or planning,
-- and blocked sums over the drivers of a query, so these two stand beside and not in that sum.
WITH parts AS (
    SELECT date_add('minute', -(date_diff('minute', TIMESTAMP '1970-01-01 00:00:00', create_time) % ?),
                    date_trunc('minute', create_time)) AS time_bucket,
           elapsed_time_ms, queued_time_ms, waiting_time_ms, planning_time_ms,
           greatest(execution_time_ms - planning_time_ms, 0) AS executing_ms,
           analysis_time_ms, blocked_time_ms
    FROM completed_queries
    WHERE create_time >= CAST(? AS timestamp) AND create_time < CAST(? AS timestamp)
)
SELECT time_bucket,
       count(*) AS query_count,
       sum(elapsed_time_ms) AS elapsed_ms,
       sum(queued_time_ms) AS queued_ms,
       sum(waiting_time_ms) AS waiting_ms,
       sum(planning_time_ms) AS planning_ms,
       sum(executing_ms) AS execution_ms,
       sum(greatest(elapsed_time_ms - queued_time_ms - waiting_time_ms - planning_time_ms - executing_ms, 0)) AS other_ms,
       sum(analysis_time_ms) AS analysis_ms,
       sum(blocked_time_ms) AS blocked_ms
FROM parts
GROUP BY time_bucket
ORDER BY time_bucket

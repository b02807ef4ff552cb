-- How are the execution times of finished queries distributed over the whole window?
-- Parameters: since, until.
-- Bucket i > 0 counts times above g^(i-1) ms, up to g^i ms, with g = 1.01 / 0.99; bucket -1 counts times below 1 ms.
WITH finished AS (
    SELECT execution_time_ms,
           CASE WHEN execution_time_ms < 1 THEN -1
                ELSE CAST(ceil(ln(execution_time_ms) / ln(1.01E0 / 0.99E0)) AS bigint) END AS log_bucket
    FROM completed_queries
    WHERE state = 'FINISHED'
      AND create_time >= CAST(? AS timestamp) AND create_time < CAST(? AS timestamp)
)
SELECT log_bucket, count(*) AS query_count, sum(execution_time_ms) AS sum_ms
FROM finished
GROUP BY log_bucket
ORDER BY log_bucket

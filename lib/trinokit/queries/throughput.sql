-- How many queries were created, bin by bin?
-- Parameters: bin_minutes, since, until.
WITH created AS (
    SELECT date_add('minute', -(date_diff('minute', TIMESTAMP '1970-01-01 00:00:00', create_time) % ?),
                    date_trunc('minute', create_time)) AS time_bucket,
           state
    FROM completed_queries
    WHERE create_time >= CAST(? AS timestamp) AND create_time < CAST(? AS timestamp)
)
SELECT time_bucket, count(*) AS query_count, count_if(state <> 'FINISHED') AS failed_count
FROM created
GROUP BY time_bucket
ORDER BY time_bucket

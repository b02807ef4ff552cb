-- How many queries did each user create, hour by hour?
-- Parameters: since, until.
SELECT date_trunc('hour', create_time) AS time_bucket, user, count(*) AS query_count
FROM completed_queries
WHERE create_time >= CAST(? AS timestamp) AND create_time < CAST(? AS timestamp)
GROUP BY date_trunc('hour', create_time), user
ORDER BY time_bucket, user

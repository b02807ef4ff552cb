-- Between which moments does the window hold queries, and how many?
-- Parameters: since, until.
SELECT count(*) AS query_count, min(create_time) AS first_created, max(create_time) AS last_created
FROM completed_queries
WHERE create_time >= CAST(? AS timestamp) AND create_time < CAST(? AS timestamp)

-- Which queries executed longest?
-- Parameters: since, until, rows.
SELECT query_id, user, state, execution_time_ms, query
FROM completed_queries
WHERE create_time >= CAST(? AS timestamp) AND create_time < CAST(? AS timestamp)
ORDER BY execution_time_ms DESC, query_id
LIMIT ?

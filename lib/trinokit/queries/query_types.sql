-- What kinds of statements were sent?
-- Parameters: since, until.
-- The types are Trino's own; a statement that could not be parsed has none.
SELECT coalesce(query_type, '(not parsed)') AS query_type,
       count(*) AS query_count,
       count_if(state <> 'FINISHED') AS failed_count,
       CAST(count(*) AS double) / CAST(sum(count(*)) OVER () AS double) AS share
FROM completed_queries
WHERE create_time >= CAST(? AS timestamp) AND create_time < CAST(? AS timestamp)
GROUP BY coalesce(query_type, '(not parsed)')
ORDER BY query_count DESC, query_type

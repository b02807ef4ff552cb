-- Which rows are missing from the history?
-- Parameters: since, until, since, until.
-- A query_id is YYYYMMDD_HHMMSS_NNNNN_coordinator; the counter N grows by one a query and restarts at 0 with each
-- UTC day, and with the first second that finds it at 90,000 or above. A number that is neither in the history nor
-- still running is lost. What is lost before a coordinator's first row, after its last row or just before a restart
-- cannot be seen.
WITH either AS (
    SELECT query_id, 1 AS completed
    FROM completed_queries
    WHERE create_time >= CAST(? AS timestamp) AND create_time < CAST(? AS timestamp)
    UNION ALL
    SELECT query_id, 0 AS completed
    FROM runtime_queries
    WHERE state NOT IN ('FINISHED', 'FAILED')
      AND create_time >= CAST(? AS timestamp) AND create_time < CAST(? AS timestamp)
),
known AS (
    SELECT query_id, max(completed) AS completed
    FROM either
    GROUP BY query_id
),
numbered AS (
    SELECT query_id, completed,
           substr(query_id, 1, 8) AS utc_day,
           substr(query_id, 23) AS coordinator,
           CAST(substr(query_id, 17, 5) AS bigint) AS counter,
           lag(query_id) OVER (PARTITION BY substr(query_id, 23) ORDER BY query_id) AS previous_id
    FROM known
    WHERE regexp_like(query_id, '^[0-9]{8}_[0-9]{6}_[0-9]{5}_.')
),
followed AS (
    SELECT query_id, completed, utc_day, coordinator, counter,
           CASE WHEN substr(previous_id, 1, 8) = utc_day THEN CAST(substr(previous_id, 17, 5) AS bigint)
                WHEN previous_id IS NULL THEN counter - 1
                ELSE -1 END AS previous
    FROM numbered
)
SELECT coordinator,
       utc_day,
       min(query_id) AS first_query_id,
       max(query_id) AS last_query_id,
       sum(completed) AS rows_seen,
       count(*) - sum(completed) AS still_running,
       sum(CASE WHEN counter > previous THEN counter - previous - 1
                ELSE greatest(89999 - previous, 0) + counter END) AS rows_lost
FROM followed
GROUP BY coordinator, utc_day
UNION ALL
SELECT '(not an id of Trino)' AS coordinator, '' AS utc_day, min(query_id) AS first_query_id,
       max(query_id) AS last_query_id, count(*) AS rows_seen, 0 AS still_running, CAST(NULL AS bigint) AS rows_lost
FROM known
WHERE NOT regexp_like(query_id, '^[0-9]{8}_[0-9]{6}_[0-9]{5}_.')
HAVING count(*) > 0
ORDER BY utc_day, first_query_id, coordinator

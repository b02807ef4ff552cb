-- How many queries are active and queued now, and how many completed and failed in the window?
-- Parameters: since, until.
-- The history holds completed queries only; the others come from system.runtime.queries at the same moment.
WITH seen AS (
    SELECT CASE WHEN state = 'FINISHED' THEN 'COMPLETED' ELSE 'FAILED' END AS standing, state
    FROM completed_queries
    WHERE create_time >= CAST(? AS timestamp) AND create_time < CAST(? AS timestamp)
    UNION ALL
    SELECT CASE WHEN state IN ('QUEUED', 'WAITING_FOR_RESOURCES') THEN 'QUEUED' ELSE 'ACTIVE' END AS standing, state
    FROM runtime_queries
    WHERE state NOT IN ('FINISHED', 'FAILED')
),
always AS (
    SELECT place, standing, state
    FROM (VALUES (1, 'ACTIVE', 'RUNNING'), (2, 'QUEUED', 'QUEUED'), (3, 'COMPLETED', 'FINISHED'), (4, 'FAILED', 'FAILED'))
         AS t (place, standing, state)
),
counted AS (
    SELECT standing, state, count(*) AS queries FROM seen GROUP BY standing, state
)
SELECT coalesce(counted.standing, always.standing) AS standing,
       coalesce(counted.state, always.state) AS state,
       coalesce(counted.queries, 0) AS query_count
FROM always
FULL JOIN counted ON counted.standing = always.standing AND counted.state = always.state
ORDER BY CASE coalesce(counted.standing, always.standing)
              WHEN 'ACTIVE' THEN 1 WHEN 'QUEUED' THEN 2 WHEN 'COMPLETED' THEN 3 ELSE 4 END,
         query_count DESC, state

-- Who loads the cluster?
-- Parameters: since, until, rows, rows, rows.
-- The average is over finished queries; both shares are of everything in the window, so each adds up to 1.
WITH users AS (
    SELECT user,
           count(*) AS queries,
           count_if(state <> 'FINISHED') AS failed,
           count_if(state = 'FINISHED') AS finished,
           sum(CASE WHEN state = 'FINISHED' THEN execution_time_ms ELSE 0 END) AS finished_ms,
           sum(execution_time_ms) AS sum_ms
    FROM completed_queries
    WHERE create_time >= CAST(? AS timestamp) AND create_time < CAST(? AS timestamp)
    GROUP BY user
),
ranked AS (
    SELECT user, queries, failed, finished, finished_ms, sum_ms,
           row_number() OVER (ORDER BY queries DESC, user) AS place
    FROM users
),
lines AS (
    SELECT CASE WHEN place <= ? THEN user ELSE '(all others)' END AS name,
           CASE WHEN place <= ? THEN place ELSE ? + 1 END AS line,
           queries, failed, finished, finished_ms, sum_ms
    FROM ranked
)
SELECT name AS user,
       count(*) AS users,
       sum(queries) AS query_count,
       sum(failed) AS failed_count,
       CAST(sum(finished_ms) AS double) / CAST(nullif(sum(finished), 0) AS double) AS avg_execution_time,
       CAST(sum(queries) AS double) / CAST(sum(sum(queries)) OVER () AS double) AS share_of_queries,
       CAST(sum(sum_ms) AS double) / CAST(nullif(sum(sum(sum_ms)) OVER (), 0) AS double) AS share_of_execution_time
FROM lines
GROUP BY line, name
ORDER BY line

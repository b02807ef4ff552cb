#!/usr/bin/env bash
# One would guess: what sqlglot cannot carry from Trino to DuckDB is refused with unsupported_level=RAISE, and the rest gives the same answer.
# What happens: both engines answer, differently, from whole division and hours between two times to 1_000_000, which becomes 1 under another name.
# Who meets it: whoever tests a cluster's questions on DuckDB, or answers them from files when the cluster is gone.
# Needs: pip, Maven, and a JDK 25 with jdk.incubator.vector named by JAVA_HOME; two to ten minutes.
set -euo pipefail
java=${JAVA_HOME:?expected a JDK 25, found none: set JAVA_HOME}/bin/java
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

trino=483
cat > queries <<'END'
SELECT 7 / 2
SELECT 1_000_000
SELECT CAST(2.5e0 AS bigint)
SELECT try(1 / 0)
SELECT date_diff('hour', timestamp '2026-11-30 10:59:00', timestamp '2026-11-30 11:01:00')
SELECT extract(dow FROM date '2026-11-29')
SELECT millisecond(timestamp '2026-11-30 22:15:07.123')
SELECT split('a,b,c', ',', 2)
SELECT regexp_replace('2026-11', '(\d+)-(\d+)', '$2/$1')
SELECT array_max(ARRAY[1, NULL, 3])
SELECT slice(ARRAY[1, 2, 3, 4], 2, 2)
SELECT x FROM (VALUES 1, 1, 2) t (x) ORDER BY x FETCH FIRST 1 ROW WITH TIES
SELECT approx_percentile(x, w, 0.5) FROM (VALUES (1, 9), (2, 1), (3, 1)) t (x, w)
END

cat > pom.xml <<END
<project>
  <modelVersion>4.0.0</modelVersion><groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>io.trino</groupId><artifactId>trino-main</artifactId><version>$trino</version></dependency>
  </dependencies>
</project>
END
mvn --quiet --batch-mode -Dmaven.repo.local=repository dependency:copy-dependencies -DincludeScope=runtime \
  -DoutputDirectory=lib > mvn.log 2>&1 || { cat mvn.log; exit 1; }
cat > Ask.java <<'END'
import io.trino.testing.StandaloneQueryRunner;
import io.trino.testing.TestingSession;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;

public class Ask {
    public static void main(String[] arguments) throws Exception {
        var answers = new ArrayList<String>();
        try (var trino = new StandaloneQueryRunner(TestingSession.testSession())) {
            for (String query : Files.readAllLines(Path.of("queries"))) {
                var rows = trino.execute(trino.getDefaultSession(), query).getMaterializedRows();
                answers.add(String.join("; ", rows.stream().map(row -> String.valueOf(row.getField(0))).toList()));
            }
        }
        Files.write(Path.of("trino"), answers);
        System.exit(0);
    }
}
END
"$java" --add-modules=jdk.incubator.vector -cp "lib/*" Ask.java > java.log 2>&1 || { cat java.log; exit 1; }

python3 -m venv venv
venv/bin/pip install --quiet sqlglot==30.30.0 duckdb==2.0.1
cat > ask.py <<'END'
from pathlib import Path

import duckdb
import sqlglot

strict = sqlglot.ErrorLevel.RAISE
for query, trino in zip(Path("queries").read_text().splitlines(), Path("trino").read_text().splitlines(), strict=True):
    [carried] = sqlglot.transpile(query, read="trino", write="duckdb", unsupported_level=strict)
    answer = "; ".join(str(row[0]) for row in duckdb.sql(carried).fetchall())
    print(f"{query}\n    Trino {trino} | DuckDB {answer}")
END
venv/bin/python ask.py > seen

cat > expected <<'END'
SELECT 7 / 2
    Trino 3 | DuckDB 3.5
SELECT 1_000_000
    Trino 1000000 | DuckDB 1
SELECT CAST(2.5e0 AS bigint)
    Trino 3 | DuckDB 2
SELECT try(1 / 0)
    Trino null | DuckDB inf
SELECT date_diff('hour', timestamp '2026-11-30 10:59:00', timestamp '2026-11-30 11:01:00')
    Trino 0 | DuckDB 1
SELECT extract(dow FROM date '2026-11-29')
    Trino 7 | DuckDB 0
SELECT millisecond(timestamp '2026-11-30 22:15:07.123')
    Trino 123 | DuckDB 7123
SELECT split('a,b,c', ',', 2)
    Trino [a, b,c] | DuckDB ['a', 'b', 'c']
SELECT regexp_replace('2026-11', '(\d+)-(\d+)', '$2/$1')
    Trino 11/2026 | DuckDB $2/$1
SELECT array_max(ARRAY[1, NULL, 3])
    Trino null | DuckDB 3
SELECT slice(ARRAY[1, 2, 3, 4], 2, 2)
    Trino [2, 3] | DuckDB [2]
SELECT x FROM (VALUES 1, 1, 2) t (x) ORDER BY x FETCH FIRST 1 ROW WITH TIES
    Trino 1; 1 | DuckDB 1
SELECT approx_percentile(x, w, 0.5) FROM (VALUES (1, 9), (2, 1), (3, 1)) t (x, w)
    Trino 1 | DuckDB 2
END
echo "Trino $trino"
venv/bin/pip list 2>/dev/null | grep -E '^(sqlglot|duckdb) '
cat seen
diff expected seen && echo "as found"

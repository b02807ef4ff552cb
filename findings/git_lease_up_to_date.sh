#!/usr/bin/env bash
# One would guess: a push with --force-with-lease=REF:ID fails whenever the remote's ref is not at ID, and with an empty ID whenever the ref exists.
# What happens: the lease is looked at only where the ref would move; one that is up to date passes with any lease, and --atomic lets the rest of the push through.
# Who meets it: whoever releases by pushes with leases and takes exit code 0 for "nobody was here before me".
# Needs: git (seen with 2.39.5), Go 1.26; one to ten minutes.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
export GOPATH=$work/go GOCACHE=$work/cache GOFLAGS="-mod=mod -modcacherw"

# The same is asked of go-git, which GitOps controllers push with.
cat > go.mod <<'END'
module finding

go 1.26

require github.com/go-git/go-git/v5 v5.19.3
END
cat > push.go <<'END'
package main

import (
	"fmt"
	"os"

	"github.com/go-git/go-git/v5"
	"github.com/go-git/go-git/v5/config"
	"github.com/go-git/go-git/v5/plumbing"
)

func main() {
	clone, err := git.PlainOpen("clone")
	if err == nil {
		main := plumbing.NewBranchReferenceName("main")
		err = clone.Push(&git.PushOptions{
			RefSpecs:       []config.RefSpec{config.RefSpec(main + ":" + main)},
			ForceWithLease: &git.ForceWithLease{RefName: main, Hash: plumbing.NewHash(os.Args[1])},
		})
	}
	fmt.Println("go-git:", err)
}
END
go build -o push . > build.log 2>&1 || { cat build.log; exit 1; }

git init --quiet --bare --initial-branch=main remote.git
git init --quiet --initial-branch=main clone
git -C clone config user.name somebody
git -C clone config user.email somebody@example.invalid
git -C clone remote add origin "$work/remote.git"
commit() { git -C clone commit --quiet --allow-empty --message="$1"; }
push() {
  title=$1
  shift
  echo "$title:"
  code=0
  git -C clone push --porcelain "$@" > pushed 2> /dev/null || code=$?
  sed -n 's/^\([!=*]\)\t\([^\t]*\)\t/  \1 \2 /p' pushed
  echo "  exit code $code"
}
commit first
git -C clone push --quiet origin main
commit second
git -C clone push --quiet origin main
first=$(git -C clone rev-parse main~1)
{
  push "up to date, lease on an older commit" --force-with-lease="main:$first" origin main
  push "up to date, lease that it does not exist" --force-with-lease=main: origin main
  push "the same beside a tag" --atomic --force-with-lease=main: origin main main:refs/tags/v1
  ./push "$first"
  commit third
  push "one commit ahead, lease on an older commit" --force-with-lease="main:$first" origin main
} > seen

cat > expected <<'END'
up to date, lease on an older commit:
  = refs/heads/main:refs/heads/main [up to date]
  exit code 0
up to date, lease that it does not exist:
  = refs/heads/main:refs/heads/main [up to date]
  exit code 0
the same beside a tag:
  = refs/heads/main:refs/heads/main [up to date]
  * refs/heads/main:refs/tags/v1 [new tag]
  exit code 0
go-git: already up-to-date
one commit ahead, lease on an older commit:
  ! refs/heads/main:refs/heads/main [rejected] (stale info)
  exit code 1
END
git --version
go list -m -f '{{.Path}} {{.Version}}' github.com/go-git/go-git/v5
cat seen
diff expected seen && echo "as found"

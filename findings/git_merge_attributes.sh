#!/usr/bin/env bash
# One would guess: git merge-tree --write-tree of two commits depends on these commits alone, so a merge can be computed anywhere before it is made.
# What happens: .gitattributes are read from the working tree, so the checked-out branch, and even an untracked file, decide between a conflict and a clean merge; libgit2 does likewise.
# Who meets it: whoever shows beforehand whether a release branch can be merged, in a clone that stands on some other branch.
# Needs: git from 2.38 on (seen with 2.39.5), pip.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1

python3 -m pip install --quiet --root-user-action=ignore --target packages pygit2==1.21.0
cat > merge.py <<'END'
import pygit2

repository = pygit2.Repository("clone")
hotfix, feature = (repository.revparse_single(name) for name in ("hotfix", "feature"))
merged = repository.merge_commits(hotfix.id, feature.id)
print("    libgit2:", "conflict" if merged.conflicts else repository[merged["VERSION"].id].data.decode().split())
END

git init --quiet --initial-branch=main clone
git -C clone config user.name somebody
git -C clone config user.email somebody@example.invalid
branch() {
  git -C clone switch --quiet --create "$1" main
  echo "$2" > clone/VERSION
  echo "VERSION merge=union" > clone/.gitattributes
  git -C clone add --all
  git -C clone commit --quiet --message="$1"
}
echo 1.0.0 > clone/VERSION
git -C clone add --all
git -C clone commit --quiet --message=begin
branch hotfix 1.0.1
branch feature 1.1.0
merge() {
  echo "$1"
  tree=$(git -C clone merge-tree --write-tree hotfix feature | head -n 1) && said=clean || said=conflict
  [ "$said" = conflict ] || said=$(git -C clone show "$tree:VERSION" | xargs)
  echo "    git: $said"
  PYTHONPATH=packages python3 merge.py
}
{
  merge "both commits have the attribute, one of them is checked out"
  git -C clone switch --quiet main
  merge "main, which has no attribute, is checked out"
  echo "VERSION merge=union" > clone/.gitattributes
  merge "an untracked .gitattributes lies there"
} > seen

cat > expected <<'END'
both commits have the attribute, one of them is checked out
    git: 1.0.1 1.1.0
    libgit2: ['1.0.1', '1.1.0']
main, which has no attribute, is checked out
    git: conflict
    libgit2: conflict
an untracked .gitattributes lies there
    git: 1.0.1 1.1.0
    libgit2: ['1.0.1', '1.1.0']
END
git --version
PYTHONPATH=packages python3 -c 'import pygit2; print("pygit2", pygit2.__version__, "libgit2", pygit2.LIBGIT2_VERSION)'
cat seen
diff expected seen && echo "as found"

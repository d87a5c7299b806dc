#!/bin/bash
# compare.sh REPORT [FLAG...] compares the embedded roots with those that AWS
# publishes and changes neither. It writes REPORT, in Markdown: empty if they are
# the same. The flags are bundlegen's; -in and -in-govcloud do without the network.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
report=$1
shift

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$repository"/bundle/*.pem "$repository"/bundle/index.go "$work"

# Removals are for a person to judge too, so they are reported, not refused.
changes=$(cd "$repository" && ${GO:-go} run ./internal/bundlegen -allow-removal -dir "$work" "$@")
echo "$changes"

: >"$report"
for name in global-bundle.pem us-gov-roots.pem; do
	cmp -s "$repository/bundle/$name" "$work/$name" || differs=yes
done
if [ -z "${differs:-}" ]; then
	exit 0
fi
cat >"$report" <<END
The roots that AWS publishes are not the embedded ones. Added and removed, with
the SHA-256 digest of each certificate:

\`\`\`
$changes
\`\`\`

\`\`\`
$(cd "$work" && sha256sum global-bundle.pem us-gov-roots.pem)
\`\`\`

How to check and adopt them: docs/bundle.md, "Updating".
END

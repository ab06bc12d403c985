#!/bin/sh
# The demonstration from keys to audit, once; prints TAP.
if "$(dirname "$0")/run" >&2; then echo "ok 1 - the demonstration: every node audited, one root"
else echo "not ok 1 - the demonstration"; fi
echo 1..1

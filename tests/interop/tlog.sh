#!/bin/sh
# Logs made by our code, checked by Go's; then each kind of damage must be found.
# BUILD is the folder of built things, SAN its sanitizer flags if it has any. Prints TAP.
set -u
root=$(cd "$(dirname "$0")/../.." && pwd)
BUILD=${BUILD:-build/dev}
case $BUILD in /*) ;; *) BUILD=$root/$BUILD ;; esac
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
n=0
failed=0

ok() {
    n=$((n + 1))
    echo "ok $n - $1"
}

not_ok() {
    n=$((n + 1))
    failed=$((failed + 1))
    echo "not ok $n - $1"
    sed 's/^/# /' "$work/out"
}

bail() {
    sed 's/^/# /' "$work/out"
    echo "Bail out! $1"
    exit 1
}

# $1: what it is called; the rest: a command that must succeed.
good() {
    name=$1
    shift
    if "$@" >"$work/out" 2>&1; then
        ok "$name: $(tail -n 1 "$work/out")"
    else
        not_ok "$name"
    fi
}

# $1: what it is called; $2: what the complaint begins with; the rest: must fail.
bad() {
    name=$1
    why=$2
    shift 2
    if "$@" >"$work/out" 2>&1; then
        not_ok "$name is accepted"
    elif grep -q "^check: $why" "$work/out"; then
        ok "$name is found: $(tail -n 1 "$work/out")"
    else
        not_ok "$name is refused for another reason"
    fi
}

# flip FILE OFFSET: turns the lowest bit of a byte; of base64, to another letter.
flip() {
    byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
    printf '%b' "\\0$(printf %o $((byte ^ 1)))" |
        dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}

sizes="1 2 255 256 257 65536 70000"

# shellcheck disable=SC2086
${CC:-cc} -std=c17 -D_GNU_SOURCE -I"$root/shared" -O1 ${SAN:-} -o "$work/makelog" \
    "$root/tests/interop/makelog.c" "$BUILD/shared.a" -lsodium -lcrypto -lpthread \
    >"$work/out" 2>&1 || bail "makelog does not build"
GO111MODULE=off GOPATH=/usr/share/gocode GOCACHE="$work/cache" GOFLAGS="" \
    go build -o "$work/check" "$root/tests/interop/check.go" >"$work/out" 2>&1 ||
    bail "check does not build"
# shellcheck disable=SC2086
"$work/makelog" "$work/logs" $sizes >"$work/out" 2>&1 || bail "no logs"

{
    read -r log
    read -r a
    read -r b
    read -r c
} <"$work/logs/keys"

check() {
    "$work/check" -log "$log" -cosigner "$a" -cosigner "$b" -cosigner "$c" -quorum 3 "$@"
}

old=
for size in $sizes; do
    base=$work/logs/$size
    if [ -n "$old" ]; then
        good "from $old to $size" check -old "$work/logs/$old/log/checkpoint" \
            -consistency "$base/consistency" "$base"
    else
        good "$size" check "$base"
    fi
    old=$size
done

# Damage, one thing at a time, to a copy of a log.
damage() {
    rm -rf "$work/copy"
    cp -r "$work/logs/${1:-257}" "$work/copy"
}

for tile in 0/000 0/001.p/1 1/000.p/1; do
    damage
    flip "$work/copy/log/tile/$tile" 5
    bad "a bit turned in tile $tile" "tile: .*inconsistent tile" check "$work/copy"
done
damage 70000
flip "$work/copy/log/tile/0/150" 5
bad "a bit turned in a tile among many" "tile: .*inconsistent tile" check "$work/copy"
damage
rm "$work/copy/log/tile/0/001.p/1"
bad "a missing tile" "tile: .*no such file" check "$work/copy"
damage
printf x >>"$work/copy/log/tile/0/000"
bad "a tile too long" "tile: .*bytes" check "$work/copy"

damage
flip "$work/copy/log/tile/entries/000" 2
bad "a bit turned in an entry" "bundle: .*not the one in the tree" check "$work/copy"
damage
flip "$work/copy/log/tile/entries/000" 1
bad "a bit turned in an entry's length" "bundle: " check "$work/copy"
damage
printf '\0\001x' >>"$work/copy/log/tile/entries/000"
bad "an entry too many" "bundle: .*too many" check "$work/copy"

# "c2sp.org/tlog-proof@v1\nindex 0\n" has 31 bytes; then comes the first hash.
damage
flip "$work/copy/log/proof/0" 36
bad "a bit turned in a proof's hash" "proof: of 0: " check "$work/copy"
damage
flip "$work/copy/log/proof/0" 29
bad "a bit turned in a proof's index" "proof: 0 is malformed" check "$work/copy"
damage
cp "$work/copy/log/proof/1" "$work/copy/log/proof/0"
bad "the proof of another entry" "proof: 0 is malformed" check "$work/copy"
damage
sed 3d "$work/logs/257/log/proof/0" >"$work/copy/log/proof/0"
bad "a hash missing in a proof" "proof: of 0: " check "$work/copy"

# The origin and its newline have 24 bytes; then comes the size.
damage
flip "$work/copy/log/checkpoint" 26
bad "a bit turned in the size" "checkpoint: invalid signature" check "$work/copy"
damage
sed 's/^\(— XM-DAC-41301.\{40\}\)./\1%/' "$work/logs/257/log/checkpoint" |
    tr % A >"$work/copy/log/checkpoint"
cmp -s "$work/copy/log/checkpoint" "$work/logs/257/log/checkpoint" &&
    sed 's/^\(— XM-DAC-41301.\{40\}\)./\1B/' "$work/logs/257/log/checkpoint" \
        >"$work/copy/log/checkpoint"
bad "a letter changed in a cosignature" "checkpoint: invalid signature" check "$work/copy"
damage
sed '/^— XM-DAC-41302/d' "$work/logs/257/log/checkpoint" >"$work/copy/log/checkpoint"
bad "a cosignature too few" "checkpoint: .*2 of 3" check "$work/copy"
damage
sed '/^— log/d' "$work/logs/257/log/checkpoint" >"$work/copy/log/checkpoint"
bad "a checkpoint that the log did not sign" "checkpoint: signed by the log: false" \
    check "$work/copy"

damage
flip "$work/copy/consistency" 3
bad "a bit turned in a consistency proof" "consistency: the log's proof" check \
    -old "$work/logs/255/log/checkpoint" -consistency "$work/copy/consistency" "$work/copy"
bad "a consistency proof from another size" "consistency: the log's proof" check \
    -old "$work/logs/2/log/checkpoint" -consistency "$work/logs/257/consistency" \
    "$work/logs/257"
damage
sed '/witness w1/d' "$work/logs/257/log/policy" >"$work/copy/log/policy"
bad "a cosigner missing in the policy" "policy: " check "$work/copy"

echo "1..$n"
[ "$failed" -eq 0 ]

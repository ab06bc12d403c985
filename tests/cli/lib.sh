# What transcripts use besides the programs. Sourced by run.tap.

PATH=$BIN:$PATH
export PATH NO_COLOR=1 ORIGIN=avow.example.org/test
unset AVOW_DIR AVOW_PASSPHRASE AVOW_PASSPHRASE_FILE XDG_DATA_HOME
export HOME=/nonexistent

# What varies from run to run, by name.
normal() {
    sed -E -e "s#$PWD#<dir>#g" \
        -e 's#[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z#<time>#g' \
        -e 's#^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}  #<day and hour>  #' \
        -e 's#^  [0-9]{4}-[0-9]{2}-[0-9]{2}  \##  <day>  \##' \
        -e 's#[0-9]{4}-[0-9]{2}-[0-9]{2}, \##<day>, \##g' \
        -e 's#, [0-9]{4}, as of #, <year>, as of #' \
        -e 's#  [0-9]{4}-[0-9]{2}-[0-9]{2}(( +[0-9]+){4})$#  <day>\1#' \
        -e 's#\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}#+<key>#g' \
        -e 's#\+[0-9a-f]{8}\b#+<id>#g' \
        -e 's#\b[0-9a-f]{64}\b#<hash>#g' \
        -e 's#(outbox|seq)-[0-9a-f]{8}#\1-<id>#g' \
        -e 's#\bkey [0-9a-f]{8}\b#key <id>#g; s#"key":"[0-9a-f]{8}"#"key":"<id>"#g' \
        -e 's#\([0-9a-f]{8}\)#(<id>)#g' \
        -e 's#^(— [^ ]+) [A-Za-z0-9+/]{90,91}=$#\1 <signature>#' \
        -e 's#"id":"[0-9a-f]{8}"#"id":"<id>"#; s#^id      [0-9a-f]{8}$#id      <id>#' \
        -e 's#[A-Za-z0-9+/]{86}==#<signature>#g' \
        -e 's#[A-Za-z0-9+/]{43}=#<root>#g' \
        -e 's#(tcp|http)://127\.0\.0\.1:[0-9]+#\1://127.0.0.1:<port>#g'
}

pids=
stop_all() {
    local p
    for p in $pids; do kill "$p" 2>/dev/null; done
    for p in $pids; do wait "$p" 2>/dev/null; done
    pids=
}

# Until the command succeeds, at most ten seconds.
await() { # command...
    local i
    for ((i = 0; i < 200; i++)); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.05
    done
    echo "waited in vain for: $*" >&2
    return 1
}

has_line() { [ -s "$1" ]; }

# Start a daemon in the background; its output goes to NAME.out and NAME.err. Returns when
# it has printed that it is ready.
start() { # name, command...
    local name=$1
    shift
    : >"$name.out"
    "$@" >"$name.out" 2>"$name.err" </dev/null &
    eval "pid_$name=$!"
    pids="$pids $!"
    await has_line "$name.out" || cat "$name.err" >&2
}

# End it, and give its exit code.
stop() { # name, signal
    local pid
    eval "pid=\$pid_$1"
    kill "${2:--TERM}" "$pid" && wait "$pid"
}

# --- a log with a steward --------------------------------------------------------------

# A key without a passphrase: NAME.key and, on stdout, nothing.
key() { # file, name, options
    local file=$1 name=$2
    shift 2
    avow-keys new --no-passphrase --name "$name" "$@" "$file.key" >"$file.vkey" 2>/dev/null
}

vkey() { cat "$1.vkey"; }

# {"key":…,"proof":…,MORE} of a key, for this log.
held() { # file, more members, options of prove
    local file=$1 more=$2 proof
    shift 2
    proof=$(avow-keys prove --json --origin $ORIGIN "$@" "$file.key")
    echo "${proof%\}}$more}"
}

registered() { # file of the key, org, name, more members
    printf '{"is":"organization.registered","org":"%s","name":"%s","org_type":"40"%s,"keys":[%s]}\n' \
        "$2" "$3" "$4" "$(held "$1" ',"label":"office"')"
}

codes() { avow-broker --version | sed -n 's/^codes *//p'; }

# The charter of a log whose steward is ILO, convener of the network spf.
charter_records() {
    local log
    log=$(held log '' --org $ORIGIN)
    log=${log#\{}
    cat <<R
{"is":"log.chartered","origin":"$ORIGIN",${log%\}},"rules":1,"codes":"$(codes)","stewards":["ILO"],"quorum":1,"title":"A test"}
$(registered ilo ILO "International Labour Organization")
{"is":"network.chartered","network":"spf","name":"Floors","conveners":[{"org":"ILO","role":"convener"}],"quorum":{"admit":1,"speak":1}}
R
}

# Keys log, ilo, ilo-node; the log in broker/, running; $LINK is where nodes ask.
new_log() {
    key log $ORIGIN && key ilo ILO && key ilo-node ILO/node --cosign || return
    charter_records >charter.json
    avow statement charter.json --log $ORIGIN --key ilo.key --seq 1 --out charter.statement || return
    avow-broker init broker --origin $ORIGIN --charter charter.statement --key log.key >/dev/null || return
    start_broker
}

start_broker() { # options
    start broker avow-broker run "$@" --link tcp://127.0.0.1:${PORT:-0} --hints tcp://127.0.0.1:0 \
        --http 127.0.0.1:0 --json --log-level unusual broker || return
    LINK=$(sed -n 's/.*"link" *: *"\([^"]*\)".*/\1/p' broker.out)
    PORT=${LINK##*:}
}

# A node in the folder NAME, with the keys of that name.
new_node() { # name, options
    local name=$1
    shift
    avow init --dir "$name" --log "$(vkey log)" --broker "$LINK" \
        $([ -f "$name.key" ] && echo "--key $name.key") "$@"
}

# The reference in a line of `avow publish --json`.
reference() { sed -n 's/.*"reference":"\([^"]*\)".*/\1/p' "$@"; }

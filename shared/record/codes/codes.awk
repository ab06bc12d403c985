# Turns the code lists (<list>.tsv: code, extra, English label) into C, in the order in which
# the files are named on the command line, which is that of enum code_list.
#
# With -v canonical=1 it prints instead the text whose SHA-256 is the digest of the lists; that
# digest comes back with -v digest=.

function quoted(s)
{
    gsub(/\\/, "\\\\", s)
    gsub(/"/, "\\\"", s)
    return "\"" s "\""
}

function fail(why)
{
    print FILENAME ":" FNR ": " why > "/dev/stderr"
    failed = 1
    exit 1
}

BEGIN {
    FS = "\t"
    if (!canonical)
        printf "/* Made by codes.awk from shared/record/codes. */\n"
}

FNR == 1 {
    list = FILENAME
    sub(/.*\//, "", list)
    sub(/\.tsv$/, "", list)
    if (canonical)
        print list
    else
        printf "%sstatic const struct code codes_%d[] = {\n", n ? "};\n" : "", n
    names[n++] = list
    before = ""
}

NF != 3 || $1 == "" || $3 == "" { fail("expected code, extra and label") }
# Looked up by halving: the comparison of strings is by bytes in the C locale.
$1 "" <= before "" { fail("codes stand in byte order, each once") }

{
    before = $1
    if (canonical)
        printf "%s\t%s\n", $1, $2
    else
        printf "    { %s, %s, %s },\n", quoted($1), quoted($2), quoted($3)
}

END {
    if (failed || canonical)
        exit failed
    printf "};\n#define CODES_FILES %d\n", n
    printf "static const struct code_table code_tables[] = {\n"
    for (i = 0; i < n; i++)
        printf "    { %s, codes_%d, sizeof(codes_%d) / sizeof(codes_%d[0]) },\n",
            quoted(names[i]), i, i, i
    printf "};\n#define CODES_DIGEST %s\n", quoted(digest)
}

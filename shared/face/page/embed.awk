# Turns files into C: reads the output of `od -An -v -tu1`, with -v name=FILE for each file,
# or with -v table=1 the files' names, one a line, for the table of struct page_asset that
# ends the header.

function identifier(s)
{
    sub(/.*\//, "", s)
    gsub(/[^a-z0-9]/, "_", s)
    return "page_" s
}

function type(s)
{
    if (s ~ /\.html$/)
        return "text/html; charset=utf-8"
    if (s ~ /\.js$/)
        return "text/javascript; charset=utf-8"
    if (s ~ /\.css$/)
        return "text/css; charset=utf-8"
    if (s ~ /\.svg$/)
        return "image/svg+xml"
    return "application/json"
}

BEGIN {
    if (table)
        print "static const struct page_asset page_assets[] = {"
    else
        printf "static const uint8_t %s[] = {\n", identifier(name)
}

table {
    file = $0
    sub(/.*\//, "", file)
    printf "    { \"%s\", \"%s\", %s, sizeof(%s) },\n", file, type(file), identifier(file), identifier(file)
    next
}

{
    gsub(/[0-9]+/, "&,")
    print
}

END {
    print "};"
}

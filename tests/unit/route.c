/* tests/unit/route.c: requests and answers, and what they prove */
#include "unit/face_story.h"

#include "face/route.h"
#include "tlog/bundle.h"
#include "tlog/policy.h"
#include "tlog/proof.h"

/* 2026-11-23T12:00:00Z */
static int64_t now_s(void)
{
    return 1795435200;
}

static const struct route_context context = { "1.0", "https://avow.example.org",
                                              "avow-broker", now_s };

struct asked {
    const char *method, *path, *query, *accept, *encoding, *etag, *lang;
};

static struct http_request request(const struct asked *a)
{
    return (struct http_request){
        .method = bytes_of(a->method != NULL ? a->method : "GET"),
        .path = bytes_of(a->path),
        .query = bytes_of(a->query),
        .accept = bytes_of(a->accept),
        .accept_encoding = bytes_of(a->encoding),
        .accept_language = bytes_of(a->lang),
        .if_none_match = bytes_of(a->etag),
    };
}

/* As the program does: find, then answer. */
static struct http_response ask(struct story *t, const struct asked *a)
{
    struct http_request rq = request(a);
    struct http_response out = { 0 };

    enum route_type type = route_find(&rq, &out);

    if (type == ROUTE_READ || type == ROUTE_EVENTS)
        assert_status(route_answer(t->stage->store, &context, &rq, &out), STATUS_OK);
    http_response_finish(&out, &rq);
    return out;
}

#define ASK(t, ...) ask((t), &(struct asked){ __VA_ARGS__ })

static json_t *body_of(const struct http_response *r)
{
    json_t *json = NULL;

    assert_status(json_parse(buf_bytes(&r->body), &json), STATUS_OK);
    return json;
}

static void problem(struct story *t, const char *path, const char *query, unsigned status,
                    const char *type)
{
    struct http_response r = ASK(t, .path = path, .query = query);
    json_t *json = body_of(&r);

    assert_int_equal(r.status, status);
    assert_string_equal(r.type, "application/problem+json");
    assert_bytes_eq(json_member(json, "type"), type);
    assert_int_equal(json_integer_value(json_object_get(json, "status")), status);
    assert_true(json_member(json, "detail").len > 0);
    json_decref(json);
    http_response_clear(&r);
}

TEST(requests_are_told_apart)
{
    static const struct {
        struct asked ask;
        enum route_type type;
    } cases[] = {
        { { .path = "/" }, ROUTE_READ },
        { { .path = "/assets/app.js" }, ROUTE_READ },
        { { .path = "/api/v1/pledges", .method = "HEAD" }, ROUTE_READ },
        { { .path = "/api/v1/events" }, ROUTE_READ },
        { { .path = "/api/v1/events", .query = "since=1&wait=5" }, ROUTE_EVENTS },
        { { .path = "/api/v1/statements", .method = "POST" }, ROUTE_STATEMENT },
        { { .path = "/log/cosignature", .method = "POST" }, ROUTE_COSIGNATURE },
        { { .path = "/feed" }, ROUTE_FEED },
        { { .path = "/feed.sse" }, ROUTE_FEED_SSE },
        { { .path = "/healthz" }, ROUTE_METRICS },
        { { .path = "/api/v1/statements", .method = "OPTIONS" }, ROUTE_PREFLIGHT },
        { { .path = "/nothing" }, ROUTE_NONE },
        { { .path = "" }, ROUTE_NONE },
        { { .path = "/api/v1/statements" }, ROUTE_NONE },
        { { .path = "/api/v1/pledges", .method = "POST" }, ROUTE_NONE },
        { { .path = "/feed", .method = "DELETE" }, ROUTE_NONE },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct http_request rq = request(&cases[i].ask);
        struct http_response out = { 0 };

        assert_int_equal(route_find(&rq, &out), cases[i].type);
        http_response_clear(&out);
    }
}

TEST(problems_and_verdicts_get_the_size_on_their_way)
{
    struct outcome known = { .type = OUTCOME_KNOWN, .index = 3 };
    struct http_response out = { 0 };

    route_problem(&out, 404, "not-found", "Not found", "no", 0);
    http_response_size(&out, 7);
    assert_buf_eq(&out.body, "{\"type\":\"not-found\",\"title\":\"Not found\",\"status\":"
                             "404,\"detail\":\"no\",\"size\":7}");
    route_outcome(&out, &known, true, (struct bytes){ 0 });
    http_response_size(&out, 8);
    assert_buf_eq(&out.body, "{\"outcome\":\"known\",\"index\":3,\"size\":8}");
    http_response_clear(&out);
    out.type = "application/json";
    buf_text(&out.body, "{\"size\":3}");
    http_response_size(&out, 8);
    assert_buf_eq(&out.body, "{\"size\":3}");
    http_response_clear(&out);
}

TEST(a_wrong_method_names_the_right_ones)
{
    struct http_request rq =
        request(&(struct asked){ .method = "PUT", .path = "/api/v1/statements" });
    struct http_response out = { 0 };

    assert_int_equal(route_find(&rq, &out), ROUTE_NONE);
    assert_int_equal(out.status, 405);
    assert_string_equal(out.allow, "POST, OPTIONS");
    http_response_clear(&out);
}

TEST(what_cannot_be_served_says_why)
{
    struct story t = story_new();

    problem(&t, "/api/v1/pledges/XM-DAC-41302:PL-9", "", 404, "not-found");
    problem(&t, "/api/v1/pledges/%zz", "", 404, "not-found");
    problem(&t, "/api/v1/pledge", "", 404, "not-found");
    problem(&t, "/api/v1/nothing", "", 404, "not-found");
    problem(&t, "/api/v1/pledges", "country=Atlantis", 400, "filter");
    problem(&t, "/api/v1/pledges", "donr=44000", 400, "filter");
    problem(&t, "/api/v1/pledges", "limit=0", 400, "query.number");
    problem(&t, "/api/v1/pledges", "limit=many", 400, "query.number");
    problem(&t, "/api/v1/pledges", "after=c1", 400, "query.cursor");
    problem(&t, "/api/v1/pledges", "after=%ff", 400, "query.cursor");
    problem(&t, "/api/v1/pledges", "format=xml", 406, "format");
    problem(&t, "/api/v1/status", "format=csv", 406, "format");
    problem(&t, "/api/v1/search", "q=%22", 400, "query.search");
    problem(&t, "/api/v1/search", "", 400, "query.search");
    problem(&t, "/api/v1/due", "after=d2026", 400, "query.cursor");
    problem(&t, "/api/v1/countries/XX", "", 404, "not-found");
    problem(&t, "/api/v1/totals", "by=colour", 400, "totals.by");
    problem(&t, "/api/v1/events", "since=99", 409, "feed.ahead");
    problem(&t, "/api/v1/events", "since=-1", 400, "query.number");
    problem(&t, "/r/0", "", 404, "not-found");
    problem(&t, "/r/0/0", "", 404, "not-found");
    problem(&t, "/r/99/1", "", 404, "not-found");
    problem(&t, "/r/18446744073709551615/1", "", 404, "not-found");
    problem(&t, "/log/proof/99", "", 404, "not-found");
    problem(&t, "/log/proof/01", "", 404, "not-found");
    problem(&t, "/log/tile/0/001", "", 404, "not-found");
    problem(&t, "/assets/passwd", "", 404, "not-found");
    story_free(&t);
}

TEST(an_answer_is_not_sent_twice)
{
    struct story t = story_new();
    struct http_response r = ASK(&t, .path = "/api/v1/pledges"), again, other;

    assert_int_equal(r.status, 200);
    assert_string_equal(r.type, "application/json");
    assert_non_null(r.cache_control);
    assert_true(strlen(r.etag) > 2);
    again = ASK(&t, .path = "/api/v1/pledges", .etag = r.etag);
    assert_int_equal(again.status, 304);
    assert_int_equal(again.body.len, 0);
    assert_string_equal(again.etag, r.etag);
    other = ASK(&t, .path = "/api/v1/pledges", .etag = "\"0123\", W/\"4\"");
    assert_int_equal(other.status, 200);
    http_response_clear(&r);
    http_response_clear(&again);
    http_response_clear(&other);
    story_free(&t);
}

TEST(each_part_of_the_api_answers)
{
    static const char *const paths[] = {
        "/api/v1/status",           "/api/v1/networks",
        "/api/v1/organizations",    "/api/v1/partnerships",
        "/api/v1/commitments",      "/api/v1/pledges",
        "/api/v1/totals",           "/api/v1/events",
        "/api/v1/networks/spiac-b", "/api/v1/organizations/JP-8",
    };
    struct story t = story_new();

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct http_response r = ASK(&t, .path = paths[i]);
        json_t *json = body_of(&r);

        assert_int_equal(r.status, 200);
        assert_int_equal(json_integer_value(json_object_get(json, "size")),
                         ledger_committed(t.stage->ledger));
        json_decref(json);
        http_response_clear(&r);
    }
    story_free(&t);
}

TEST(an_identifier_with_slashes_is_found)
{
    struct story t = story_new();
    struct http_response r = ASK(
        &t, .path = "/api/v1/organizations/KE-NCB-OP.218%2F051%2F95%2F010", .lang = "fr");
    json_t *json = body_of(&r);

    assert_int_equal(r.status, 200);
    assert_bytes_eq(json_member(json, "id"), KENYA);
    assert_bytes_eq(json_member(json, "name"), "Gouvernement du Kenya");
    assert_non_null(strstr(r.vary, "Accept-Language"));
    json_decref(json);
    http_response_clear(&r);
    story_free(&t);
}

TEST(a_record_is_a_page_or_json)
{
    struct story t = story_new();
    json_t *row = stage_row(t.stage, STORE_SUBJECT, "XM-DAC-41302:PL-1"), *json;
    uint64_t created = (uint64_t)json_integer_value(json_object_get(row, "created"));
    char path[64];
    struct http_response page, plain;

    snprintf(path, sizeof(path), "/r/%u/1", (unsigned)RECORD_INDEX(created));
    page = ASK(&t, .path = path, .accept = "text/html,application/xhtml+xml,*/*;q=0.8");
    plain = ASK(&t, .path = path, .accept = "*/*");
    assert_string_equal(page.type, "text/html; charset=utf-8");
    assert_non_null(strstr(buf_str(&page.body), "reported a pledge of USD 700,000"));
    assert_non_null(strstr(buf_str(&page.body), "&lt;USD&gt; 700,000 &amp; more"));
    assert_null(strstr(buf_str(&page.body), "<USD>"));
    assert_string_not_equal(page.etag, plain.etag);
    json = body_of(&plain);
    assert_bytes_eq(json_member(json, "is"), "pledge.made");
    json_decref(json);
    json_decref(row);
    http_response_clear(&page);
    http_response_clear(&plain);
    story_free(&t);
}

TEST(the_page_and_the_description_are_there)
{
    struct story t = story_new();
    struct http_response r = ASK(&t, .path = "/");
    json_t *json;

    assert_string_equal(r.type, "text/html; charset=utf-8");
    assert_non_null(strstr(buf_str(&r.body), "/assets/app.js"));
    http_response_clear(&r);
    r = ASK(&t, .path = "/assets/app.js");
    assert_string_equal(r.type, "text/javascript; charset=utf-8");
    assert_int_equal(r.status, 200);
    http_response_clear(&r);
    r = ASK(&t, .path = "/api/v1/openapi.json");
    json = body_of(&r);
    assert_bytes_eq(json_member(json, "openapi"), "3.1.0");
    json_decref(json);
    http_response_clear(&r);
    story_free(&t);
}

TEST(tiles_and_bundles_are_those_of_the_tree)
{
    struct story t = story_new();
    unsigned size = (unsigned)ledger_committed(t.stage->ledger);
    struct http_response r;
    struct tree tree;
    struct hash root, committed = ledger_root(t.stage->ledger);
    struct reader reader;
    struct bytes entry;
    char path[64];

    snprintf(path, sizeof(path), "/log/tile/entries/000.p/%u", size);
    r = ASK(&t, .path = path);
    assert_int_equal(r.status, 200);
    assert_string_equal(r.type, "application/octet-stream");
    assert_non_null(strstr(r.cache_control, "immutable"));
    tree_init(&tree);
    for (reader = reader_of(buf_bytes(&r.body)); reader.len > 0;) {
        struct hash leaf;

        assert_status(bundle_next(&reader, &entry), STATUS_OK);
        leaf = hash_leaf(entry);
        tree_append(&tree, &leaf);
    }
    root = tree_root(&tree);
    assert_true(hash_eq(&root, &committed));
    http_response_clear(&r);
    snprintf(path, sizeof(path), "/log/tile/0/000.p/%u", size - 3);
    r = ASK(&t, .path = path);
    assert_int_equal(r.body.len, (size - 3) * HASH_LEN);
    http_response_clear(&r);
    snprintf(path, sizeof(path), "/log/tile/0/000.p/%u", size + 1);
    problem(&t, path, "", 404, "not-found");
    problem(&t, "/log/tile/0/000", "", 404, "not-found");
    problem(&t, "/log/tile/1/000.p/1", "", 404, "not-found");
    story_free(&t);
}

/* A cosigner of this organization, stated and committed. */
static struct secret_key *add_cosigner_named(struct story *t, struct scribe *who,
                                             const char *label)
{
    struct secret_key *key;
    struct buf record = { 0 };
    char name[KEY_NAME_MAX + 1];

    snprintf(name, sizeof(name), "%s/%s", who->org, label);
    key = scribe_key(name, KEY_COSIGN, 0);
    buf_text(&record, "{'is':'cosigner.added',");
    scribe_state_key(key, STAGE_ORIGIN, who->org, &record);
    buf_text(&record, "}");
    ACCEPTED(say(t->stage, who, "%s", buf_str(&record)));
    stage_commit(t->stage);
    buf_clear(&record);
    return key;
}

static struct secret_key *add_cosigner(struct story *t, struct scribe *who)
{
    return add_cosigner_named(t, who, "node");
}

static struct policy *policy_now(struct story *t)
{
    struct http_response r = ASK(t, .path = "/log/policy");
    struct policy *p = NULL;

    assert_int_equal(r.status, 200);
    assert_status(policy_parse(buf_bytes(&r.body), &p, NULL), STATUS_OK);
    http_response_clear(&r);
    return p;
}

/* The receipt holds by itself: entry, root, signature, policy. */
static void check_proof(struct story *t, uint64_t index, uint64_t covers, size_t cosigned)
{
    struct policy *p = policy_now(t);
    struct http_response r;
    struct receipt receipt;
    struct checkpoint cp;
    struct store_entry e;
    struct buf note = { 0 };
    struct hash leaf;
    char path[64];
    size_t n = 0;

    snprintf(path, sizeof(path), "/log/proof/%u", (unsigned)index);
    r = ASK(t, .path = path);
    assert_int_equal(r.status, 200);
    assert_status(receipt_parse(buf_bytes(&r.body), &receipt), STATUS_OK);
    assert_int_equal(receipt.index, index);
    assert_status(store_entry_get(t->stage->store, index, &e, &note), STATUS_OK);
    leaf = hash_leaf(e.note);
    assert_status(receipt_verify(&receipt, &leaf), STATUS_OK);
    assert_status(policy_check(p, receipt.checkpoint, &cp, &n), STATUS_OK);
    assert_int_equal(cp.size, covers);
    assert_int_equal(n, cosigned);
    buf_clear(&note);
    policy_free(p);
    http_response_clear(&r);
}

TEST(without_cosigners_the_newest_checkpoint_will_do)
{
    struct story t = story_new();
    uint64_t size = ledger_committed(t.stage->ledger);
    struct http_response r = ASK(&t, .path = "/log/checkpoint"), cosigned;

    assert_string_equal(r.type, "text/plain; charset=utf-8");
    assert_string_equal(r.cache_control, "no-store");
    cosigned = ASK(&t, .path = "/log/checkpoint.cosigned");
    assert_same_bytes(buf_bytes(&cosigned.body), buf_bytes(&r.body));
    http_response_clear(&r);
    http_response_clear(&cosigned);
    r = ASK(&t, .path = "/log/policy");
    assert_non_null(strstr(buf_str(&r.body), "\nquorum none\n"));
    http_response_clear(&r);
    for (uint64_t i = 0; i < size; i++)
        check_proof(&t, i, size, 0);
    story_free(&t);
}

/* "<origin>\n<size>\n<root>\n", of the log as it is. */
static void checkpoint_text(struct story *t, struct buf *out)
{
    struct checkpoint cp = { .size = ledger_size(t->stage->ledger),
                             .root = ledger_root(t->stage->ledger) };

    strcpy(cp.origin, STAGE_ORIGIN);
    checkpoint_print(&cp, out);
}

static unsigned post(struct story *t, struct bytes body)
{
    struct cosignature_line lines[4];
    struct http_response out = { 0 };
    uint64_t size = 0;
    size_t n = 4;
    unsigned status;

    assert_status(route_cosignature(t->stage->store, body, &size, lines, &n, &out),
                  STATUS_OK);
    assert_int_equal(n > 0, out.status == 200);
    if (n > 0) {
        assert_status(store_begin(t->stage->store), STATUS_OK);
        for (size_t i = 0; i < n; i++) {
            assert_status(store_cosignature_put(t->stage->store, size,
                                                bytes_of(lines[i].name), lines[i].key_id,
                                                buf_bytes(&lines[i].line)),
                          STATUS_OK);
            buf_clear(&lines[i].line);
        }
        assert_status(store_end(t->stage->store, STATUS_OK), STATUS_OK);
    }
    status = out.status;
    http_response_clear(&out);
    return status;
}

static unsigned cosign(struct story *t, const struct secret_key *key)
{
    struct buf text = { 0 }, body = { 0 };
    unsigned status;

    checkpoint_text(t, &text);
    buf_add(&body, buf_bytes(&text));
    buf_text(&body, "\n");
    cosignature_sign(key, buf_bytes(&text), 1795000000, &body);
    status = post(t, buf_bytes(&body));
    buf_clear(&text);
    buf_clear(&body);
    return status;
}

TEST(a_majority_of_organizations_cosigns)
{
    struct story t = story_new();
    struct secret_key *ilo = add_cosigner(&t, &t.stage->ilo);
    struct secret_key *unicef = add_cosigner(&t, &t.stage->unicef);
    uint64_t size = ledger_committed(t.stage->ledger);

    problem(&t, "/log/checkpoint.cosigned", "", 404, "not-found");
    assert_int_equal(cosign(&t, ilo), 200);
    problem(&t, "/log/checkpoint.cosigned", "", 404, "not-found"); /* 1 of 2 */
    assert_int_equal(cosign(&t, unicef), 200);
    check_proof(&t, 3, size, 2);
    /* The log goes on; what was cosigned proves what it covers. */
    ACCEPTED(
        say(t.stage, &t.stage->ilo,
            "{'is':'organization.listed','org':'FR-3','name':'AFD','org_type':'10'}"));
    stage_commit(t.stage);
    check_proof(&t, 3, size, 2);
    secret_key_free(ilo);
    secret_key_free(unicef);
    story_free(&t);
}

static void put_line(struct story *t, uint64_t size, const char *name)
{
    struct secret_key *key = scribe_key(name, KEY_COSIGN, 0);
    struct buf text = { 0 }, line = { 0 };

    checkpoint_text(t, &text);
    cosignature_sign(key, buf_bytes(&text), 1795000000, &line);
    assert_status(store_cosignature_put(t->stage->store, size, bytes_of(name),
                                        secret_key_public(key)->id, buf_bytes(&line)),
                  STATUS_OK);
    buf_clear(&text);
    buf_clear(&line);
    secret_key_free(key);
}

static size_t lines_by(const struct note *note, const char *prefix)
{
    size_t n = 0;

    for (size_t i = 0; i < note->n; i++)
        n += bytes_starts(note->sigs[i].name, bytes_of(prefix));
    return n;
}

/* What is served is what our own clients read: one of every organization first. */
TEST(a_checkpoint_is_served_with_at_most_64_lines)
{
    struct story t = story_new();
    const char *names[] = { "node-0", "node-1", "node-2", "node-3" };
    struct secret_key *keys[4];
    struct note *note = malloc(sizeof(*note));
    struct buf out = { 0 };
    uint64_t size;
    char name[160];

    for (size_t i = 0; i < 4; i++)
        keys[i] = add_cosigner_named(&t, &t.stage->ilo, names[i]);
    secret_key_free(add_cosigner(&t, &t.stage->unicef));
    size = ledger_committed(t.stage->ledger);
    for (size_t i = 0; i < 4; i++) {
        snprintf(name, sizeof(name), "%s/%s", t.stage->ilo.org, names[i]);
        put_line(&t, size, name);
    }
    snprintf(name, sizeof(name), "%s/node", t.stage->unicef.org);
    put_line(&t, size, name);
    for (int others = 0; others <= 300; others += 100) {
        for (int i = others - 100; i >= 0 && i < others; i++) {
            snprintf(name, sizeof(name), "a-witness-%d", i);
            put_line(&t, size, name);
        }
        buf_reset(&out);
        assert_status(route_checkpoint(t.stage->store, size, &out), STATUS_OK);
        assert_status(note_parse(buf_bytes(&out), note), STATUS_OK);
        assert_int_equal(note->n, others == 0 ? 6 : CHECKPOINT_LINES_MAX);
        assert_true(bytes_eq_text(note->sigs[0].name, STAGE_ORIGIN));
        assert_int_equal(lines_by(note, t.stage->ilo.org), others == 0 ? 4 : 1);
        assert_int_equal(lines_by(note, t.stage->unicef.org), 1);
    }
    for (size_t i = 0; i < 4; i++)
        secret_key_free(keys[i]);
    free(note);
    buf_clear(&out);
    story_free(&t);
}

TEST(a_policy_groups_cosigners_by_organization)
{
    struct story t = story_new();
    struct secret_key *ilo = add_cosigner(&t, &t.stage->ilo);
    struct http_response r = ASK(&t, .path = "/log/policy");
    struct buf expected = { 0 };
    const struct verifier_key *pub = secret_key_public(ilo);

    buf_text(&expected, "log ");
    verifier_key_print(secret_key_public(t.stage->log_key), &expected);
    buf_printf(&expected, "\nwitness XM-DAC-41302/node+%08x ", (unsigned)pub->id);
    verifier_key_print(pub, &expected);
    buf_printf(&expected,
               "\ngroup org:XM-DAC-41302 any XM-DAC-41302/node+%08x\n"
               "group log:majority 1 org:XM-DAC-41302\nquorum log:majority\n",
               (unsigned)pub->id);
    assert_same_bytes(buf_bytes(&r.body), buf_bytes(&expected));
    buf_clear(&expected);
    http_response_clear(&r);
    secret_key_free(ilo);
    story_free(&t);
}

TEST(a_cosignature_is_judged)
{
    struct story t = story_new();
    struct secret_key *ilo = add_cosigner(&t, &t.stage->ilo);
    struct secret_key *nobody = scribe_key("XM-DAC-41302/other", KEY_COSIGN, 0);
    struct buf text = { 0 }, body = { 0 };
    struct checkpoint cp;

    assert_int_equal(cosign(&t, nobody), 403);
    assert_int_equal(post(&t, bytes_of("hello\n")), 400);
    checkpoint_text(&t, &text);
    assert_status(checkpoint_parse(buf_bytes(&text), &cp), STATUS_OK);

    /* A line over something else does not verify. */
    buf_add(&body, buf_bytes(&text));
    buf_text(&body, "\n");
    cosignature_sign(ilo, bytes_of("avow.example.org/spf\n1\nAAAA\n"), 1795000000, &body);
    assert_int_equal(post(&t, buf_bytes(&body)), 403);

    struct {
        uint64_t size;
        uint8_t flip;
        const char *origin;
        unsigned status;
    } cases[] = {
        { cp.size, 0, STAGE_ORIGIN, 200 },
        { cp.size, 1, STAGE_ORIGIN, 422 },
        { cp.size + 1, 0, STAGE_ORIGIN, 409 },
        { cp.size - 1, 0, STAGE_ORIGIN, 403 }, /* before it was stated */
        { cp.size, 0, "avow.example.org/x", 404 },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct checkpoint other = cp;

        other.size = cases[i].size;
        other.root.b[0] ^= cases[i].flip;
        strcpy(other.origin, cases[i].origin);
        buf_reset(&text);
        buf_reset(&body);
        checkpoint_print(&other, &text);
        buf_add(&body, buf_bytes(&text));
        buf_text(&body, "\n");
        cosignature_sign(ilo, buf_bytes(&text), 1795000000, &body);
        assert_int_equal(post(&t, buf_bytes(&body)), cases[i].status);
    }
    buf_clear(&text);
    buf_clear(&body);
    secret_key_free(ilo);
    secret_key_free(nobody);
    story_free(&t);
}

TEST(a_judged_statement_is_answered)
{
    struct outcome o = { .type = OUTCOME_ACCEPTED, .index = 17 };
    struct http_response r = { 0 };
    json_t *json;

    route_outcome(&r, &o, false, bytes_of("receipt\n"));
    assert_int_equal(r.status, 201);
    assert_string_equal(r.location, "/r/17/1");
    assert_buf_eq(&r.body, "receipt\n");
    o.type = OUTCOME_KNOWN;
    route_outcome(&r, &o, false, bytes_of("receipt\n"));
    assert_int_equal(r.status, 200);
    route_outcome(&r, &o, true, bytes_of(""));
    assert_buf_eq(&r.body, "{\"outcome\":\"known\",\"index\":17}");
    o.type = OUTCOME_REFUSED;
    refuse(&o.why, RULE_REV_STALE, 3, "expected %s", "another");
    route_outcome(&r, &o, false, bytes_of(""));
    assert_int_equal(r.status, 409);
    json = body_of(&r);
    assert_bytes_eq(json_member(json, "type"), "rev.stale");
    assert_bytes_eq(json_member(json, "detail"), "expected another");
    assert_int_equal(json_integer_value(json_object_get(json, "line")), 3);
    json_decref(json);
    refuse(&o.why, RULE_ADMISSION_BUSY, 0, "no room");
    route_outcome(&r, &o, false, bytes_of(""));
    assert_true(r.retry_after_s > 0);
    http_response_clear(&r);
}

/* What an asker that sends this Accept gets; NULL: 406. */
static void assert_type(struct story *t, const char *path, const char *accept,
                        const char *type)
{
    struct http_response r = ASK(t, .path = path, .accept = accept);

    if (type == NULL)
        assert_int_equal(r.status, 406);
    else
        assert_string_equal(r.type, type);
    http_response_clear(&r);
}

TEST(accept_is_read_as_it_is_written)
{
    static const char csv[] = "text/csv; charset=utf-8", json[] = "application/json";
    static const char list[] = "/api/v1/pledges", item[] = "/api/v1/status";
    struct story t = story_new();

    assert_type(&t, list, "text/csv", csv);
    assert_type(&t, list, "TEXT/Csv", csv);
    assert_type(&t, list, "text/csv;q=0", json);
    assert_type(&t, list, "text/csv; q=0.000, */*", json);
    assert_type(&t, list, "text/csv;q=0.5, application/json;q=0.9", json);
    assert_type(&t, list, "text/csv, application/json", json);
    assert_type(&t, list, "application/json;q=0.1, text/csv", csv);
    assert_type(&t, list, "text/csv-schema", json);
    assert_type(&t, list, "application/text/csv", json);
    assert_type(&t, list, "*/*", json);
    assert_type(&t, list, "text/csv, */*;q=0.1", csv);
    assert_type(&t, item, "text/csv", NULL);
    assert_type(&t, item, "text/csv, */*;q=0.1", json);
    story_free(&t);
}

TEST(wait_is_a_number)
{
    struct story t = story_new();

    problem(&t, "/api/v1/events", "wait=abc", 400, "query.number");
    problem(&t, "/api/v1/events", "wait=-1&since=0", 400, "query.number");
    story_free(&t);
}

static void finish(struct http_response *r, const char *encoding, const char *etag)
{
    struct http_request rq = { .method = BYTES_LIT("GET"),
                               .accept_encoding = bytes_of(encoding),
                               .if_none_match = bytes_of(etag) };

    http_response_finish(r, &rq);
}

static struct http_response text_of(size_t len)
{
    struct http_response r = { .status = 200, .type = "text/plain; charset=utf-8" };

    for (size_t i = 0; i < len; i++)
        buf_u8(&r.body, (uint8_t)('a' + i % 7));
    return r;
}

TEST(answers_are_compressed_for_who_asks)
{
    struct http_response plain = text_of(20000), zipped = text_of(20000),
                         refused = text_of(20000), small = text_of(100), again;

    finish(&plain, "", "");
    finish(&zipped, "br, GZIP;q=0.5", "");
    finish(&refused, "gzip;q=0, *", "");
    finish(&small, "gzip", "");
    assert_null(plain.encoding);
    assert_null(refused.encoding);
    assert_null(small.encoding);
    assert_true(plain.vary_encoding && zipped.vary_encoding && !small.vary_encoding);
    assert_string_equal(zipped.encoding, "gzip");
    assert_true(zipped.body.len < 500 && zipped.body.ptr[0] == 0x1f &&
                zipped.body.ptr[1] == 0x8b);
    assert_string_not_equal(zipped.etag, plain.etag);
    assert_string_equal(refused.etag, plain.etag);

    again = text_of(20000);
    finish(&again, "gzip", zipped.etag);
    assert_int_equal(again.status, 304);
    assert_string_equal(again.etag, zipped.etag);
    http_response_clear(&again);
    again = text_of(20000);
    finish(&again, "", zipped.etag); /* it can read only the other */
    assert_int_equal(again.status, 200);
    http_response_clear(&again);
    http_response_clear(&plain);
    http_response_clear(&zipped);
    http_response_clear(&refused);
    http_response_clear(&small);
}

/* Hashes: compressing makes them larger. */
TEST(what_does_not_become_smaller_goes_as_it_is)
{
    struct http_response r = { .status = 200, .type = "application/octet-stream" };
    struct hash h = hash_sha256(BYTES_LIT("tile"));

    for (int i = 0; i < 256; i++) {
        buf_append(&r.body, h.b, HASH_LEN);
        h = hash_sha256((struct bytes){ h.b, HASH_LEN });
    }
    finish(&r, "gzip", "");
    assert_null(r.encoding);
    assert_true(r.vary_encoding);
    assert_int_equal(r.body.len, 256 * HASH_LEN);
    http_response_clear(&r);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(requests_are_told_apart),
    TEST_OF(problems_and_verdicts_get_the_size_on_their_way),
    TEST_OF(a_wrong_method_names_the_right_ones),
    TEST_OF(what_cannot_be_served_says_why),
    TEST_OF(an_answer_is_not_sent_twice),
    TEST_OF(accept_is_read_as_it_is_written),
    TEST_OF(wait_is_a_number),
    TEST_OF(answers_are_compressed_for_who_asks),
    TEST_OF(what_does_not_become_smaller_goes_as_it_is),
    TEST_OF(each_part_of_the_api_answers),
    TEST_OF(an_identifier_with_slashes_is_found),
    TEST_OF(a_record_is_a_page_or_json),
    TEST_OF(the_page_and_the_description_are_there),
    TEST_OF(tiles_and_bundles_are_those_of_the_tree),
    TEST_OF(without_cosigners_the_newest_checkpoint_will_do),
    TEST_OF(a_majority_of_organizations_cosigns),
    TEST_OF(a_checkpoint_is_served_with_at_most_64_lines),
    TEST_OF(a_policy_groups_cosigners_by_organization),
    TEST_OF(a_cosignature_is_judged),
    TEST_OF(a_judged_statement_is_answered),
};

TEST_MAIN(tests)

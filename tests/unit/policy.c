/* Trust policies: what parses, and who meets which quorum. */
#include "tlog/policy.h"

#include "base/fault.h"
#include "unit/tlog_keys.h"

#define TEXT "example.com/log\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
#define ORIGIN "example.com/log"

/* Verifier keys in policies: "@L1" is the first log's, "@W1" the first witness's, "@X1"
 * that witness's key under another name, "@T1" it as a log's. */
static void print_key(char kind, unsigned number, struct buf *out)
{
    char name[32];
    struct secret_key *k;

    if (kind == 'L')
        snprintf(name, sizeof(name), ORIGIN);
    else
        snprintf(name, sizeof(name), "%c/%u", kind, number);
    k = key_of(name, kind == 'L' || kind == 'T' ? KEY_ED25519 : KEY_COSIGN,
               number + (kind == 'L' ? 1000000 : 0));
    verifier_key_print(secret_key_public(k), out);
    secret_key_free(k);
}

static void expand(struct bytes text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '@' && i + 2 < text.len) {
            print_key((char)text.ptr[i + 1], text.ptr[i + 2] - (unsigned)'0', out);
            i += 2;
        } else {
            buf_u8(out, text.ptr[i]);
        }
    }
}

static enum status parse_bytes(struct bytes text, struct policy **p, unsigned *line)
{
    struct buf b = { 0 };
    enum status st;

    expand(text, &b);
    st = policy_parse(buf_bytes(&b), p, line);
    buf_clear(&b);
    return st;
}

static struct policy *policy_of(const char *text)
{
    struct policy *p = NULL;
    unsigned line = 0;
    enum status st = parse_bytes(bytes_of(text), &p, &line);

    if (st != STATUS_OK)
        fail_msg("line %u of: %s", line, text);
    return p;
}

static void sign_log(struct buf *note, const char *origin, unsigned number)
{
    struct secret_key *k = key_of(origin, KEY_ED25519, number + 1000000);

    note_sign(k, BYTES_LIT(TEXT), note);
    secret_key_free(k);
}

static void cosign(struct buf *note, unsigned number)
{
    char name[32];
    struct secret_key *k;

    snprintf(name, sizeof(name), "W/%u", number);
    k = key_of(name, KEY_COSIGN, number);
    cosignature_sign(k, BYTES_LIT(TEXT), 1679315147, note);
    secret_key_free(k);
}

/* A checkpoint of log 1 with cosignatures by these witnesses ("123"). */
static void note_by(struct buf *note, const char *witnesses)
{
    buf_reset(note);
    buf_text(note, TEXT "\n");
    sign_log(note, ORIGIN, 1);
    for (; *witnesses != '\0'; witnesses++)
        cosign(note, (unsigned)(*witnesses - '0'));
}

static void assert_meets(const struct policy *p, const char *witnesses,
                         enum status expected)
{
    struct buf note = { 0 };
    struct checkpoint c;
    size_t n = 42;

    note_by(&note, witnesses);
    if (policy_check(p, buf_bytes(&note), &c, &n) != expected)
        fail_msg("cosigned by \"%s\": not as expected", witnesses);
    assert_int_equal(n, strlen(witnesses));
    assert_int_equal(c.size, 7);
    buf_clear(&note);
}

#define EXAMPLE                                   \
    "log @L1\n"                                   \
    "\n"                                          \
    "witness X1 @W1\n"                            \
    "witness X2 @W2\n"                            \
    "witness X3 @W3\n"                            \
    "group X-witnesses 2 X1 X2 X3\n"              \
    "\n"                                          \
    "witness Y1 @W4\n"                            \
    "witness Y2 @W5\n"                            \
    "witness Y3 @W6\n"                            \
    "group Y-witnesses any Y1 Y2 Y3\n"            \
    "\n"                                          \
    "group X-and-Y all X-witnesses Y-witnesses\n" \
    "quorum X-and-Y\n"

TEST(the_example_of_the_specification)
{
    struct policy *p = policy_of(EXAMPLE);

    assert_int_equal(policy_log_count(p), 1);
    assert_string_equal(policy_log(p, 0)->name, ORIGIN);
    assert_int_equal(policy_witness_count(p), 6);
    assert_string_equal(policy_witness(p, 5)->name, "W/6");
    assert_meets(p, "", STATUS_REFUSED);
    assert_meets(p, "123", STATUS_REFUSED);
    assert_meets(p, "456", STATUS_REFUSED);
    assert_meets(p, "14", STATUS_REFUSED);
    assert_meets(p, "1456", STATUS_REFUSED);
    assert_meets(p, "124", STATUS_OK);
    assert_meets(p, "613", STATUS_OK);
    assert_meets(p, "123456", STATUS_OK);
    policy_free(p);
    policy_free(NULL);
}

TEST(a_quorum_can_be_none_one_or_a_group)
{
    struct policy *p = policy_of("log @L1\nquorum none\n");

    assert_meets(p, "", STATUS_OK);
    policy_free(p);

    p = policy_of("log @L1\nwitness a @W1\nwitness b @W2\nquorum b\n");
    assert_meets(p, "", STATUS_REFUSED);
    assert_meets(p, "1", STATUS_REFUSED);
    assert_meets(p, "2", STATUS_OK);
    policy_free(p);

    /* A group in a group in a group; a member of a group as the quorum. */
    p = policy_of("log @L1\nwitness a @W1\nwitness b @W2\ngroup g all a b\n"
                  "group h 1 g\ngroup i any h\nquorum h\n");
    assert_meets(p, "1", STATUS_REFUSED);
    assert_meets(p, "12", STATUS_OK);
    policy_free(p);
}

TEST(spaces_comments_urls_and_octets_are_as_allowed)
{
    struct policy *p = policy_of(
        "# comment @W1 \xff\xfe\n"
        " \t # another\n"
        " \t \n"
        "\tlog\t \t@L1  https://example.com/\xc3\xa9#x \t\n"
        "witness all @W1 https://w.example/\n" /* no word is reserved but none */
        "witness \xe2\x84\xaa @W2\n"
        "witness K @W3\n"
        "witness #d @W4\n"
        "group 2 2 all \xe2\x84\xaa K #d\n"
        "group group all 2\n"
        "quorum group \n");
    policy_free(p);
}

TEST(lines_after_the_quorum_are_kept)
{
    struct policy *p = policy_of("quorum none\nlog @L2\nlog @L1\nwitness a @W1\n");

    assert_int_equal(policy_log_count(p), 2);
    assert_meets(p, "1", STATUS_OK);
    policy_free(p);
}

TEST(bent_policies_are_malformed_at_their_line)
{
    static const struct {
        const char *text;
        unsigned line;
    } bad[] = {
        { "", 1 },
        { "\n", 2 },
        { "log @L1\n", 2 },
        { "quorum none", 1 },
        { "log @L1\nquorum none\n# cut", 3 },
        { "quorum none\r\n", 1 },
        { "quorum none\n\nquorum none\n", 3 },
        { "quorum\n", 1 },
        { "quorum none none\n", 1 },
        { "quorum a\n", 1 },
        { "quorum a\nwitness a @W1\n", 1 },
        { "Quorum none\n", 1 },
        { "quorum None\n", 1 },
        { "quorum none\nfoo\n", 2 },
        { "quorum none\nlogs @L1\n", 2 },
        { "quorum none\nlog\n", 2 },
        { "quorum none\nlog L1\n", 2 },
        { "quorum none\nlog @W1\n", 2 },
        { "quorum none\nlog @L1 https://a https://b\n", 2 },
        { "quorum none\nlog @L1\nlog @L1\n", 3 },
        { "quorum none\nlog @L1\nlog @L1 https://b\n", 3 },
        { "quorum none\nwitness @W1\n", 2 },
        { "quorum none\nwitness a\n", 2 },
        { "quorum none\nwitness a @L1\n", 2 },
        { "quorum none\nwitness a @T1\n", 2 },
        { "quorum none\nwitness none @W1\n", 2 },
        { "quorum none\nwitness a @W1 b c\n", 2 },
        { "quorum none\nwitness a @W1\nwitness a @W2\n", 3 },
        { "quorum none\nwitness a @W1\nwitness b @W1\n", 3 },
        { "quorum none\nwitness a @W1\nwitness b @X1\n", 3 },
        { "witness a @W1\ngroup g all a\ngroup g all a\nquorum g\n", 3 },
        { "witness a @W1\ngroup a all a\nquorum a\n", 2 },
        { "witness a @W1\ngroup none all a\nquorum a\n", 2 },
        { "witness a @W1\ngroup g all g\nquorum a\n", 2 },
        { "witness a @W1\ngroup g\nquorum a\n", 2 },
        { "witness a @W1\ngroup g all\nquorum a\n", 2 },
        { "witness a @W1\ngroup g 0 a\nquorum a\n", 2 },
        { "witness a @W1\ngroup g 2 a\nquorum a\n", 2 },
        { "witness a @W1\ngroup g 01 a\nquorum a\n", 2 },
        { "witness a @W1\ngroup g +1 a\nquorum a\n", 2 },
        { "witness a @W1\ngroup g -1 a\nquorum a\n", 2 },
        { "witness a @W1\ngroup g 4294967297 a\nquorum a\n", 2 },
        { "witness a @W1\ngroup g 18446744073709551617 a\nquorum a\n", 2 },
        { "witness a @W1\ngroup g some a\nquorum a\n", 2 },
        { "witness a @W1\ngroup g ALL a\nquorum a\n", 2 },
        { "witness a @W1\ngroup g any b\nquorum a\n", 2 },
        { "witness a @W1\ngroup g any none\nquorum a\n", 2 },
        { "witness a @W1\ngroup g any a a\nquorum a\n", 2 },
        { "witness a @W1\ngroup g any a\ngroup h any a\nquorum a\n", 3 },
        { "witness a @W1\ngroup g any b\nwitness b @W2\nquorum a\n", 2 },
        { "quorum none\n#\x01\n", 2 },
        { "quorum none\n#\x7f\n", 2 },
        { "quorum none\n#\x1f\n", 2 },
        { "quorum\v none\n", 1 },
        { "quorum none\n\xc2\xa0\n", 2 },
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct policy *p = NULL;
        unsigned line = 0;
        enum status st = parse_bytes(bytes_of(bad[i].text), &p, &line);

        if (st != STATUS_MALFORMED || line != bad[i].line || p != NULL)
            fail_msg("STATUS_%s, line %u: %s", status_name(st), line, bad[i].text);
    }
}

/* "bWxkc2EtNDQ" is no key; no program here could tell. */
#define FOREIGN "witness.example+0a0b0c0d+Bm1sZHNhLTQ0"

TEST(keys_of_other_types_are_kept_in_mind)
{
    struct policy *p = policy_of("log @L1\nlog other.example+01020304+Bm1s\n"
                                 "witness a @W1\nwitness b " FOREIGN " https://w\n"
                                 "group g any a b\nquorum g\n");
    uint8_t type = 0;
    unsigned line = 0;

    assert_int_equal(policy_log_count(p), 1);
    assert_int_equal(policy_witness_count(p), 1);
    assert_int_equal(policy_foreign_count(p), 2);
    assert_string_equal(policy_foreign(p, 0, &type), "other.example");
    assert_string_equal(policy_foreign(p, 1, &type), "witness.example");
    assert_int_equal(type, 6);
    assert_meets(p, "", STATUS_REFUSED);
    assert_meets(p, "1", STATUS_OK);
    policy_free(p);
    /* Who is not understood has not cosigned. */
    p = policy_of("log @L1\nwitness a @W1\nwitness b " FOREIGN "\n"
                  "group g all a b\nquorum g\n");
    assert_meets(p, "1", STATUS_REFUSED);
    policy_free(p);
    p = NULL;
    assert_status(parse_bytes(BYTES_LIT("witness b " FOREIGN "\nwitness c " FOREIGN
                                        "\nquorum none\n"),
                              &p, &line),
                  STATUS_MALFORMED);
    assert_int_equal(line, 2);
}

TEST(a_nul_is_no_octet_of_a_policy)
{
    struct policy *p = NULL;

    assert_status(policy_parse(BYTES_LIT("quorum none\n#\0\n"), &p, NULL),
                  STATUS_MALFORMED);
    assert_status(policy_parse(BYTES_LIT("quorum none\0\n"), &p, NULL), STATUS_MALFORMED);
}

TEST(the_log_must_have_signed_under_its_own_name)
{
    struct policy *p = policy_of("log @L1\nlog @L2\nquorum none\n");
    struct buf note = { 0 };
    struct checkpoint c = { .size = 42 };
    struct secret_key *t;

    /* Nobody known. */
    buf_text(&note, TEXT "\n");
    sign_log(&note, ORIGIN, 3);
    assert_status(policy_check(p, buf_bytes(&note), &c, NULL), STATUS_BAD_SIG);
    assert_int_equal(c.size, 42); /* written only when signed */
    sign_log(&note, ORIGIN, 2);
    assert_status(policy_check(p, buf_bytes(&note), &c, NULL), STATUS_OK);
    policy_free(p);

    /* A policy may know no log; then nothing passes here. */
    p = policy_of("quorum none\n");
    assert_status(policy_check(p, buf_bytes(&note), &c, NULL), STATUS_BAD_SIG);
    policy_free(p);

    /* "T/1" signed it: a known log, of another origin. */
    p = policy_of("log @T1\nquorum none\n");
    t = key_of("T/1", KEY_ED25519, 1);
    buf_reset(&note);
    buf_text(&note, TEXT "\n");
    note_sign(t, BYTES_LIT(TEXT), &note);
    assert_status(policy_check(p, buf_bytes(&note), &c, NULL), STATUS_BAD_SIG);
    secret_key_free(t);
    policy_free(p);
    buf_clear(&note);
}

/* Turns a bit of the signature in the last line: "...xy==\n" or "...xyz=\n". */
static void spoil_last(struct buf *note)
{
    uint8_t *at = note->ptr + note->len - 20;

    *at = *at == 'A' ? 'B' : 'A';
}

TEST(a_known_key_with_a_wrong_signature_spoils_the_note)
{
    struct policy *p = policy_of("log @L1\nlog @L2\nwitness a @W1\nquorum none\n");
    struct buf note = { 0 };
    struct checkpoint c;
    size_t n;

    note_by(&note, "1");
    spoil_last(&note);
    assert_status(policy_check(p, buf_bytes(&note), &c, &n), STATUS_BAD_SIG);
    note_by(&note, "");
    sign_log(&note, ORIGIN, 2);
    spoil_last(&note);
    assert_status(policy_check(p, buf_bytes(&note), &c, &n), STATUS_BAD_SIG);
    /* An unknown key may say what it likes. */
    note_by(&note, "12");
    spoil_last(&note);
    assert_status(policy_check(p, buf_bytes(&note), &c, &n), STATUS_OK);
    assert_int_equal(n, 1);
    policy_free(p);
    buf_clear(&note);
}

TEST(nobody_counts_twice)
{
    struct policy *p = policy_of("log @L1\nwitness a @W1\nwitness b @W2\n"
                                 "group g 2 a b\nquorum g\n");
    struct buf note = { 0 };
    struct checkpoint c;
    size_t n;

    note_by(&note, "111");
    assert_status(policy_check(p, buf_bytes(&note), &c, &n), STATUS_REFUSED);
    assert_int_equal(n, 1);
    /* Each line by a known key must verify, wherever it stands. */
    note_by(&note, "211");
    spoil_last(&note);
    assert_status(policy_check(p, buf_bytes(&note), &c, &n), STATUS_BAD_SIG);
    note_by(&note, "211");
    assert_status(policy_check(p, buf_bytes(&note), &c, &n), STATUS_OK);
    assert_int_equal(n, 2);
    policy_free(p);
    buf_clear(&note);
}

TEST(what_is_no_checkpoint_is_malformed)
{
    struct policy *p = policy_of(EXAMPLE);
    struct checkpoint c;
    struct buf note = { 0 };

    assert_status(policy_check(p, BYTES_LIT(""), &c, NULL), STATUS_MALFORMED);
    assert_status(policy_check(p, BYTES_LIT(TEXT), &c, NULL), STATUS_MALFORMED);
    buf_text(&note, "no checkpoint\n\n");
    sign_log(&note, ORIGIN, 1);
    assert_status(policy_check(p, buf_bytes(&note), &c, NULL), STATUS_MALFORMED);
    buf_clear(&note);
    policy_free(p);
}

/* A majority of 1,500 witnesses; a note carries 256 lines at most. */
TEST(thousands_of_witnesses)
{
    struct buf text = { 0 }, note = { 0 };
    struct policy *p = NULL;
    struct checkpoint c;
    size_t n;
    unsigned line = 0;

    buf_text(&text, "log ");
    print_key('L', 1, &text);
    for (unsigned i = 0; i < 1500; i++) {
        buf_printf(&text, "\nwitness w%u ", i);
        print_key('W', i, &text);
    }
    buf_text(&text, "\ngroup g 255");
    for (unsigned i = 0; i < 1500; i++)
        buf_printf(&text, " w%u", i);
    buf_text(&text, "\nquorum g\n");
    assert_status(policy_parse(buf_bytes(&text), &p, &line), STATUS_OK);
    assert_int_equal(policy_witness_count(p), 1500);

    note_by(&note, "");
    for (unsigned i = 0; i < 254; i++)
        cosign(&note, i * 5);
    assert_status(policy_check(p, buf_bytes(&note), &c, &n), STATUS_REFUSED);
    cosign(&note, 1499);
    assert_status(policy_check(p, buf_bytes(&note), &c, &n), STATUS_OK);
    assert_int_equal(n, 255);
    cosign(&note, 1498);
    assert_status(policy_check(p, buf_bytes(&note), &c, &n), STATUS_MALFORMED);
    policy_free(p);
    buf_clear(&text);
    buf_clear(&note);
}

/* Thousands of groups, the shortest lines there can be. */
TEST(a_policy_as_large_as_can_be)
{
    struct buf text = { 0 };
    struct policy *p = NULL;
    unsigned line = 0, i = 0;

    buf_text(&text, "log ");
    print_key('L', 1, &text);
    buf_text(&text, "\nwitness 0 ");
    print_key('W', 1, &text);
    buf_text(&text, "\n");
    for (; text.len < POLICY_MAX - 40; i++)
        buf_printf(&text, "group %x 1 %x\n", i + 1, i);
    buf_printf(&text, "quorum %x\n", i);
    assert_status(policy_parse(buf_bytes(&text), &p, &line), STATUS_OK);
    assert_meets(p, "1", STATUS_OK);
    policy_free(p);
    while (text.len < POLICY_MAX)
        buf_u8(&text, '\n');
    assert_status(policy_parse(buf_bytes(&text), &p, &line), STATUS_OK);
    policy_free(p);
    buf_u8(&text, '\n');
    assert_status(policy_parse(buf_bytes(&text), &p, &line), STATUS_TOO_LARGE);
    buf_clear(&text);
}

TEST(no_memory_is_said)
{
    struct buf text = { 0 }, note = { 0 };
    struct checkpoint c;
    bool fired = true;

    expand(BYTES_LIT(EXAMPLE), &text);
    note_by(&note, "124");
    for (int nth = 1; fired; nth++) {
        struct policy *p = NULL;
        enum status st;

        fault_arm(nth);
        st = policy_parse(buf_bytes(&text), &p, NULL);
        if (st == STATUS_OK)
            st = policy_check(p, buf_bytes(&note), &c, NULL);
        fired = fault_disarm();
        assert_status(st, fired ? STATUS_NOMEM : STATUS_OK);
        policy_free(p);
    }
    buf_clear(&text);
    buf_clear(&note);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(the_example_of_the_specification),
    TEST_OF(a_quorum_can_be_none_one_or_a_group),
    TEST_OF(spaces_comments_urls_and_octets_are_as_allowed),
    TEST_OF(lines_after_the_quorum_are_kept),
    TEST_OF(bent_policies_are_malformed_at_their_line),
    TEST_OF(keys_of_other_types_are_kept_in_mind),
    TEST_OF(a_nul_is_no_octet_of_a_policy),
    TEST_OF(the_log_must_have_signed_under_its_own_name),
    TEST_OF(a_known_key_with_a_wrong_signature_spoils_the_note),
    TEST_OF(nobody_counts_twice),
    TEST_OF(what_is_no_checkpoint_is_malformed),
    TEST_OF(thousands_of_witnesses),
    TEST_OF(a_policy_as_large_as_can_be),
    TEST_OF(no_memory_is_said),
};

TEST_MAIN_SIGNING(tests)

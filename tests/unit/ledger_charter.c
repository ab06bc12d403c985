/* Entry 0: what may stand in it, who signs it, and what the program must know. */
#include "unit/scribe.h"

/* The charter's records with one text put in place of another. */
static char *charter_with(struct stage *s, const char *from, const char *to)
{
    struct buf records = { 0 }, out = { 0 };
    const char *at;
    char *text;

    stage_charter(s, &records);
    at = strstr(buf_str(&records), from);
    assert_non_null(at);
    buf_append(&out, records.ptr, (size_t)(at - buf_str(&records)));
    buf_text(&out, to);
    buf_text(&out, at + strlen(from));
    text = bytes_to_text(buf_bytes(&out));
    buf_clear(&records);
    buf_clear(&out);
    return text;
}

static void refused_with(const char *from, const char *to, const char *rule)
{
    struct stage *s = stage_bare();
    char *records = charter_with(s, from, to);

    REFUSED(say_with(s, &s->ilo, WITH(&s->unicef), "%s", records), rule);
    assert_int_equal(ledger_size(s->ledger), 0);
    assert_string_equal(ledger_origin(s->ledger), "");
    free(records);
    stage_free(s);
}

TEST(the_charter_begins_the_log)
{
    struct stage *s = stage_new();
    struct log_keys keys;

    assert_int_equal(ledger_size(s->ledger), 1);
    assert_string_equal(ledger_origin(s->ledger), STAGE_ORIGIN);
    stage_commit(s);
    assert_int_equal(ledger_committed(s->ledger), 1);
    assert_string_equal(stage_text(s, STORE_LOG, "log", "origin"), STAGE_ORIGIN);
    assert_string_equal(stage_text(s, STORE_LOG, "log", "stewards.1"), "XM-DAC-41122");
    assert_string_equal(
        stage_text(s, STORE_NETWORK, "spiac-b", "conveners"),
        "[{\"org\":\"XM-DAC-41302\",\"role\":\"chair\",\"active\":true},"
        "{\"org\":\"XM-DAC-41122\",\"role\":\"co-chair\",\"active\":true}]");
    assert_string_equal(stage_text(s, STORE_MEMBER, "spiac-b xm-dac-41122", "status"),
                        "member");
    assert_status(ledger_log_keys(s->ledger, &keys), STATUS_OK);
    assert_int_equal(keys.n, 1);
    assert_true(log_keys_find(&keys, secret_key_public(s->log_key)) == keys.list);
    assert_true(log_keys_signs(&keys, 0, 1));
    log_keys_clear(&keys);
    stage_free(s);
}

TEST(nothing_but_a_charter_begins_a_log)
{
    struct stage *s = stage_bare();

    REFUSED(say(s, &s->ilo, "{'is':'membership.accepted','network':'n1','org':'%s'}",
                s->ilo.org),
            "entry.zero");
    stage_free(s);
    refused_with("{'is':'network.chartered'",
                 "{'is':'membership.accepted','network':'n1','org':'XM-DAC-41302'}\n"
                 "{'is':'network.chartered'",
                 "entry.zero");
    refused_with("{'is':'organization.registered','org':'XM-DAC-41302',",
                 "{'is':'organization.registered','org':'XM-DAC-41302','network':'n1',",
                 "entry.zero");
}

TEST(a_log_is_chartered_once)
{
    struct stage *s = stage_new();
    struct buf charter = { 0 };

    stage_charter(s, &charter);
    REFUSED(say_with(s, &s->ilo, WITH(&s->unicef), "%s", buf_str(&charter)),
            "entry.zero");
    buf_clear(&charter);
    stage_free(s);
}

TEST(the_program_must_know_rules_and_codes)
{
    struct buf codes = { 0 };

    refused_with("'rules':1", "'rules':2", "log.rules");
    buf_printf(&codes, "'codes':'%s'", codes_digest());
    refused_with(
        buf_str(&codes),
        "'codes':'0000000000000000000000000000000000000000000000000000000000000000'",
        "log.codes");
    buf_clear(&codes);
    assert_int_equal(rule_class_of(RULE_LOG_RULES), RULE_UPGRADE);
}

TEST(all_stewards_sign_and_are_registered)
{
    struct stage *s = stage_bare();
    struct buf charter = { 0 };

    stage_charter(s, &charter);
    REFUSED(say(s, &s->ilo, "%s", buf_str(&charter)), "quorum.missing");
    buf_clear(&charter);
    stage_free(s);
    refused_with("['XM-DAC-41302','XM-DAC-41122'],'quorum':2",
                 "['XM-DAC-41122'],'quorum':1", "author.not-allowed");
}

TEST(a_steward_is_registered_in_entry_0)
{
    struct stage *s = stage_bare();
    struct scribe *who = stage_stranger(s, "44000");
    char *records = charter_with(s, "'XM-DAC-41122']", "'XM-DAC-41122','44000']");

    /* Whose key no record states: this is found before any record is judged. */
    REFUSED(say_with(s, &s->ilo, WITH(&s->unicef, who), "%s", records), "key.unknown");
    free(records);
    stage_free(s);
}

TEST(the_charter_is_for_the_log_of_its_header)
{
    refused_with("'origin':'avow.example.org/spf'", "'origin':'avow.example.org/other'",
                 "field.value");
}

TEST(conveners_are_registered_before)
{
    refused_with("{'org':'XM-DAC-41122','role':'co-chair'}",
                 "{'org':'44000','role':'co-chair'}", "org.unknown");
}

static const struct CMUnitTest tests[] = {
    TEST_OF(the_charter_begins_the_log),
    TEST_OF(nothing_but_a_charter_begins_a_log),
    TEST_OF(a_log_is_chartered_once),
    TEST_OF(the_program_must_know_rules_and_codes),
    TEST_OF(all_stewards_sign_and_are_registered),
    TEST_OF(a_steward_is_registered_in_entry_0),
    TEST_OF(the_charter_is_for_the_log_of_its_header),
    TEST_OF(conveners_are_registered_before),
};
TEST_MAIN(tests)

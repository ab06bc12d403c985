/* Who governs: the log's rules, keys and end; networks, conveners, memberships; what
 * organizations demand of their own signatures, and how they come to an end. */
#include "unit/scribe.h"

#define LISTED "{'is':'organization.listed','org':'%s','name':'N','org_type':'10'}"
#define CONVENER "{'is':'convener.%s','network':'spiac-b','org':'%s','role':'convener'}"
#define NOBODY "0000000000000000000000000000000000000000000000000000000000000000"

static uint32_t id_of(const struct secret_key *k)
{
    return secret_key_public(k)->id;
}

/* --- the log -------------------------------------------------------------------------
 */

static size_t log_keys(struct stage *s)
{
    struct log_keys keys;
    size_t n = 0;

    assert_status(ledger_log_keys(s->ledger, &keys), STATUS_OK);
    for (size_t i = 0; i < keys.n; i++)
        n += log_keys_signs(&keys, i, ledger_size(s->ledger));
    log_keys_clear(&keys);
    return n;
}

static struct outcome add_log_key(struct stage *s, struct scribe *const *with,
                                  const struct secret_key *key)
{
    struct buf record = { 0 };
    struct outcome out;

    buf_text(&record, "{'is':'log.key_added',");
    scribe_state_key(key, STAGE_ORIGIN, STAGE_ORIGIN, &record);
    buf_text(&record, "}");
    out = say_with(s, &s->ilo, with, "%s", buf_str(&record));
    buf_clear(&record);
    return out;
}

TEST(checkpoints_carry_a_signature_by_each_active_key)
{
    struct stage *s = stage_new();
    struct secret_key *second = scribe_key(STAGE_ORIGIN, KEY_ED25519, 1);
    static const char retired[] = "{'is':'log.key_retired','key_id':'%08x'}";

    REFUSED(add_log_key(s, NULL, second), "quorum.missing");
    REFUSED(add_log_key(s, WITH(&s->unicef), s->log_key), "key.stated");
    REFUSED(say_with(s, &s->ilo, WITH(&s->unicef), retired, id_of(s->log_key)),
            "key.last");
    assert_int_equal(log_keys(s), 1);
    ACCEPTED(add_log_key(s, WITH(&s->unicef), second));
    assert_int_equal(log_keys(s), 2);
    stage_commit(s);
    REFUSED(say_with(s, &s->ilo, WITH(&s->unicef), retired, 7u), "subject.unknown");
    REFUSED(say(s, &s->ilo, retired, id_of(s->log_key)), "quorum.missing");
    ACCEPTED(say_with(s, &s->ilo, WITH(&s->unicef), retired, id_of(s->log_key)));
    REFUSED(say_with(s, &s->ilo, WITH(&s->unicef), retired, id_of(s->log_key)),
            "life.state");
    REFUSED(say_with(s, &s->ilo, WITH(&s->unicef), retired, id_of(second)), "key.last");
    assert_int_equal(log_keys(s), 1);
    secret_key_free(second);
    stage_free(s);
}

TEST(a_program_that_lacks_the_rules_stops_at_the_next_entry)
{
    struct stage *s = stage_new();
    struct scribe *ke = stage_join(s, "KE-GOV");
    struct buf known = { 0 };
    static const char rules[] =
        "{'is':'log.rules','rules':%d,'codes':'%s','title':'Next'}\n" LISTED;

    REFUSED(say(s, ke, rules, RULES_VERSION + 1, codes_digest(), "A-1"),
            "author.not-allowed");
    REFUSED(say(s, &s->ilo, rules, RULES_VERSION + 1, codes_digest(), "A-1"),
            "quorum.missing");
    ACCEPTED(say_with(s, &s->ilo, WITH(&s->unicef), rules, RULES_VERSION, codes_digest(),
                      "A-1"));
    ACCEPTED(say(s, &s->ilo, LISTED, "A-2"));
    buf_add(&known, buf_bytes(&s->last));
    /* The entry that says so goes by the rules before, all of it. */
    ACCEPTED(say_with(s, &s->ilo, WITH(&s->unicef), rules, RULES_VERSION + 1,
                      codes_digest(), "A-3"));
    REFUSED(say(s, &s->ilo, LISTED, "A-4"), "log.rules");
    KNOWN(stage_hand_in(s, buf_bytes(&known)));
    stage_commit(s);
    ledger_close(s->ledger);
    assert_status(ledger_open(s->store, &s->ledger), STATUS_OK);
    REFUSED(say(s, &s->ilo, LISTED, "A-4"), "log.rules");
    buf_clear(&known);
    stage_free(s);
}

TEST(a_program_that_lacks_the_codes_stops)
{
    struct stage *s = stage_new();

    ACCEPTED(say_with(s, &s->ilo, WITH(&s->unicef),
                      "{'is':'log.rules','rules':%d,'codes':'" NOBODY "','title':'N'}",
                      RULES_VERSION));
    REFUSED(say(s, &s->ilo, LISTED, "A-4"), "log.codes");
    stage_free(s);
}

TEST(a_log_that_was_succeeded_takes_no_more)
{
    struct stage *s = stage_new();
    static const char succeeded[] = "{'is':'log.succeeded','origin':'next.example.org',"
                                    "'url':'https://next.example.org/'}";

    REFUSED(say(s, &s->ilo, succeeded), "quorum.missing");
    ACCEPTED(say_with(s, &s->ilo, WITH(&s->unicef), succeeded));
    REFUSED(say(s, &s->ilo, LISTED, "A-1"), "log.succeeded");
    REFUSED(say_with(s, &s->ilo, WITH(&s->unicef), succeeded), "log.succeeded");
    stage_commit(s);
    assert_string_equal(stage_text(s, STORE_LOG, "log", "succeeded.origin"),
                        "next.example.org");
    stage_free(s);
}

/* --- conveners -----------------------------------------------------------------------
 */

#define CONVENERS(s) stage_text((s), STORE_NETWORK, "spiac-b", "conveners")

TEST(conveners_come_and_go_by_two)
{
    struct stage *s = stage_new();
    struct scribe *fr = stage_join(s, "FR-3"), *ke = stage_register(s, "KE-GOV");

    REFUSED(say(s, &s->ilo, CONVENER, "added", "FR-3"), "quorum.missing");
    REFUSED(say_with(s, &s->ilo, WITH(fr), CONVENER, "added", "FR-3"), "quorum.missing");
    REFUSED(say_with(s, fr, WITH(&s->ilo), CONVENER, "added", "FR-3"),
            "author.not-allowed");
    REFUSED(say_with(s, &s->ilo, WITH(&s->unicef), CONVENER, "added", "KE-GOV"),
            "life.state"); /* it is no member */
    REFUSED(say_with(s, &s->ilo, WITH(&s->unicef), CONVENER, "added", "XX-1"),
            "org.unknown");
    REFUSED(say_with(s, &s->ilo, WITH(&s->unicef), CONVENER, "added", "XM-DAC-41122"),
            "subject.exists");
    ACCEPTED(say_with(s, &s->ilo, WITH(&s->unicef), CONVENER, "added", "FR-3"));
    stage_commit(s);
    assert_string_equal(stage_text(s, STORE_NETWORK, "spiac-b", "conveners.2.active"),
                        "true");

    REFUSED(say(s, &s->ilo, CONVENER, "removed", "FR-3"), "quorum.missing");
    REFUSED(say_with(s, &s->ilo, WITH(fr), CONVENER, "removed", "KE-GOV"),
            "subject.unknown");
    /* Two conveners; who is removed may be one of them. */
    ACCEPTED(say_with(s, fr, WITH(&s->unicef), CONVENER, "removed", "XM-DAC-41122"));
    ACCEPTED(say_with(s, &s->ilo, WITH(fr), CONVENER, "removed", "XM-DAC-41302"));
    /* FR-3 is the one that is left; with a steward it could do the rest. */
    REFUSED(say_with(s, fr, WITH(&s->ilo), CONVENER, "removed", "FR-3"), "convener.last");
    ACCEPTED(say_with(s, &s->unicef, WITH(fr), CONVENER, "added", "XM-DAC-41302"));
    (void)ke;
    stage_free(s);
}

TEST(a_network_is_updated_by_its_quorum)
{
    struct stage *s = stage_new();
    struct scribe *fr = stage_join(s, "FR-3");
    static const char updated[] = "{'is':'network.updated','network':'spiac-b',%s}";

    REFUSED(say(s, fr, updated, "'name':'X'"), "author.not-allowed");
    REFUSED(say(s, &s->ilo, "{'is':'network.updated','network':'x-1','name':'X'}"),
            "subject.unknown");
    ACCEPTED(say(s, &s->ilo, updated, "'name':'X','purpose':'P'"));
    stage_commit(s);
    assert_string_equal(stage_text(s, STORE_NETWORK, "spiac-b", "name"), "X");

    /* Alone it would drop the other. */
    REFUSED(
        say(s, &s->ilo, updated, "'conveners':[{'org':'XM-DAC-41302','role':'chair'}]"),
        "quorum.missing");
    ACCEPTED(say_with(s, &s->ilo, WITH(&s->unicef), updated,
                      "'quorum':{'admit':2,'speak':2},'conveners':[{'org':'XM-DAC-41302',"
                      "'role':'chair'},{'org':'FR-3','role':'co-chair'}]"));
    stage_commit(s);
    assert_string_equal(CONVENERS(s),
                        "[{\"org\":\"XM-DAC-41302\",\"role\":\"chair\",\"active\":true},"
                        "{\"org\":\"FR-3\",\"role\":\"co-chair\",\"active\":true}]");
    REFUSED(say(s, &s->ilo, updated, "'name':'Y'"), "quorum.missing"); /* now two */
    ACCEPTED(say_with(s, &s->ilo, WITH(fr), updated, "'name':'Y'"));
    stage_free(s);
}

/* --- memberships ---------------------------------------------------------------------
 */

TEST(a_membership_ends_and_may_begin_again)
{
    struct stage *s = stage_new();
    struct scribe *fr = stage_join(s, "FR-3"), *ke = stage_join(s, "KE-GOV");
    static const char ended[] =
        "{'is':'membership.ended','network':'spiac-b','org':'%s','reason':'R'}";
    static const char granted[] =
        "{'is':'membership.granted','network':'spiac-b','org':'%s','role':'observer'}";
    static const char accepted[] =
        "{'is':'membership.accepted','network':'spiac-b','org':'%s'}";

    REFUSED(say(s, fr, ended, "KE-GOV"), "author.not-allowed");
    REFUSED(say(s, &s->ilo, ended, "XX-1"), "subject.unknown");
    REFUSED(say(s, &s->ilo, ended, "XM-DAC-41122"), "life.state"); /* it convenes */
    REFUSED(say(s, &s->unicef, ended, "XM-DAC-41122"), "life.state");
    ACCEPTED(say(s, fr, ended, "FR-3")); /* itself */
    ACCEPTED(say(s, &s->unicef, ended, "KE-GOV"));
    REFUSED(say(s, &s->unicef, ended, "KE-GOV"), "subject.unknown");
    REFUSED(say(s, ke, accepted, "KE-GOV"), "subject.unknown");
    REFUSED(say(s, ke, LISTED, "A-1"), "author.not-a-member");
    stage_commit(s);
    assert_string_equal(stage_text(s, STORE_ORGANIZATION, "ke-gov", "networks"), "[]");
    assert_string_equal(stage_text(s, STORE_MEMBER, "spiac-b ke-gov", "status"), "ended");
    ACCEPTED(say(s, &s->ilo, granted, "KE-GOV"));
    ACCEPTED(say(s, ke, accepted, "KE-GOV"));
    ACCEPTED(say(s, ke, LISTED, "A-1"));
    stage_free(s);
}

/* --- organizations -------------------------------------------------------------------
 */

static struct secret_key *add_key(struct stage *s, struct scribe *who)
{
    struct secret_key *key = scribe_key(who->org, KEY_ED25519, 1);
    struct buf record = { 0 };

    buf_printf(&record, "{'is':'key.added','org':'%s','label':'two',", who->org);
    scribe_state_key(key, STAGE_ORIGIN, who->org, &record);
    ACCEPTED(say(s, who, "%s}", buf_str(&record)));
    buf_clear(&record);
    return key;
}

/* A statement by two keys of the author. */
static struct outcome say_twice(struct stage *s, struct scribe *who,
                                const struct secret_key *second, const char *record)
{
    struct draft d = { .origin = STAGE_ORIGIN,
                       .author = who,
                       .seq = ++who->seq,
                       .at = s->now++,
                       .before = UINT64_MAX };
    struct buf text = { 0 };
    struct note note;

    buf_reset(&s->last);
    scribe_note(&d, record, &s->last);
    assert_status(note_parse(buf_bytes(&s->last), &note), STATUS_OK);
    buf_add(&text, note.text); /* the note may move as it grows */
    note_sign(second, buf_bytes(&text), &s->last);
    buf_clear(&text);
    return stage_hand_in(s, buf_bytes(&s->last));
}

TEST(four_eyes)
{
    struct stage *s = stage_new();
    struct scribe *fr = stage_join(s, "FR-3");
    struct secret_key *second = add_key(s, fr);
    static const char signing[] = "{'is':'organization.signing','org':'FR-3','rules':"
                                  "[{'kinds':['pledge'],'signatures':2}]}";
    static const char made[] =
        "{'is':'pledge.made','id':'FR-3:%s','title':'T','donor':'FR-3','recipient':"
        "'XM-DAC-41302','basis':'announced','unstated':true}";
    char record[512];

    REFUSED(say(s, &s->ilo, signing), "author.not-allowed");
    ACCEPTED(say(s, fr, signing));
    snprintf(record, sizeof(record), made, "1");
    REFUSED(say(s, fr, made, "1"), "author.signatures");
    ACCEPTED(say_twice(s, fr, second, record));
    ACCEPTED(say(s, fr, LISTED, "A-1")); /* another kind */
    /* Who co-signs a pledge accepts by it. */
    REFUSED(say_with(s, &s->ilo, WITH(fr),
                     "{'is':'pledge.made','id':'XM-DAC-41302:1','title':'T','donor':"
                     "'FR-3','recipient':'XM-DAC-41302','basis':'announced','unstated':"
                     "true}"),
            "author.signatures");
    ACCEPTED(say(s, fr,
                 "{'is':'organization.signing','org':'FR-3','rules':"
                 "[{'kinds':['pledge'],'signatures':1}]}"));
    ACCEPTED(say(s, fr, made, "2"));
    secret_key_free(second);
    stage_free(s);
}

TEST(a_closed_organization_signs_no_more)
{
    struct stage *s = stage_new();
    struct scribe *fr = stage_join(s, "FR-3"), *again;
    struct buf record = { 0 };
    static const char closed[] = "{'is':'organization.closed','org':'%s'%s}";

    stage_list(s, "DE-1");
    REFUSED(say(s, &s->ilo, closed, "FR-3", ""), "author.not-allowed");
    REFUSED(say(s, fr, closed, "DE-1", ""), "author.not-allowed"); /* ILO listed it */
    REFUSED(say(s, fr, closed, "FR-3", ",'successor':'XX-1'"), "org.unknown");
    ACCEPTED(say(s, &s->ilo, closed, "DE-1", ",'successor':'FR-3'"));
    REFUSED(say(s, &s->ilo, closed, "DE-1", ""), "life.state");
    ACCEPTED(say(s, fr, closed, "FR-3", ""));
    REFUSED(say(s, fr, LISTED, "A-1"), "key.inactive");
    stage_commit(s);
    assert_string_equal(stage_text(s, STORE_ORGANIZATION, "fr-3", "status"), "closed");
    assert_string_equal(stage_text(s, STORE_ORGANIZATION, "de-1", "successor"), "FR-3");
    /* Nobody takes its name. */
    again = stage_stranger(s, "FR-3");
    stage_registration(again, "spiac-b", &record);
    REFUSED(say(s, &s->ilo, "%s", buf_str(&record)), "subject.exists");
    buf_clear(&record);
    stage_free(s);
}

/* --- recovery ------------------------------------------------------------------------
 */

static struct outcome recover(struct stage *s, struct scribe *who,
                              struct scribe *const *with, const char *org,
                              const struct secret_key *key)
{
    struct buf record = { 0 };
    struct outcome out;

    buf_printf(&record, "{'is':'key.recovered','org':'%s','label':'new',", org);
    scribe_state_key(key, STAGE_ORIGIN, org, &record);
    out = say_with(s, who, with, "%s}", buf_str(&record));
    buf_clear(&record);
    return out;
}

static void add_cosigner(struct stage *s, struct scribe *who, const char *name,
                         struct secret_key **out)
{
    struct buf record = { 0 };

    *out = scribe_key(name, KEY_COSIGN, 0);
    buf_text(&record, "{'is':'cosigner.added',");
    scribe_state_key(*out, STAGE_ORIGIN, who->org, &record);
    ACCEPTED(say(s, who, "%s}", buf_str(&record)));
    buf_clear(&record);
}

static const char *key_text(struct stage *s, const struct secret_key *k, const char *path)
{
    struct buf name = { 0 };
    const char *text;

    rows_key_key(bytes_of(secret_key_public(k)->name), id_of(k), &name);
    text = stage_text(s, STORE_KEY, buf_str(&name), path);
    buf_clear(&name);
    return text;
}

TEST(lost_keys_are_recovered_by_who_vouched)
{
    struct stage *s = stage_new();
    struct scribe *fr = stage_join(s, "FR-3"), *ke = stage_join(s, "KE-GOV");
    struct secret_key *fresh = scribe_key("FR-3", KEY_ED25519, 9), *cosigner, *old;

    add_cosigner(s, fr, "FR-3/node", &cosigner);
    REFUSED(recover(s, fr, NULL, "FR-3", fresh), "author.not-allowed");
    REFUSED(recover(s, &s->ilo, WITH(fr), "FR-3", fresh), "author.not-allowed");
    REFUSED(recover(s, &s->ilo, NULL, "FR-3", fresh), "quorum.missing");
    REFUSED(recover(s, &s->ilo, WITH(ke), "FR-3", fresh), "quorum.missing");
    REFUSED(recover(s, &s->ilo, WITH(&s->unicef), "FR-3", fr->key), "key.stated");
    ACCEPTED(recover(s, &s->ilo, WITH(&s->unicef), "FR-3", fresh));
    REFUSED(say(s, fr, LISTED, "A-1"), "key.inactive");
    stage_commit(s);
    assert_string_equal(key_text(s, fr->key, "revoked.reason"), "recovered");
    assert_string_equal(key_text(s, cosigner, "revoked.reason"), "recovered");
    old = fr->key;
    fr->key = fresh;
    ACCEPTED(say(s, fr, LISTED, "A-1"));
    secret_key_free(old);
    secret_key_free(cosigner);
    stage_free(s);
}

TEST(one_convener_recovers_with_a_steward)
{
    struct stage *s = stage_new();
    struct scribe *fr = stage_join(s, "FR-3"), *ke;
    struct secret_key *fresh = scribe_key("KE-GOV", KEY_ED25519, 9);
    struct secret_key *unicef = scribe_key(s->unicef.org, KEY_ED25519, 9), *old;
    struct buf record = { 0 };

    /* A network that FR-3 convenes alone. */
    ACCEPTED(say_with(s, &s->ilo, WITH(fr),
                      "{'is':'network.chartered','network':'n-1','name':'N','conveners':"
                      "[{'org':'FR-3','role':'chair'}],'quorum':{'admit':1,'speak':1}}"));
    ke = stage_stranger(s, "KE-GOV");
    stage_registration(ke, "n-1", &record);
    ACCEPTED(say(s, fr, "%s", buf_str(&record)));
    REFUSED(recover(s, &s->ilo, NULL, "KE-GOV", fresh), "quorum.missing");
    REFUSED(recover(s, fr, NULL, "KE-GOV", fresh), "quorum.missing");
    ACCEPTED(recover(s, fr, WITH(&s->ilo), "KE-GOV", fresh));
    /* Stewards alone, by their quorum. */
    secret_key_free(fresh);
    fresh = scribe_key("KE-GOV", KEY_ED25519, 10);
    ACCEPTED(recover(s, &s->ilo, WITH(&s->unicef), "KE-GOV", fresh));

    /* Whom entry 0 registered: a steward, and a convener of its network. */
    REFUSED(recover(s, &s->ilo, NULL, s->unicef.org, unicef), "quorum.missing");
    REFUSED(recover(s, &s->ilo, WITH(fr), s->unicef.org, unicef), "quorum.missing");
    ACCEPTED(say_with(s, &s->ilo, WITH(&s->unicef), CONVENER, "added", "FR-3"));
    ACCEPTED(recover(s, &s->ilo, WITH(fr), s->unicef.org, unicef));
    old = s->unicef.key;
    s->unicef.key = unicef;
    ACCEPTED(say(s, &s->unicef, LISTED, "A-1"));
    stage_list(s, "DE-1");
    secret_key_free(fresh);
    fresh = scribe_key("DE-1", KEY_ED25519, 9);
    REFUSED(recover(s, &s->ilo, WITH(&s->unicef), "DE-1", fresh), "life.state");
    secret_key_free(old);
    secret_key_free(fresh);
    buf_clear(&record);
    stage_free(s);
}

TEST(a_cosigner_retires)
{
    struct stage *s = stage_new();
    struct scribe *fr = stage_join(s, "FR-3");
    struct secret_key *cosigner;
    static const char retired[] = "{'is':'cosigner.retired','key_id':'%08x'}";

    add_cosigner(s, fr, "FR-3/node", &cosigner);
    REFUSED(say(s, &s->ilo, retired, id_of(cosigner)), "subject.unknown");
    ACCEPTED(say(s, fr, retired, id_of(cosigner)));
    REFUSED(say(s, fr, retired, id_of(cosigner)), "life.state");
    stage_commit(s);
    assert_string_equal(key_text(s, cosigner, "revoked.reason"), "retired");
    secret_key_free(cosigner);
    stage_free(s);
}

TEST(what_a_stolen_key_signed_is_repudiated)
{
    struct stage *s = stage_new();
    struct scribe *fr = stage_join(s, "FR-3");
    struct secret_key *second = add_key(s, fr), *first = fr->key;
    bool repudiated = true;
    uint64_t stolen;

    ACCEPTED(say(s, fr, LISTED, "A-1"));
    stolen = say(s, fr, LISTED, "A-2").index;
    ACCEPTED(say(s, fr, LISTED, "A-3"));
    fr->key = second;
    ACCEPTED(say(s, fr,
                 "{'is':'key.revoked','org':'FR-3','key_id':'%08x','reason':'compromised'"
                 ",'since':%llu}",
                 id_of(first), (unsigned long long)stolen));
    stage_commit(s);
    assert_status(rows_repudiated(s->store, stolen - 1, &repudiated), STATUS_OK);
    assert_false(repudiated);
    assert_status(rows_repudiated(s->store, stolen, &repudiated), STATUS_OK);
    assert_true(repudiated);
    assert_status(rows_repudiated(s->store, stolen + 1, &repudiated), STATUS_OK);
    assert_true(repudiated);
    assert_status(rows_repudiated(s->store, stolen + 2, &repudiated), STATUS_OK);
    assert_false(repudiated);
    secret_key_free(first);
    stage_free(s);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(checkpoints_carry_a_signature_by_each_active_key),
    TEST_OF(a_program_that_lacks_the_rules_stops_at_the_next_entry),
    TEST_OF(a_program_that_lacks_the_codes_stops),
    TEST_OF(a_log_that_was_succeeded_takes_no_more),
    TEST_OF(conveners_come_and_go_by_two),
    TEST_OF(a_network_is_updated_by_its_quorum),
    TEST_OF(a_membership_ends_and_may_begin_again),
    TEST_OF(four_eyes),
    TEST_OF(a_closed_organization_signs_no_more),
    TEST_OF(lost_keys_are_recovered_by_who_vouched),
    TEST_OF(one_convener_recovers_with_a_steward),
    TEST_OF(a_cosigner_retires),
    TEST_OF(what_a_stolen_key_signed_is_repudiated),
};
TEST_MAIN(tests)

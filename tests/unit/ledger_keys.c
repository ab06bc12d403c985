/* Keys: added, delegated, revoked; what they sign and when. */
#include "unit/scribe.h"

#define LISTED "{'is':'organization.listed','org':'%s','name':'N','org_type':'10'}"
#define REVOKED "{'is':'key.revoked','org':'%s','key_id':'%08x','reason':'rotated'}"

static uint32_t id_of(const struct secret_key *k)
{
    return secret_key_public(k)->id;
}

/* The scribe speaks with another key; returns the one before. */
static struct secret_key *take_key(struct scribe *w, struct secret_key *key)
{
    struct secret_key *old = w->key;

    w->key = key;
    return old;
}

static struct outcome add_key(struct stage *s, struct scribe *who, const char *org,
                              const struct secret_key *key, const char *more)
{
    struct buf record = { 0 };
    struct outcome out;

    buf_printf(&record, "{'is':'key.added','org':'%s','label':'two'%s,", org, more);
    scribe_state_key(key, STAGE_ORIGIN, org, &record);
    out = say(s, who, "%s}", buf_str(&record));
    buf_clear(&record);
    return out;
}

TEST(a_key_is_usable_from_the_next_entry)
{
    struct stage *s = stage_new();
    struct secret_key *second = scribe_key(s->ilo.org, KEY_ED25519, 1), *first;

    first = take_key(&s->ilo, second);
    REFUSED(say(s, &s->ilo, LISTED, "AA-1"), "key.unknown");
    take_key(&s->ilo, first);
    REFUSED(add_key(s, &s->unicef, s->ilo.org, second, ""), "author.not-allowed");
    ACCEPTED(add_key(s, &s->ilo, s->ilo.org, second, ""));
    REFUSED(add_key(s, &s->ilo, s->ilo.org, second, ""), "key.stated");
    take_key(&s->ilo, second);
    ACCEPTED(say(s, &s->ilo, LISTED, "AA-1"));

    take_key(&s->ilo, first);
    secret_key_free(second);
    stage_free(s);
}

TEST(a_public_key_belongs_to_one_organization_for_ever)
{
    struct stage *s = stage_new();
    struct secret_key *same;
    struct buf text = { 0 };
    struct hash seed;

    /* The seed of ILO's own key, under another name. */
    buf_printf(&text, "%s %d %u", s->ilo.org, (int)KEY_ED25519, 0u);
    seed = hash_sha256(buf_bytes(&text));
    assert_status(secret_key_from_seed(bytes_of("BB-1"), KEY_ED25519, seed.b, &same),
                  STATUS_OK);
    assert_memory_equal(secret_key_public(same)->pub, secret_key_public(s->ilo.key)->pub,
                        PUBLIC_KEY_LEN);
    buf_reset(&text);
    buf_text(&text, "{'is':'organization.registered','org':'BB-1','network':'spiac-b',"
                    "'name':'B','org_type':'10','keys':[{'label':'one',");
    scribe_state_key(same, STAGE_ORIGIN, "BB-1", &text);
    REFUSED(say(s, &s->ilo, "%s}]}", buf_str(&text)), "key.stated");
    buf_clear(&text);
    secret_key_free(same);
    stage_free(s);
}

TEST(a_revoked_key_signs_no_later_entry)
{
    struct stage *s = stage_new();
    struct secret_key *second = scribe_key(s->ilo.org, KEY_ED25519, 1), *first;
    struct buf known = { 0 };

    REFUSED(say(s, &s->ilo, REVOKED, s->ilo.org, id_of(s->ilo.key)), "key.last");
    ACCEPTED(add_key(s, &s->ilo, s->ilo.org, second, ""));
    REFUSED(say(s, &s->ilo, REVOKED, s->ilo.org, 12345u), "subject.unknown");
    REFUSED(say(s, &s->unicef, REVOKED, s->ilo.org, id_of(second)), "author.not-allowed");
    /* Still usable in the statement that revokes it. */
    ACCEPTED(say(s, &s->ilo, REVOKED "\n" LISTED, s->ilo.org, id_of(s->ilo.key), "AA-1"));
    buf_add(&known, buf_bytes(&s->last));
    REFUSED(say(s, &s->ilo, LISTED, "AA-2"), "key.inactive");
    KNOWN(stage_hand_in(s, buf_bytes(&known)));
    first = take_key(&s->ilo, second);
    REFUSED(say(s, &s->ilo, REVOKED, s->ilo.org, id_of(first)), "life.state");
    REFUSED(say(s, &s->ilo, REVOKED, s->ilo.org, id_of(second)), "key.last");
    ACCEPTED(say(s, &s->ilo, LISTED, "AA-2"));
    buf_clear(&known);
    secret_key_free(first);
    stage_free(s);
}

TEST(two_keys_cannot_revoke_each_other_at_once)
{
    struct stage *s = stage_new();
    struct secret_key *second = scribe_key(s->ilo.org, KEY_ED25519, 1);

    ACCEPTED(add_key(s, &s->ilo, s->ilo.org, second, ""));
    REFUSED(say(s, &s->ilo, REVOKED "\n" REVOKED, s->ilo.org, id_of(second), s->ilo.org,
                id_of(s->ilo.key)),
            "key.last");
    /* Nothing changed: the second one, revoked in the first record, is still good. */
    secret_key_free(take_key(&s->ilo, second));
    ACCEPTED(say(s, &s->ilo, LISTED, "AA-1"));
    stage_free(s);
}

TEST(a_key_ends_at_its_until)
{
    struct stage *s = stage_new();
    struct secret_key *second = scribe_key(s->ilo.org, KEY_ED25519, 1), *first;

    ACCEPTED(add_key(s, &s->ilo, s->ilo.org, second, ",'until':3"));
    first = take_key(&s->ilo, second);
    ACCEPTED(say(s, &s->ilo, LISTED, "AA-1")); /* entry 2 */
    REFUSED(say(s, &s->ilo, LISTED, "AA-2"), "key.inactive");
    take_key(&s->ilo, first);
    REFUSED(say(s, &s->ilo, REVOKED, s->ilo.org, id_of(first)), "key.last");
    secret_key_free(second);
    stage_free(s);
}

TEST(a_delegate_signs_its_kinds_only)
{
    struct stage *s = stage_new();
    struct secret_key *second = scribe_key(s->ilo.org, KEY_ED25519, 1), *first;
    struct scribe *ke = stage_join(s, "KE-GOV");
    static const char joint[] =
        "{'is':'partnership.proposed','id':'KE-GOV:P','title':'P','kind':'mou',"
        "'parties':[{'org':'KE-GOV'},{'org':'XM-DAC-41302'}]}";

    ACCEPTED(add_key(s, &s->ilo, s->ilo.org, second,
                     ",'kinds':['organization.listed','pledge']"));
    first = take_key(&s->ilo, second);
    ACCEPTED(say(s, &s->ilo, LISTED, "AA-1"));
    ACCEPTED(say(s, &s->ilo,
                 "{'is':'pledge.made','id':'XM-DAC-41302:P','title':'T','donor':"
                 "'XM-DAC-41302','recipient':'AA-1','basis':'announced',"
                 "'unstated':true}"));
    REFUSED(say(s, &s->ilo, "{'is':'organization.updated','org':'AA-1','name':'M'}"),
            "key.kinds");
    /* The subject is judged before what the key may sign. */
    REFUSED(say(s, &s->ilo, "{'is':'organization.updated','org':'AA-9','name':'M'}"),
            "subject.unknown");
    /* Nor does it co-sign others. */
    REFUSED(say_with(s, ke, WITH(&s->ilo), "%s", joint), "key.kinds");
    take_key(&s->ilo, first);
    ACCEPTED(say_with(s, ke, WITH(&s->ilo), "%s", joint));
    secret_key_free(second);
    stage_free(s);
}

TEST(cosigners_are_kept_apart_from_statement_keys)
{
    struct stage *s = stage_new();
    struct secret_key *cosigner = scribe_key("XM-DAC-41302/hq", KEY_COSIGN, 0);
    struct buf record = { 0 }, key = { 0 };
    uint8_t pub[PUBLIC_KEY_LEN];

    buf_text(&record, "{'is':'cosigner.added',");
    scribe_state_key(cosigner, STAGE_ORIGIN, s->ilo.org, &record);
    ACCEPTED(say(s, &s->ilo, "%s}", buf_str(&record)));
    REFUSED(say(s, &s->ilo, "%s}", buf_str(&record)), "key.stated");
    assert_false(
        ledger_key_lookup(s->ledger, bytes_of("XM-DAC-41302/hq"), id_of(cosigner), pub));
    assert_true(
        ledger_key_lookup(s->ledger, bytes_of(s->ilo.org), id_of(s->ilo.key), pub));
    stage_commit(s);
    rows_key_key(bytes_of("XM-DAC-41302/hq"), id_of(cosigner), &key);
    assert_int_equal(stage_int(s, STORE_KEY, buf_str(&key), "type"), KEY_COSIGN);
    assert_string_equal(stage_text(s, STORE_ORGANIZATION, "xm-dac-41302", "cosigners.0"),
                        buf_str(&key));
    buf_clear(&record);
    buf_clear(&key);
    secret_key_free(cosigner);
    stage_free(s);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(a_key_is_usable_from_the_next_entry),
    TEST_OF(a_public_key_belongs_to_one_organization_for_ever),
    TEST_OF(a_revoked_key_signs_no_later_entry),
    TEST_OF(two_keys_cannot_revoke_each_other_at_once),
    TEST_OF(a_key_ends_at_its_until),
    TEST_OF(a_delegate_signs_its_kinds_only),
    TEST_OF(cosigners_are_kept_apart_from_statement_keys),
};
TEST_MAIN(tests)

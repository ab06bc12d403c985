/* What is judged of a statement as a whole, and in which order. */
#include "unit/scribe.h"

#define LISTED "{'is':'organization.listed','org':'%s','name':'N','org_type':'10'}"

static struct draft draft_of(struct stage *s, struct scribe *who)
{
    return (struct draft){ .origin = STAGE_ORIGIN,
                           .author = who,
                           .seq = ++who->seq,
                           .at = s->now++,
                           .before = UINT64_MAX };
}

static const char *listed(const char *org)
{
    static char text[256];

    snprintf(text, sizeof(text), LISTED, org);
    return text;
}

TEST(a_statement_is_meant_for_one_log)
{
    struct stage *s = stage_new();
    struct draft d = draft_of(s, &s->ilo);

    d.origin = "other.example.org/log";
    REFUSED(say_draft(s, &d, listed("AA-1")), "header.log");
    stage_free(s);
}

TEST(a_text_submitted_again_is_known)
{
    struct stage *s = stage_new();
    struct buf first = { 0 };
    struct outcome again;

    ACCEPTED(say(s, &s->ilo, LISTED, "AA-1"));
    buf_add(&first, buf_bytes(&s->last));
    again = stage_hand_in(s, buf_bytes(&first));
    KNOWN(again); /* in the batch */
    assert_int_equal(again.index, 1);
    stage_commit(s);
    ACCEPTED(say(s, &s->ilo, LISTED, "AA-2"));
    again = stage_hand_in(s, buf_bytes(&first));
    KNOWN(again); /* in the store */
    assert_int_equal(again.index, 1);
    assert_int_equal(ledger_size(s->ledger), 3);
    buf_clear(&first);
    stage_free(s);
}

TEST(a_long_chain_of_one_key_is_searched)
{
    struct stage *s = stage_new();
    struct buf notes[40] = { 0 };

    for (int i = 0; i < 40; i++) {
        char org[16];

        s->ilo.seq += (uint64_t)(i % 3); /* gaps */
        snprintf(org, sizeof(org), "AA-%d", i);
        ACCEPTED(say(s, &s->ilo, LISTED, org));
        buf_add(&notes[i], buf_bytes(&s->last));
        if (i % 7 == 0)
            stage_commit(s);
    }
    for (int i = 0; i < 40; i++) {
        struct outcome again = stage_hand_in(s, buf_bytes(&notes[i]));

        KNOWN(again);
        assert_int_equal(again.index, i + 1);
        buf_clear(&notes[i]);
    }
    stage_free(s);
}

TEST(another_text_with_a_used_seq_is_stale)
{
    struct stage *s = stage_new();
    struct draft d = draft_of(s, &s->ilo);

    ACCEPTED(say_draft(s, &d, listed("AA-1")));
    REFUSED(say_draft(s, &d, listed("AA-2")), "seq.stale");
    stage_commit(s);
    REFUSED(say_draft(s, &d, listed("AA-2")), "seq.stale");
    d.seq = 100; /* gaps are allowed */
    ACCEPTED(say_draft(s, &d, listed("AA-2")));
    d.seq = 50;
    REFUSED(say_draft(s, &d, listed("AA-3")), "seq.stale");
    stage_free(s);
}

TEST(time_does_not_run_backwards_for_a_key)
{
    struct stage *s = stage_new();
    struct draft d = draft_of(s, &s->ilo);

    ACCEPTED(say_draft(s, &d, listed("AA-1")));
    d.seq++;
    d.at--;
    REFUSED(say_draft(s, &d, listed("AA-2")), "at.earlier");
    d.at++;
    ACCEPTED(say_draft(s, &d, listed("AA-2")));
    stage_free(s);
}

TEST(before_is_a_limit)
{
    struct stage *s = stage_new();
    struct draft d = draft_of(s, &s->ilo);

    d.before = 1;
    REFUSED(say_draft(s, &d, listed("AA-1")), "before.passed");
    d.before = 2;
    ACCEPTED(say_draft(s, &d, listed("AA-1")));
    stage_free(s);
}

TEST(a_key_must_be_known_and_its_signature_good)
{
    struct stage *s = stage_new();
    struct scribe *who = stage_stranger(s, "44000");
    struct buf note = { 0 };

    REFUSED(say(s, who, LISTED, "AA-1"), "key.unknown");
    REFUSED(say_with(s, &s->ilo, WITH(who), LISTED, "AA-1"), "key.unknown");
    ACCEPTED(say(s, &s->ilo, LISTED, "AA-1"));

    /* The same signature under another text. */
    buf_add(&note, buf_bytes(&s->last));
    strstr((char *)note.ptr, "\"AA-1\"")[4] = '2';
    memcpy(strstr((char *)note.ptr, "\"seq\":3"), "\"seq\":9", 7);
    REFUSED(stage_hand_in(s, buf_bytes(&note)), "signature.bad");
    buf_clear(&note);
    stage_free(s);
}

TEST(verdicts_of_the_verifiers_are_believed)
{
    struct stage *s = stage_new();
    struct statement *st;
    struct outcome out;
    struct draft d = draft_of(s, &s->ilo);

    scribe_note(&d, listed("AA-1"), &s->last);
    for (int good = 0; good < 2; good++) {
        buf_reset(&s->last);
        scribe_note(&d, listed("AA-1"), &s->last);
        assert_status(statement_open(buf_bytes(&s->last), STAGE_ORIGIN, &st, NULL),
                      STATUS_OK);
        statement_verify(st, ledger_key_lookup, s->ledger);
        assert_int_equal(st->sigs[0].verdict, VERDICT_GOOD);
        if (!good)
            st->sigs[0].verdict = VERDICT_BAD;
        assert_status(ledger_take(s->ledger, st, &out), STATUS_OK);
        if (good)
            ACCEPTED(out);
        else
            REFUSED(out, "signature.bad");
        statement_free(st);
    }
    stage_free(s);
}

TEST(judging_changes_nothing)
{
    struct stage *s = stage_new();
    struct draft d = draft_of(s, &s->ilo);
    struct statement *st;
    struct outcome out;

    scribe_note(&d, listed("AA-1"), &s->last);
    buf_reset(&s->last);
    scribe_note(&d, listed("AA-1"), &s->last);
    assert_status(statement_open(buf_bytes(&s->last), STAGE_ORIGIN, &st, NULL),
                  STATUS_OK);
    for (int i = 0; i < 3; i++) {
        assert_status(ledger_judge(s->ledger, st, &out), STATUS_OK);
        ACCEPTED(out);
        assert_int_equal(out.index, 1);
        assert_int_equal(ledger_size(s->ledger), 1);
    }
    assert_status(ledger_take(s->ledger, st, &out), STATUS_OK);
    ACCEPTED(out);
    statement_free(st);
    stage_free(s);
}

/* Each statement has two faults or more; the first in the order of docs/formats.md 2 is
 * told. */
TEST(the_first_fault_is_told)
{
    struct stage *s = stage_new();
    struct scribe *who = stage_stranger(s, "44000");
    struct draft d = draft_of(s, &s->ilo);
    struct buf charter = { 0 };

    ACCEPTED(say_draft(s, &d, listed("AA-1")));

    /* log, before key */
    d.author = who;
    d.origin = "other.example.org/log";
    REFUSED(say_draft(s, &d, listed("AA-1")), "header.log");
    d.origin = STAGE_ORIGIN;
    /* a record on its own, before key */
    REFUSED(say_draft(s, &d, "{'is':'organization.listed'}"), "field.missing");
    /* entry 0, before key */
    stage_charter(s, &charter);
    REFUSED(say_draft(s, &d, buf_str(&charter)), "entry.zero");
    buf_clear(&charter);
    /* key, before seq */
    d.seq = 1;
    REFUSED(say_draft(s, &d, listed("AA-1")), "key.unknown");
    /* seq, before at, before, subject */
    d.author = &s->ilo;
    d.at -= 10;
    d.before = 0;
    REFUSED(say_draft(s, &d, listed("AA-1")), "seq.stale");
    d.seq = s->ilo.seq + 1;
    REFUSED(say_draft(s, &d, listed("AA-1")), "at.earlier");
    d.at += 10;
    REFUSED(say_draft(s, &d, listed("AA-1")), "before.passed");
    d.before = UINT64_MAX;
    REFUSED(say_draft(s, &d, listed("AA-1")), "subject.exists");
    stage_free(s);
}

TEST(the_line_of_a_refusal_is_told)
{
    struct stage *s = stage_new();
    struct scribe *who = stage_stranger(s, "44000");
    struct outcome out;

    out = say(s, &s->ilo, LISTED "\n" LISTED, "AA-1", "AA-1");
    REFUSED(out, "subject.exists");
    assert_int_equal(out.why.line, 4);
    out = say_with(s, &s->ilo, WITH(who), LISTED, "AA-1");
    REFUSED(out, "key.unknown");
    assert_int_equal(out.why.line, 6); /* version, header, record, blank, author */
    stage_free(s);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(a_statement_is_meant_for_one_log),
    TEST_OF(a_text_submitted_again_is_known),
    TEST_OF(a_long_chain_of_one_key_is_searched),
    TEST_OF(another_text_with_a_used_seq_is_stale),
    TEST_OF(time_does_not_run_backwards_for_a_key),
    TEST_OF(before_is_a_limit),
    TEST_OF(a_key_must_be_known_and_its_signature_good),
    TEST_OF(verdicts_of_the_verifiers_are_believed),
    TEST_OF(judging_changes_nothing),
    TEST_OF(the_first_fault_is_told),
    TEST_OF(the_line_of_a_refusal_is_told),
};
TEST_MAIN(tests)

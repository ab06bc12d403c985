/* A policy is read alike twice and behind a comment; nobody cosigns who is not in it.
 * Behind a NUL, which no policy has, the input may go on with a note to check. */
#include <string.h>

#include "fuzz/fuzz.h"
#include "tlog/policy.h"

static void require_alike(const struct policy *p, struct bytes text, enum status st,
                          unsigned line)
{
    struct buf later = { 0 };
    struct policy *again = NULL;
    unsigned at = 0;

    buf_text(&later, " # comment\n");
    buf_add(&later, text);
    require(policy_parse(buf_bytes(&later), &again, &at) == st);
    if (st == STATUS_OK) {
        require(policy_log_count(again) == policy_log_count(p));
        require(policy_witness_count(again) == policy_witness_count(p));
    } else {
        require(at == line + 1);
    }
    policy_free(again);
    buf_clear(&later);
}

static void require_keys(const struct policy *p)
{
    for (size_t i = 0; i < policy_log_count(p); i++) {
        require(policy_log(p, i)->type == KEY_ED25519);
        for (size_t j = 0; j < i; j++)
            require(memcmp(policy_log(p, i)->pub, policy_log(p, j)->pub,
                           PUBLIC_KEY_LEN) != 0);
    }
    for (size_t i = 0; i < policy_witness_count(p); i++) {
        require(policy_witness(p, i)->type == KEY_COSIGN);
        for (size_t j = 0; j < i; j++)
            require(memcmp(policy_witness(p, i)->pub, policy_witness(p, j)->pub,
                           PUBLIC_KEY_LEN) != 0);
    }
}

static void check(const struct policy *p, struct bytes note)
{
    struct checkpoint c;
    size_t cosigned = 0;
    enum status st = policy_check(p, note, &c, &cosigned);

    require(cosigned <= policy_witness_count(p));
    if (st == STATUS_OK || st == STATUS_REFUSED)
        require(policy_log_count(p) > 0 && c.size <= INT64_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes in = { data, len }, text = in, note = { data, 0 };
    struct policy *p = NULL;
    unsigned line = 0;
    enum status st;
    size_t at;

    require(sign_init() == STATUS_OK);
    if (bytes_find(in, '\0', &at)) {
        text = bytes_slice(in, 0, at);
        note = bytes_slice(in, at + 1, len);
    }
    if (text.len > POLICY_MAX / 2)
        return 0;
    st = policy_parse(text, &p, &line);
    require_alike(p, text, st, line);
    if (st == STATUS_OK) {
        require_keys(p);
        check(p, note);
    }
    policy_free(p);
    return 0;
}

/* tests/unit/tlog_keys.h
 *
 * Keys by number, for tests that sign.
 */
#ifndef AVOW_TESTS_UNIT_TLOG_KEYS_H
#define AVOW_TESTS_UNIT_TLOG_KEYS_H

#include "sign/key.h"
#include "unit/test.h"

static inline struct secret_key *key_of(const char *name, enum key_type type,
                                        unsigned number)
{
    uint8_t seed[SEED_LEN] = { 0 };
    struct secret_key *k = NULL;

    memcpy(seed, &number, sizeof(number));
    assert_status(secret_key_from_seed(bytes_of(name), type, seed, &k), STATUS_OK);
    return k;
}

static inline int signing_setup(void **state)
{
    (void)state;
    return sign_init() != STATUS_OK;
}

/* As TEST_MAIN, with what signing needs. */
#define TEST_MAIN_SIGNING(tests)                                                  \
    int main(void)                                                                \
    {                                                                             \
        cmocka_set_message_output(CM_OUTPUT_TAP);                                 \
        return cmocka_run_group_tests_name(__FILE__, tests, signing_setup, NULL); \
    }

#endif

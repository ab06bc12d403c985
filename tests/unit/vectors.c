/* The Merkle proof cases of transparency-dev/merkle, good and bad: see
 * tests/interop/README.md. */
#include <jansson.h>

#include "base/codec.h"
#include "tlog/proof.h"
#include "unit/test.h"

static json_t *vectors;

static int load(void **state)
{
    const char *path = getenv("AVOW_VECTORS");
    json_error_t why;

    (void)state;
    if (path == NULL)
        path = "tests/interop/vectors.json";
    vectors = json_load_file(path, 0, &why);
    if (vectors == NULL)
        print_error("%s: %s, line %d\n", path, why.text, why.line);
    return vectors == NULL;
}

static int unload(void **state)
{
    (void)state;
    json_decref(vectors);
    return 0;
}

static const char *text(const json_t *v, const char *name)
{
    const char *t = json_string_value(json_object_get(v, name));

    assert_non_null(t);
    return t;
}

static uint64_t number(const json_t *v, const char *name)
{
    uint64_t n;

    assert_status(decimal_parse(bytes_of(text(v, name)), &n), STATUS_OK);
    return n;
}

/* False: not 32 bytes; nothing of ours could hold it. */
static bool hash_of(const char *base64, struct hash *h)
{
    return base64_decode_exact(bytes_of(base64), h->b, HASH_LEN) == STATUS_OK;
}

static bool proof_of(const json_t *v, struct proof *p)
{
    const json_t *list = json_object_get(v, "proof"), *one;
    size_t i;

    assert_true(json_is_array(list));
    p->n = json_array_size(list);
    if (p->n > PROOF_HASHES_MAX)
        return false;
    json_array_foreach((json_t *)list, i, one)
    {
        if (!hash_of(json_string_value(one), &p->hashes[i]))
            return false;
    }
    return true;
}

/* A subtree [start, end) is a tree of end - start leaves, if it is a subtree at all. */
static bool inclusion(const json_t *v, uint64_t start)
{
    uint64_t end = number(v, "end"), index = number(v, "index"), step = 1;
    struct hash leaf, root;
    struct proof p;

    while (step < end - start && step != 0)
        step *= 2;
    if (start > end || step == 0 || start % step != 0 || index < start)
        return false;
    return hash_of(text(v, "leaf"), &leaf) && hash_of(text(v, "root"), &root) &&
           proof_of(v, &p) &&
           proof_inclusion_verify(&p, index - start, end - start, &leaf, &root) ==
               STATUS_OK;
}

static bool consistency(const json_t *v, uint64_t start)
{
    struct hash old_root, root;
    struct proof p;

    assert_int_equal(start, 0);
    return hash_of(text(v, "old_root"), &old_root) && hash_of(text(v, "root"), &root) &&
           proof_of(v, &p) &&
           proof_consistency_verify(&p, number(v, "old"), number(v, "size"), &old_root,
                                    &root) == STATUS_OK;
}

/* Cases that are called good with roots that are no hashes: for equal sizes their
 * verifier compares what it is given, and for an empty subtree ignores the root. */
static bool has_bad_root(const json_t *v)
{
    struct hash h;

    return !hash_of(text(v, "root"), &h);
}

static void check_all(const char *name, bool (*accepts)(const json_t *v, uint64_t start),
                      size_t count, size_t no_hashes)
{
    const json_t *list = json_object_get(vectors, name), *v;
    size_t i, skipped = 0;

    assert_int_equal(json_array_size(list), count);
    json_array_foreach((json_t *)list, i, v)
    {
        bool good = json_is_true(json_object_get(v, "good"));
        bool sub = json_object_get(v, "start") != NULL;

        if (good && has_bad_root(v)) {
            good = false;
            skipped++;
        }
        if (accepts(v, sub ? number(v, "start") : 0) != good)
            fail_msg("%s %s: expected %s", name, text(v, "name"), good ? "good" : "bad");
    }
    assert_int_equal(skipped, no_hashes);
}

TEST(inclusion_cases)
{
    check_all("inclusion", inclusion, 98, 0);
}

TEST(subtree_inclusion_cases)
{
    check_all("subtreeinclusion", inclusion, 204, 0);
}

TEST(consistency_cases)
{
    check_all("consistency", consistency, 98, 1);
}

TEST(subtree_consistency_cases_from_the_first_leaf)
{
    check_all("subtreeconsistency", consistency, 102, 2);
}

static const struct CMUnitTest tests[] = {
    TEST_OF(inclusion_cases),
    TEST_OF(subtree_inclusion_cases),
    TEST_OF(consistency_cases),
    TEST_OF(subtree_consistency_cases_from_the_first_leaf),
};

int main(void)
{
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests_name(__FILE__, tests, load, unload);
}

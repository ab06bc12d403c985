/* Pledges and the transactions that follow from them. */
#include "record/field.h"

static const struct field in_kind[] = {
    FIELD("description", field_text, REQUIRED),
    FIELD("quantity", field_quantity, 0),
    FIELD("unit", field_title, 0),
    FIELD("value", field_object, 0, .form = &form_money),
};
static const struct form form_in_kind = { FIELDS_OF(in_kind) };

static const struct field covered[] = {
    FIELD("pledge", field_subject, REQUIRED),
    FIELD("money", field_object, REQUIRED, .form = &form_money),
};
static const struct form form_covered = { FIELDS_OF(covered) };

static const struct field payment[] = {
    FIELD("due", field_date, REQUIRED),
    FIELD("money", field_object, REQUIRED, .form = &form_money),
};
static const struct form form_payment = { FIELDS_OF(payment) };

/* A code of the list that belongs to its vocabulary (AidTypeVocabulary; 1 where none is
 * said). Vocabulary 3 has no list among the rules' own. */
static enum status check_aid_type(struct check *c, const json_t *object)
{
    static const struct {
        const char *vocabulary;
        enum code_list list;
    } lists[] = { { "1", CODE_AID_TYPE },
                  { "2", CODE_EARMARKING },
                  { "4", CODE_CASH_MODALITY } };
    struct bytes code = json_member(object, "code");
    struct bytes vocabulary = json_member(object, "vocabulary");

    if (json_object_get(object, "vocabulary") == NULL)
        vocabulary = BYTES_LIT("1");
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        if (!bytes_eq_text(vocabulary, lists[i].vocabulary))
            continue;
        if (code_known(lists[i].list, code))
            return STATUS_OK;
        return field_refuse_member(
            c, RULE_CODE_UNKNOWN, "code",
            "expected a code of the list %s, found \"" BYTES_FMT "\"",
            code_list_name(lists[i].list), BYTES_ARG(field_shown(code)));
    }
    return field_refuse_member(
        c, RULE_CODE_UNKNOWN, "vocabulary",
        "expected 1 (aid types), 2 (earmarking) or 4 (cash and vouchers), found "
        "\"" BYTES_FMT "\"",
        BYTES_ARG(field_shown(vocabulary)));
}

static const struct field aid_type[] = {
    FIELD("code", field_string, REQUIRED),
    FIELD("vocabulary", field_string, 0),
};
static const struct form form_aid_type = { FIELDS_OF(aid_type), .check = check_aid_type };

static enum status check_usd(struct check *c, const struct field *f, const json_t *value)
{
    enum status st = form_check(c, &form_counts, value);

    (void)f;
    if (st != STATUS_OK || bytes_eq_text(json_member(value, "currency"), "USD"))
        return st;
    return field_refuse_member(c, RULE_FIELD_VALUE, "currency",
                               "expected USD, found " BYTES_FMT,
                               BYTES_ARG(field_shown(json_member(value, "currency"))));
}

static unsigned has(const json_t *object, const char *member)
{
    return json_object_get(object, member) != NULL ? 1 : 0;
}

static enum status refuse_worth(struct check *c, const json_t *record, const char *all)
{
    static const char *const names[] = { "money", "unstated", "in_kind" };
    struct buf found = { 0 };
    enum status st;

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (has(record, names[i]))
            buf_printf(&found, "%s%s", found.len > 0 ? " and " : "", names[i]);
    st = field_refuse(c, RULE_PLEDGE_WORTH, "expected exactly one of %s, found %s", all,
                      found.len > 0 ? buf_str(&found) : "none");
    buf_clear(&found);
    return st;
}

/* The crowd and who is not named are nobody: one side is an organization, and nobody has
 * funds of its own. */
static enum status check_sides(struct check *c, const json_t *record)
{
    struct bytes donor = json_member(record, "donor");
    struct bytes recipient = json_member(record, "recipient");
    bool own = json_is_true(json_object_get(record, "own_funds"));

    if (org_reserved(donor) && org_reserved(recipient))
        return field_refuse_member(c, RULE_PLEDGE_SELF, "recipient",
                                   "expected an organization on one side at least, "
                                   "found " BYTES_FMT " and " BYTES_FMT,
                                   BYTES_ARG(donor), BYTES_ARG(recipient));
    if (own && (org_reserved(donor) || org_reserved(recipient)))
        return field_refuse_member(c, RULE_PLEDGE_SELF, "own_funds",
                                   "expected organizations as donor and recipient, "
                                   "found " BYTES_FMT,
                                   BYTES_ARG(org_reserved(donor) ? donor : recipient));
    if (own || !bytes_eq(donor, recipient))
        return STATUS_OK;
    return field_refuse_member(c, RULE_PLEDGE_SELF, "recipient",
                               "expected another than the donor, or own_funds, "
                               "found \"" BYTES_FMT "\"",
                               BYTES_ARG(donor));
}

static enum status check_made(struct check *c, const json_t *record)
{
    if (has(record, "money") + has(record, "unstated") + has(record, "in_kind") != 1)
        return refuse_worth(c, record, "money, unstated, in_kind");
    return check_sides(c, record);
}

static const struct field made[] = {
    FIELD("id", field_own_subject, REQUIRED | ONCE),
    FIELD("title", field_title, REQUIRED),
    FIELD("description", field_text, 0),
    FIELD("donor", field_donor, REQUIRED),
    FIELD("recipient", field_recipient, REQUIRED),
    FIELD("basis", field_word, REQUIRED,
          WORDS("reported", "announced", "agreement", "payment")),
    FIELD("money", field_object, 0, .form = &form_money),
    FIELD("unstated", field_true, 0),
    FIELD("in_kind", field_object, 0, .form = &form_in_kind),
    FIELD("for", field_subject, 0),
    FIELD("wanted", field_local, 0),
    FIELD("from_fund", field_fund, 0),
    /* Could it be amended, pledges could fund each other in a circle. */
    FIELD("funded_by", field_object, LIST | ONCE, .form = &form_covered,
          .unique = "pledge"),
    FIELD("own_funds", field_bool, 0),
    FIELD("on", field_date, 0),
    FIELD("period", field_object, 0, .form = &form_period),
    FIELD("schedule", field_object, LIST, .form = &form_payment),
    FIELD("conditions", field_text, 0),
    FIELD("finance_type", field_digits, 0),
    FIELD("modality", field_word, 0,
          WORDS("bilateral", "multilateral", "pooled", "south-south", "triangular",
                "crowd")),
    FIELD("usd", check_usd, 0),
    FIELD("earmarking", field_code, 0, .list = CODE_EARMARKING),
    FIELD("aid_type", field_object, LIST, .form = &form_aid_type, .unique = "code",
          .within = "vocabulary"),
    FIELD("tied", field_code, 0, .list = CODE_TIED),
    FIELD("cash", field_bool, 0),
};
FORM_CLASSIFIED(PLEDGE_MADE, made, .check = check_made);

/* Transactions */

static enum status check_transaction(struct check *c, const json_t *record)
{
    if (has(record, "money") + has(record, "in_kind") == 1)
        return STATUS_OK;
    return refuse_worth(c, record, "money, in_kind");
}

#define TRANSACTION_FIELDS                                                    \
    FIELD("id", field_subject, REQUIRED), FIELD("tx", field_local, REQUIRED), \
        FIELD("money", field_object, 0, .form = &form_money),                 \
        FIELD("in_kind", field_object, 0, .form = &form_in_kind),             \
        FIELD("on", field_date, 0),                                           \
        FIELD("counts", field_object, 0, .form = &form_counts)

static const struct field committed[] = { TRANSACTION_FIELDS };
FORM(PLEDGE_COMMITTED, committed, .check = check_transaction);
FORM(PLEDGE_DECOMMITTED, committed, .check = check_transaction);

static const struct field disbursed[] = {
    TRANSACTION_FIELDS,
    FIELD("matches", field_local, LIST),
};
FORM(PLEDGE_DISBURSED, disbursed, .check = check_transaction);

static const struct field received[] = {
    TRANSACTION_FIELDS,
    FIELD("of", field_local, LIST),
    FIELD("fees", field_object, 0, .form = &form_money),
};
FORM(PLEDGE_RECEIVED, received, .check = check_transaction);

static const struct field refunded[] = {
    TRANSACTION_FIELDS,
    FIELD("of", field_local, LIST),
};
FORM(PLEDGE_REFUNDED, refunded, .check = check_transaction);

/* What became of it with the recipient. */
static const struct field spent[] = {
    TRANSACTION_FIELDS,
    FIELD("text", field_text, 0),
};
FORM(PLEDGE_SPENT, spent, .check = check_transaction);

/* The verbs of agreements, pledges and records. */
#include "node/form.h"

/* --- pledges ---------------------------------------------------------------------- */

static const struct form_word made[] = {
    { "funded_by", NULL, "PLEDGE=AMOUNT",
      "another pledge that so much of this is passed on from" },
    { 0 },
};

static const struct verb pledge[] = {
    { .name = "pledge make",
      .kind = KIND_PLEDGE_MADE,
      .summary = "pledge money or goods, or report a pledge",
      .words = made,
      .example = "avow pledge make --title \"Cash transfers\" --to 44002 --amount 700000 "
                 "--currency USD --network spf --country ZM" },
    { .name = "pledge amend",
      .kind = KIND_PLEDGE_AMENDED,
      .summary = "change the terms of a pledge, or correct them",
      .example = "avow pledge amend PL-0001 --amount 800000 --currency USD --reason "
                 "\"budget revision\"" },
    { .name = "pledge accept",
      .kind = KIND_PLEDGE_ACCEPTED,
      .summary = "confirm a pledge, as its other side, or accept an amendment",
      .example = "avow pledge accept 44000:PL-0001" },
    { .name = "pledge decline",
      .kind = KIND_PLEDGE_DECLINED,
      .summary = "decline a pledge, or an amendment",
      .example = "avow pledge decline 44000:PL-0001 --reason \"not agreed with us\"" },
    { .name = "pledge commit",
      .kind = KIND_PLEDGE_COMMITTED,
      .summary = "state that it is committed: a firm agreement",
      .example = "avow pledge commit 44000:PL-0001 --amount 700000 --on 2026-11" },
    { .name = "pledge decommit",
      .kind = KIND_PLEDGE_DECOMMITTED,
      .summary = "state that so much is no longer committed",
      .example = "avow pledge decommit 44000:PL-0001 --amount 100000" },
    { .name = "pledge disburse",
      .kind = KIND_PLEDGE_DISBURSED,
      .summary = "state a payment, as the donor",
      .example = "avow pledge disburse 44000:PL-0001 --amount 250000 --on 2026-11-20" },
    { .name = "pledge receive",
      .kind = KIND_PLEDGE_RECEIVED,
      .summary = "state that a payment arrived, as the recipient",
      .example =
          "avow pledge receive 44000:PL-0001 --amount 249000 --fees 1000 --of T2" },
    { .name = "pledge refund",
      .kind = KIND_PLEDGE_REFUNDED,
      .summary = "state that money went back, as the recipient",
      .example = "avow pledge refund 44000:PL-0001 --amount 5000" },
    { .name = "pledge spend",
      .kind = KIND_PLEDGE_SPENT,
      .summary = "state what was spent of it, as the recipient",
      .example = "avow pledge spend 44000:PL-0001 --amount 120000 --on 2026-12" },
    { .name = "pledge withdraw",
      .kind = KIND_PLEDGE_WITHDRAWN,
      .summary = "take back a pledge: what was paid stays",
      .example = "avow pledge withdraw PL-0001 --reason \"budget cut\"" },
    { 0 },
};
static const struct verb_table pledges = { "Saying, in words", pledge };

/* --- what all agreements have ----------------------------------------------------- */

#define AGREEMENT(family, FAMILY, what, id)                                          \
    { .name = family " accept",                                                      \
      .kind = KIND_##FAMILY##_ACCEPTED,                                              \
      .summary = "accept the terms of a " what ", as a party",                       \
      .example = "avow " family " accept " id },                                     \
        { .name = family " decline",                                                 \
          .kind = KIND_##FAMILY##_DECLINED,                                          \
          .summary = "decline the terms of a " what ", as a party",                  \
          .example = "avow " family " decline " id " --reason \"not within our "     \
                     "mandate\"" },                                                  \
        { .name = family " accede",                                                  \
          .kind = KIND_##FAMILY##_ACCEDED,                                           \
          .summary = "join a " what " that is open",                                 \
          .example = "avow " family " accede " id " --role participating" },         \
        { .name = family " leave",                                                   \
          .kind = KIND_##FAMILY##_LEFT,                                              \
          .summary = "leave a " what,                                                \
          .example =                                                                 \
              "avow " family " leave " id " --reason \"country office closed\"" },   \
        { .name = family " lead",                                                    \
          .kind = KIND_##FAMILY##_LEAD_CHANGED,                                      \
          .summary = "hand over who leads a " what ", with the new one's signature", \
          .example = "avow " family " lead " id " --to 44002 --with 44002 --draft "  \
                     "lead.statement" },                                             \
        { .name = family " suspend",                                                 \
          .kind = KIND_##FAMILY##_SUSPENDED,                                         \
          .summary = "suspend a " what,                                              \
          .example = "avow " family " suspend " id " --reason \"flood\"" },          \
        { .name = family " resume",                                                  \
          .kind = KIND_##FAMILY##_RESUMED,                                           \
          .summary = "go on with a " what " that was suspended",                     \
          .example = "avow " family " resume " id },                                 \
        { .name = family " complete",                                                \
          .kind = KIND_##FAMILY##_COMPLETED,                                         \
          .summary = "state that a " what " is completed",                           \
          .example = "avow " family " complete " id },                               \
        { .name = family " end",                                                     \
          .kind = KIND_##FAMILY##_ENDED,                                             \
          .summary = "end a " what " before it is completed",                        \
          .example = "avow " family " end " id },                                    \
    {                                                                                \
        .name = family " withdraw", .kind = KIND_##FAMILY##_WITHDRAWN,               \
        .summary = "take back a " what " that was proposed",                         \
        .example = "avow " family " withdraw " id " --reason \"superseded\""         \
    }

/* --- joint programming commitments ------------------------------------------------ */

static const struct form_word progressed[] = {
    { "deliverable", NULL, "LOCAL", NULL },
    { "funded_by", NULL, "ORG", "who paid for it" },
    { 0 },
};

static const struct verb commitment[] = {
    { .name = "commitment propose",
      .kind = KIND_COMMITMENT_PROPOSED,
      .summary = "propose a joint programming commitment",
      .example = "avow commitment propose --title \"Social registry\" --party "
                 "44002:implementing --deliverable 'id=d1,title=Households registered,"
                 "measure=unit,unit=households,target=2000,due=2027-12' --country ZM" },
    { .name = "commitment amend",
      .kind = KIND_COMMITMENT_AMENDED,
      .summary = "change its terms, or correct them",
      .example = "avow commitment amend JP-0001 --deliverable id=d1,target=2500 --reason "
                 "\"more funds\"" },
    AGREEMENT("commitment", COMMITMENT, "commitment", "44000:JP-0001"),
    { .name = "commitment progress",
      .kind = KIND_COMMITMENT_PROGRESSED,
      .words = progressed,
      .summary = "report what was reached of a deliverable",
      .example = "avow commitment progress 44000:JP-0001 --deliverable d1 --value 850 "
                 "--period 2026" },
    { 0 },
};
static const struct verb_table commitments = { NULL, commitment };

/* --- partnerships ----------------------------------------------------------------- */

static const struct verb partnership[] = {
    { .name = "partnership propose",
      .kind = KIND_PARTNERSHIP_PROPOSED,
      .summary = "propose a partnership: an agreement, fund window, project …",
      .example = "avow partnership propose --title \"Social protection in fragile "
                 "settings\" --kind mou --party 44002 --period 2026/2029" },
    { .name = "partnership amend",
      .kind = KIND_PARTNERSHIP_AMENDED,
      .summary = "change its terms, or correct them",
      .example = "avow partnership amend PA-0001 --period 2026/2030 --reason extended" },
    AGREEMENT("partnership", PARTNERSHIP, "partnership", "44000:PA-0001"),
    { 0 },
};
static const struct verb_table partnerships = { NULL, partnership };

/* --- declarations ----------------------------------------------------------------- */

static const struct verb declaration[] = {
    { .name = "declaration propose",
      .kind = KIND_DECLARATION_PROPOSED,
      .summary = "propose a joint position of a network",
      .example = "avow declaration propose --title \"Floors for all\" --network spf "
                 "--party 44002 --text \"We call for …\"" },
    { .name = "declaration amend",
      .kind = KIND_DECLARATION_AMENDED,
      .summary = "change its text or terms, or correct them",
      .example = "avow declaration amend DE-0001 --text \"We call …\" --reason wording" },
    AGREEMENT("declaration", DECLARATION, "declaration", "44000:DE-0001"),
    { 0 },
};
static const struct verb_table declarations = { NULL, declaration };

/* --- on any record ---------------------------------------------------------------- */

static const struct verb record[] = {
    { .name = "record confirm",
      .kind = KIND_RECORD_CONFIRMED,
      .summary = "confirm what another organization stated of yours",
      .example = "avow record confirm 17/2" },
    { .name = "record dispute",
      .kind = KIND_RECORD_DISPUTED,
      .summary = "dispute what another organization stated of yours",
      .example = "avow record dispute 17/2 --reason \"no such payment reached us\"" },
    { .name = "record settle",
      .kind = KIND_RECORD_SETTLED,
      .summary = "settle a dispute, as the side that disputed",
      .example = "avow record settle 17/2 --reason \"found it\"" },
    { .name = "record void",
      .kind = KIND_RECORD_VOIDED,
      .summary = "void an own transaction or progress report: it no longer counts",
      .example = "avow record void 17/2 --reason \"entered twice\"" },
    { 0 },
};
static const struct verb_table records = { NULL, record };

const struct verb_table *const form_tables[] = {
    &pledges,      &commitments,   &partnerships,
    &declarations, &records,       &form_organizations,
    &form_keys,    &form_networks, &form_log,
    NULL,
};

const struct verb *form_verb(size_t i)
{
    for (const struct verb_table *const *t = form_tables; *t != NULL; t++)
        for (const struct verb *v = (*t)->verbs; v->name != NULL; v++)
            if (i-- == 0)
                return v;
    return NULL;
}

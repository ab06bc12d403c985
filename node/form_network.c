/* The verbs of networks, their members, and the log. */
#include "node/form_given.h"

#include <string.h>

#include "base/codec.h"
#include "record/codes.h"
#include "record/rules_version.h"

/* --- networks ------------------------------------------------------------------------
 */

static enum status put_number(struct form_fill *f, json_t *quorum, const char *name,
                              uint64_t otherwise)
{
    const char *text = form_text(f, name);
    uint64_t n = otherwise;

    if (text != NULL && decimal_parse(bytes_of(text), &n) != STATUS_OK) {
        snprintf(f->where, sizeof(f->where), "--%s", name);
        return form_refuse(f, NULL, "expected a number, found \"%s\"", text);
    }
    return n > 0 ? form_put(quorum, name, json_integer((json_int_t)n)) : STATUS_OK;
}

/* `otherwise` 0: nothing, where nothing is given. */
static enum status put_quorum(struct form_fill *f, json_t *record, uint64_t otherwise)
{
    json_t *quorum = json_object();
    enum status st = put_number(f, quorum, "admit", otherwise);

    if (st == STATUS_OK)
        st = put_number(f, quorum, "speak", otherwise);
    if (st == STATUS_OK && json_object_size(quorum) > 0)
        return form_put_default(record, "quorum", quorum);
    json_decref(quorum);
    return st;
}

/* Of two conveners or more, two; the author convenes where nobody is named. */
static enum status fill_chartered(struct form_fill *f, json_t *record)
{
    json_t *conveners = json_object_get(record, "conveners"), *item;
    enum status st = form_put_operand(f, record, "network");
    size_t i;

    if (st == STATUS_OK && conveners == NULL) {
        conveners = json_pack("[{s:s, s:s}]", "org", f->org, "role", "chair");
        st = form_put(record, "conveners", conveners);
    }
    json_array_foreach(conveners, i, item)
    {
        if (st == STATUS_OK)
            st = form_put_default(item, "role", json_string("convener"));
    }
    if (st != STATUS_OK)
        return st;
    return put_quorum(f, record, json_array_size(conveners) > 1 ? 2 : 1);
}

/* A quorum is stated whole: what is not given stays. */
static enum status fill_updated(struct form_fill *f, json_t *record)
{
    json_t *row = f->operand != NULL ? form_network_row(f, f->operand) : NULL;
    json_t *quorum, *was = json_object_get(row, "quorum");
    enum status st = form_put_operand(f, record, "network");

    if (st == STATUS_OK)
        st = put_quorum(f, record, 0);
    quorum = json_object_get(record, "quorum");
    if (st == STATUS_OK && quorum != NULL && was != NULL &&
        json_object_update_missing(quorum, was) != 0)
        st = STATUS_NOMEM;
    json_decref(row);
    return st;
}

/* --- members and conveners ------------------------------------------------------------
 */

static enum status org_in_network(struct form_fill *f, json_t *record)
{
    enum status st = form_put_operand(f, record, "org");

    return st == STATUS_OK ? form_put_network(f, record) : st;
}

static enum status fill_member(struct form_fill *f, json_t *record)
{
    enum status st = org_in_network(f, record);

    return st == STATUS_OK ? form_put_default(record, "role", json_string("member")) : st;
}

static enum status fill_accepted(struct form_fill *f, json_t *record)
{
    enum status st = form_put_own(f, record);

    return st == STATUS_OK ? form_put_operand(f, record, "network") : st;
}

/* A member of one network leaves that. */
static enum status fill_ended(struct form_fill *f, json_t *record)
{
    json_t *row = f->operand != NULL ? form_org_row(f, f->operand) : NULL;
    const json_t *networks = json_object_get(row, "networks");
    enum status st = STATUS_OK;

    if (json_array_size(networks) == 1)
        st =
            form_put_default(record, "network", json_incref(json_array_get(networks, 0)));
    json_decref(row);
    return st == STATUS_OK ? org_in_network(f, record) : st;
}

static enum status fill_convener_added(struct form_fill *f, json_t *record)
{
    enum status st = org_in_network(f, record);

    return st == STATUS_OK ? form_put_default(record, "role", json_string("convener"))
                           : st;
}

/* In the role that it has. */
static enum status fill_convener_removed(struct form_fill *f, json_t *record)
{
    enum status st = org_in_network(f, record);
    const char *role = NULL;
    json_t *row;

    if (st != STATUS_OK)
        return st;
    row = form_network_row(f, json_string_value(json_object_get(record, "network")));
    if (row != NULL && f->operand != NULL)
        role = form_convener_role(row, f->operand);
    st = form_put_default(record, "role", json_string(role != NULL ? role : "convener"));
    json_decref(row);
    return st;
}

#define NETWORK_WORDS                                                                \
    { "network", "", NULL, NULL }, { "quorum", "", NULL, NULL },                     \
        { "name", NULL, "NAME", "what it is called" },                               \
        { "purpose", NULL, "TEXT", "what it is for" },                               \
        { "founded", NULL, "DATE", "when" },                                         \
        { "composition", NULL, "TEXT", "who belongs to it" },                        \
        { "parent", NULL, "NETWORK", "the network above it" },                       \
        { "member_networks", "member-network", "NETWORK", "a network in it" },       \
        { NULL, "admit", "N", "so many conveners admit and register (default: 2)" }, \
    {                                                                                \
        NULL, "speak", "N", "so many speak in its name (default: 2)"                 \
    }

static const struct form_word chartered_words[] = {
    NETWORK_WORDS,
    { "conveners", "convener", "ORG:ROLE",
      "chair, co-chair, convener or secretariat (default: you)" },
    { 0 },
};
static const struct form_word updated_words[] = {
    NETWORK_WORDS,
    { "conveners", "convener", "ORG:ROLE", "all of them, in place of those there are" },
    { 0 },
};
static const struct form_word member_words[] = {
    { "org", NULL, "ORG", "in a file; else the operand" },
    { "network", NULL, "NETWORK", "default: the one you convene" },
    { 0 },
};
static const struct form_word accepted_words[] = {
    { "org", "", NULL, NULL },
    { "network", "", NULL, NULL },
    { "role", NULL, "WORD", "member or observer, as it was granted" },
    { 0 },
};

static const struct verb network[] = {
    { .name = "member grant",
      .kind = KIND_MEMBERSHIP_GRANTED,
      .summary = "grant an organization membership of a network, as a convener",
      .words = member_words,
      .fill = fill_member,
      .operand = "ORG",
      .example = "avow member grant 44002 --network spf" },
    { .name = "member accept",
      .kind = KIND_MEMBERSHIP_ACCEPTED,
      .summary = "accept a membership that was granted to you",
      .words = accepted_words,
      .fill = fill_accepted,
      .operand = "NETWORK",
      .example = "avow member accept spf" },
    { .name = "member end",
      .kind = KIND_MEMBERSHIP_ENDED,
      .summary = "end a membership: your own, or as a convener",
      .words = member_words,
      .fill = fill_ended,
      .operand = "ORG",
      .example = "avow member end 44002 --network spf --reason merged" },
    { .name = "convener add",
      .kind = KIND_CONVENER_ADDED,
      .summary = "add a convener to a network, as two conveners",
      .words = member_words,
      .fill = fill_convener_added,
      .operand = "ORG",
      .example = "avow convener add 44002 --network spf --role co-chair --with 41122 "
                 "--draft convener.statement" },
    { .name = "convener remove",
      .kind = KIND_CONVENER_REMOVED,
      .summary = "remove a convener, as two conveners",
      .words = member_words,
      .fill = fill_convener_removed,
      .operand = "ORG",
      .example = "avow convener remove 44002 --network spf --with 41122 --draft "
                 "convener.statement" },
    { .name = "network charter",
      .kind = KIND_NETWORK_CHARTERED,
      .summary = "charter a network, as a steward",
      .words = chartered_words,
      .fill = fill_chartered,
      .operand = "NETWORK",
      .example = "avow network charter spf --name \"Floors for all\" --convener "
                 "41122:chair --convener 44002:co-chair" },
    { .name = "network update",
      .kind = KIND_NETWORK_UPDATED,
      .summary = "change what is said of a network, or its quorum",
      .words = updated_words,
      .fill = fill_updated,
      .operand = "NETWORK",
      .example = "avow network update spf --admit 3 --with 44002 --draft spf.statement" },
    { 0 },
};
const struct verb_table form_networks = { NULL, network };

/* --- the log -------------------------------------------------------------------------
 */

/* The rules and lists of this program: whoever states them runs the new one already. A
 * slip of the pen would stop everybody. */
static enum status fill_rules(struct form_fill *f, json_t *record)
{
    enum status st = form_put_default(record, "rules", json_integer(rules_newest()));
    int64_t rules;

    if (st == STATUS_OK)
        st = form_put_default(record, "codes", json_string(codes_digest()));
    rules = json_integer_value(json_object_get(record, "rules"));
    if (st != STATUS_OK || rules_codes_known(rules, json_member(record, "codes")))
        return st;
    return form_refuse(f,
                       "state them with a program that has them: all others stop there",
                       "this program does not know these rules or code lists itself");
}

static enum status fill_log_key(struct form_fill *f, json_t *record)
{
    return f->operand != NULL ? form_put_key(f, f->operand, NULL, record) : STATUS_OK;
}

static enum status fill_succeeded(struct form_fill *f, json_t *record)
{
    return form_put_operand(f, record, "origin");
}

static enum status fill_steward(struct form_fill *f, json_t *record)
{
    return form_put_operand(f, record, "org");
}

static const struct form_word steward_words[] = {
    { "org", "", NULL, NULL },
    { "quorum", NULL, "N",
      "so many stewards act from then on (default: as many as now)" },
    { 0 },
};
static const struct form_word rules_words[] = {
    { "rules", NULL, "VERSION", "default: the newest that this program knows" },
    { "codes", NULL, "HEX", "digest of the code lists (default: this program's)" },
    { 0 },
};
static const struct form_word log_key_words[] = {
    { "key", "", NULL, NULL },
    { "proof", "", NULL, NULL },
    { 0 },
};
static const struct form_word retired_words[] = { { "key_id", "", NULL, NULL }, { 0 } };
static const struct form_word succeeded_words[] = {
    { "origin", "", NULL, NULL },
    { "url", NULL, "URL", "where it is, https:" },
    { 0 },
};

static const struct verb log_verbs[] = {
    { .name = "log rules",
      .kind = KIND_LOG_RULES,
      .summary = "let the log go on by a later version of the rules, as stewards",
      .words = rules_words,
      .fill = fill_rules,
      .operand = "",
      .example = "avow log rules --title \"Rules of 2028\" --with 41122 --draft "
                 "rules.statement" },
    { .name = "log key-add",
      .kind = KIND_LOG_KEY_ADDED,
      .summary = "add a key by which the log signs, as stewards",
      .words = log_key_words,
      .fill = fill_log_key,
      .operand = "FILE",
      .example = "avow log key-add log-2029.proof --with 41122 --draft key.statement" },
    { .name = "log key-retire",
      .kind = KIND_LOG_KEY_RETIRED,
      .summary = "retire a key by which the log signs, as stewards",
      .words = retired_words,
      .fill = form_put_key_id,
      .operand = "KEYID",
      .example = "avow log key-retire a1b2c3d4 --with 41122 --draft key.statement" },
    { .name = "steward add",
      .kind = KIND_STEWARD_ADDED,
      .summary = "add a steward of the log, as stewards, with its signature",
      .words = steward_words,
      .fill = fill_steward,
      .operand = "ORG",
      .example = "avow steward add 44002 --with 41122 --with 44002 --draft "
                 "steward.statement" },
    { .name = "steward remove",
      .kind = KIND_STEWARD_REMOVED,
      .summary = "remove a steward of the log, as stewards",
      .words = steward_words,
      .fill = fill_steward,
      .operand = "ORG",
      .example = "avow steward remove 44002 --with 41122 --draft steward.statement" },
    { .name = "log succeed",
      .kind = KIND_LOG_SUCCEEDED,
      .summary = "end the log in favour of another, as stewards",
      .words = succeeded_words,
      .fill = fill_succeeded,
      .operand = "ORIGIN",
      .example = "avow log succeed avow.example.org/spf-2 --url "
                 "https://avow.example.org/spf-2 --with 41122 --draft end.statement" },
    { 0 },
};
const struct verb_table form_log = { NULL, log_verbs };

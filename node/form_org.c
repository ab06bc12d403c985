/* The verbs of organizations and their keys. */
#include "node/form_given.h"

#include <string.h>

#include "base/codec.h"

/* --- organizations ------------------------------------------------------------------ */

static enum status fill_listed(struct form_fill *f, json_t *record)
{
    return form_put_operand(f, record, "org");
}

static enum status fill_registered(struct form_fill *f, json_t *record)
{
    static const char *const known[] = { "name", "org_type", "country", "aliases" };
    const struct args_list *files = form_list(f, "org-key");
    json_t *keys = json_array(), *row, *item;
    enum status st = form_put_operand(f, record, "org");

    if (st == STATUS_OK)
        st = form_put_network(f, record);
    for (size_t i = 0; st == STATUS_OK && files != NULL && i < files->n; i++) {
        item = json_object();
        json_array_append_new(keys, item);
        st = form_put_key(f, files->items[i], f->operand, item);
        if (st == STATUS_OK)
            st = form_put_label(item);
    }
    /* One that was listed keeps what was said of it. */
    row = f->operand != NULL ? form_org_row(f, f->operand) : NULL;
    for (size_t i = 0; st == STATUS_OK && i < sizeof(known) / sizeof(*known); i++)
        if (json_object_get(row, known[i]) != NULL)
            st = form_put_default(record, known[i],
                                  json_incref(json_object_get(row, known[i])));
    json_decref(row);
    if (st == STATUS_OK && json_array_size(keys) > 0)
        return form_put(record, "keys", keys);
    json_decref(keys);
    if (st != STATUS_OK || json_object_get(record, "keys") != NULL)
        return st;
    snprintf(f->where, sizeof(f->where), "--org-key");
    return form_refuse(f,
                       "they make a key with `avow-keys new`, and hand over what "
                       "`avow-keys prove --json` prints",
                       "an organization is registered with a key that it holds");
}

/* "pledge,commitment.proposed=2" */
static enum status add_rule(struct form_fill *f, const char *text, json_t *rules)
{
    const char *equals = strrchr(text, '=');
    json_t *kinds, *rule;
    uint64_t n;

    if (equals == NULL || decimal_parse(bytes_of(equals + 1), &n) != STATUS_OK ||
        n > STATEMENT_SIGNATURES_MAX) {
        snprintf(f->where, sizeof(f->where), "--rule");
        return form_refuse(f, NULL, "expected KIND[,KIND…]=SIGNATURES, found \"%s\"",
                           text);
    }
    kinds = json_array();
    for (const char *at = text; at < equals;) {
        size_t len = strcspn(at, ",=");

        json_array_append_new(kinds, json_stringn(at, len));
        at += len + 1;
    }
    rule = json_pack("{s:o, s:I}", "kinds", kinds, "signatures", (json_int_t)n);
    return json_array_append_new(rules, rule) == 0 ? STATUS_OK : STATUS_NOMEM;
}

/* A rule of one signature is no demand, and so ends those there are for these kinds. */
static enum status end_rules(struct form_fill *f, json_t *rules)
{
    json_t *row = form_org_row(f, f->org), *kinds = json_array();
    const json_t *rule;
    size_t i;

    json_array_foreach(json_object_get(row, "signing"), i, rule)
        json_array_extend(kinds, json_object_get(rule, "kinds"));
    json_decref(row);
    if (json_array_size(kinds) == 0) {
        json_decref(kinds);
        return form_refuse(f, NULL, "%s has no such rule", f->org);
    }
    return json_array_append_new(
               rules, json_pack("{s:o, s:i}", "kinds", kinds, "signatures", 1)) == 0
               ? STATUS_OK
               : STATUS_NOMEM;
}

static enum status fill_signing(struct form_fill *f, json_t *record)
{
    const struct args_list *list = form_list(f, "rule");
    json_t *rules = json_array();
    enum status st = form_put_own(f, record);

    if (st == STATUS_OK)
        st = form_put(record, "rules", rules);
    for (size_t i = 0; st == STATUS_OK && list != NULL && i < list->n; i++)
        st = add_rule(f, list->items[i], rules);
    if (st == STATUS_OK && form_flag(f, "none"))
        st = end_rules(f, rules);
    if (st != STATUS_OK || json_array_size(rules) > 0)
        return st;
    snprintf(f->where, sizeof(f->where), "--rule");
    return form_refuse(f, "--none ends all rules there are", "no rule is given");
}

static const struct form_word registered[] = {
    { "org", "", NULL, NULL },
    { "keys", "", NULL, NULL },
    { "network", NULL, "NETWORK", "that registers it (default: the one you convene)" },
    { NULL, "org-key", "FILE", "a key of theirs: what `avow-keys prove --json` printed" },
    { "name", NULL, "NAME", "what it is called" },
    { "org_type", NULL, "CODE", "IATI organisation type: 40 is multilateral" },
    { "country", NULL, "CODE", "where it is at home: ZM" },
    { "aliases", "alias", "NAME", "also called" },
    { "website", NULL, "URL", "its https: address" },
    { 0 },
};
static const struct form_word listed[] = {
    { "org", NULL, "ORG", "in a file; else the operand" },
    { "name", NULL, "NAME", "what it is called" },
    { "org_type", NULL, "CODE", "IATI organisation type: 40 is multilateral" },
    { "country", NULL, "CODE", "where it is at home: ZM" },
    { "aliases", "alias", "NAME", "also called" },
    { 0 },
};
static const struct form_word updated[] = {
    { "org", NULL, "ORG", "one without keys that you listed (default: your own)" },
    { "name", NULL, "NAME", "what it is called" },
    { "org_type", NULL, "CODE", "IATI organisation type: 40 is multilateral" },
    { "country", NULL, "CODE", "where it is at home: ZM" },
    { "aliases", "alias", "NAME", "also called, all of them" },
    { "website", NULL, "URL", "its https: address" },
    { 0 },
};
static const struct form_word closed[] = {
    { "org", NULL, "ORG", "one without keys that you listed (default: your own)" },
    { "successor", NULL, "ORG", "who goes on with what it did" },
    { 0 },
};
static const struct form_word signing[] = {
    { "org", "", NULL, NULL },
    { "rules", "", NULL, NULL },
    { NULL, "rule", "KIND[,KIND]=N", "so many of your keys must sign these: pledge=2" },
    { NULL, "none", "", "no rule any more" },
    { 0 },
};

/* --- domains -------------------------------------------------------------------------
 */

static enum status fill_domain(struct form_fill *f, json_t *record)
{
    enum status st = form_put_own(f, record);

    return st == STATUS_OK ? form_put_operand(f, record, "domain") : st;
}

/* The domain that it claims, where that is one. */
static enum status fill_seen(struct form_fill *f, json_t *record)
{
    json_t *row = f->operand != NULL ? form_org_row(f, f->operand) : NULL;
    const json_t *domains = json_object_get(row, "domains");
    enum status st = form_put_operand(f, record, "org");

    if (st == STATUS_OK && json_array_size(domains) == 1)
        st = form_put_default(
            record, "domain",
            json_incref(json_object_get(json_array_get(domains, 0), "domain")));
    json_decref(row);
    return st;
}

static const struct form_word domain_words[] = {
    { "org", "", NULL, NULL },
    { "domain", "", NULL, NULL },
    { "ended", NULL, "", "it is claimed no longer" },
    { 0 },
};
static const struct form_word seen_words[] = {
    { "org", "", NULL, NULL },
    { "domain", NULL, "DOMAIN", "default: the one that it claims" },
    { "method", NULL, "WORD",
      "dns (TXT at _avow.DOMAIN) or https (/.well-known/avow.txt)" },
    { "on", NULL, "DAY", "when you looked" },
    { "found", NULL, "WORD", "yes or no" },
    { 0 },
};

static const struct verb org[] = {
    { .name = "org list",
      .kind = KIND_ORGANIZATION_LISTED,
      .summary = "list an organization without keys, so that it can be named",
      .words = listed,
      .fill = fill_listed,
      .operand = "ORG",
      .example = "avow org list KE-NCB-OP.218/051/95/010 --name \"Kenya Red Cross\" "
                 "--org-type 22 --country KE" },
    { .name = "org register",
      .kind = KIND_ORGANIZATION_REGISTERED,
      .summary = "register an organization with a key, as a convener",
      .words = registered,
      .fill = fill_registered,
      .operand = "ORG",
      .example = "avow org register 44002 --name \"IDA\" --org-type 40 --network spf "
                 "--org-key ida.proof" },
    { .name = "org update",
      .kind = KIND_ORGANIZATION_UPDATED,
      .summary = "change what the directory says",
      .words = updated,
      .fill = form_put_own,
      .operand = "",
      .example = "avow org update --website https://www.ilo.org" },
    { .name = "org close",
      .kind = KIND_ORGANIZATION_CLOSED,
      .summary = "close an organization: its keys end",
      .words = closed,
      .fill = form_put_own,
      .operand = "",
      .example = "avow org close --successor 44002" },
    { .name = "org signing",
      .kind = KIND_ORGANIZATION_SIGNING,
      .summary = "say which kinds need several of your keys (four eyes)",
      .words = signing,
      .fill = fill_signing,
      .operand = "",
      .example = "avow org signing --rule pledge.made,pledge.committed=2" },
    { .name = "domain claim",
      .kind = KIND_ORGANIZATION_DOMAIN,
      .summary = "claim a domain of your organization, or (--ended) no longer",
      .words = domain_words,
      .fill = fill_domain,
      .operand = "DOMAIN",
      .example = "avow domain claim ilo.org" },
    { .name = "domain seen",
      .kind = KIND_DOMAIN_SEEN,
      .summary = "state whether the line of another organization was at its domain",
      .words = seen_words,
      .fill = fill_seen,
      .operand = "ORG",
      .example = "avow domain seen 44000 --domain worldbank.org --method dns --found yes "
                 "--on 2026-11-23" },
    { 0 },
};
const struct verb_table form_organizations = { "Governing", org };

/* --- their keys ----------------------------------------------------------------------
 */

static enum status fill_key_added(struct form_fill *f, json_t *record)
{
    enum status st = form_put_own(f, record);

    if (st == STATUS_OK && f->operand != NULL)
        st = form_put_key(f, f->operand, f->org, record);
    return st == STATUS_OK ? form_put_label(record) : st;
}

static enum status fill_key_revoked(struct form_fill *f, json_t *record)
{
    enum status st = form_put_own(f, record);

    return st == STATUS_OK ? form_put_key_id(f, record) : st;
}

static enum status fill_key_recovered(struct form_fill *f, json_t *record)
{
    const char *file = form_text(f, "new-key");
    enum status st = form_put_operand(f, record, "org");

    if (st == STATUS_OK && file == NULL && json_object_get(record, "key") == NULL) {
        snprintf(f->where, sizeof(f->where), "--new-key");
        st = form_refuse(f,
                         "they make one with `avow-keys new`, and hand over what "
                         "`avow-keys prove --json` prints",
                         "which key does it hold now?");
    }
    if (st == STATUS_OK && file != NULL)
        st = form_put_key(f, file, f->operand, record);
    return st == STATUS_OK ? form_put_label(record) : st;
}

static enum status fill_cosigner_added(struct form_fill *f, json_t *record)
{
    return f->operand != NULL ? form_put_key(f, f->operand, f->org, record) : STATUS_OK;
}

static const struct form_word key_added[] = {
    { "org", "", NULL, NULL },
    { "key", "", NULL, NULL },
    { "proof", "", NULL, NULL },
    { "label", NULL, "LABEL", "what you call it (default: key-<id>)" },
    { "kinds", NULL, "KIND", "it signs only these: pledge, commitment.progressed" },
    { "until", NULL, "ENTRY", "it signs nothing from this entry on" },
    { 0 },
};
static const struct form_word key_revoked[] = {
    { "org", "", NULL, NULL },
    { "key_id", "", NULL, NULL },
    { "since", NULL, "ENTRY",
      "what it signed from this entry on was not yours (compromised)" },
    { 0 },
};
static const struct form_word key_recovered[] = {
    { "org", "", NULL, NULL },
    { "key", "", NULL, NULL },
    { "proof", "", NULL, NULL },
    { NULL, "new-key", "FILE", "their new key: what `avow-keys prove --json` printed" },
    { "label", NULL, "LABEL", "what it is called (default: key-<id>)" },
    { 0 },
};
static const struct form_word cosigner_added[] = {
    { "key", "", NULL, NULL },
    { "proof", "", NULL, NULL },
    { "url", NULL, "URL", "where the node can be reached" },
    { 0 },
};
static const struct form_word cosigner_retired[] = {
    { "key_id", "", NULL, NULL },
    { 0 },
};

static const struct verb key[] = {
    { .name = "key add",
      .kind = KIND_KEY_ADDED,
      .summary = "add a key of your organization, also one for a delegate",
      .words = key_added,
      .fill = fill_key_added,
      .operand = "FILE",
      .example = "avow key add country-office.proof --label lusaka --kind "
                 "commitment.progressed --until 5000" },
    { .name = "key revoke",
      .kind = KIND_KEY_REVOKED,
      .summary = "revoke a key of your organization",
      .words = key_revoked,
      .fill = fill_key_revoked,
      .operand = "KEYID",
      .example = "avow key revoke a1b2c3d4 --reason compromised --since 1041" },
    { .name = "key recover",
      .kind = KIND_KEY_RECOVERED,
      .summary = "give an organization that lost its keys a new one, as conveners",
      .words = key_recovered,
      .fill = fill_key_recovered,
      .operand = "ORG",
      .example = "avow key recover 44002 --new-key ida.proof --with 41122 --draft "
                 "recover.statement" },
    { .name = "cosigner add",
      .kind = KIND_COSIGNER_ADDED,
      .summary = "add a key by which a node of yours cosigns",
      .words = cosigner_added,
      .fill = fill_cosigner_added,
      .operand = "FILE",
      .example = "avow cosigner add node.proof" },
    { .name = "cosigner retire",
      .kind = KIND_COSIGNER_RETIRED,
      .summary = "retire a cosigner's key",
      .words = cosigner_retired,
      .fill = form_put_key_id,
      .operand = "KEYID",
      .example = "avow cosigner retire a1b2c3d4" },
    { 0 },
};
const struct verb_table form_keys = { NULL, key };

#include "node/item.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "face/names.h"
#include "node/item_internal.h"

/* --- lines -------------------------------------------------------------------------- */

void item_line(struct item *it, const char *name, struct bytes value)
{
    if (value.len > 0)
        buf_printf(it->out, "%-*s " BYTES_FMT "\n", ITEM_NAME_WIDTH, name,
                   BYTES_ARG(value));
}

void item_member(struct item *it, const char *name)
{
    item_line(it, name, json_member(it->json, name));
}

void item_head(struct item *it, const char *format, ...)
{
    char text[400];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    buf_text(it->out, "\n");
    item_strong(it, bytes_of(text));
    buf_text(it->out, "\n");
}

static void styled(struct item *it, const char *code, struct bytes text)
{
    bool colour = it->style->colour;

    if (text.len > 0)
        buf_printf(it->out, "%s" BYTES_FMT "%s", colour ? code : "", BYTES_ARG(text),
                   colour ? "\033[0m" : "");
}

void item_strong(struct item *it, struct bytes text)
{
    styled(it, "\033[1m", text);
}

void item_struck(struct item *it, struct bytes text)
{
    styled(it, "\033[9m", text);
}

static long long number(const json_t *object, const char *name)
{
    return (long long)json_integer_value(json_object_get(object, name));
}

void item_stamp(struct item *it, const json_t *stamp)
{
    buf_printf(it->out, "%.10s, #%lld/%lld",
               json_string_value(json_object_get(stamp, "at")), number(stamp, "index"),
               number(stamp, "n"));
}

void item_org(struct item *it, const json_t *object, const char *name)
{
    char with_name[64];
    struct bytes org = json_member(object, name), called;

    snprintf(with_name, sizeof(with_name), "%s_name", name);
    called = json_member(object, with_name);
    buf_add(it->out, called);
    if (!names_tells(called, org))
        buf_printf(it->out, " (" BYTES_FMT ")", BYTES_ARG(org));
}

void item_amount(struct bytes amount, struct bytes currency, struct buf *out)
{
    bool negative = amount.len > 0 && amount.ptr[0] == '-';
    json_t *money = json_pack("{s:o, s:o}", "amount",
                              json_of(bytes_slice(amount, negative ? 1 : 0, amount.len)),
                              "currency", json_of(currency));
    size_t before = out->len;

    if (negative)
        buf_text(out, "-");
    if (money != NULL)
        names_money(money, out);
    /* Zero is no money (docs/vocabulary.md), but a sum can be. */
    if (out->len == before && currency.len > 0)
        buf_printf(out, BYTES_FMT " 0", BYTES_ARG(currency));
    json_decref(money);
}

static void joined(struct item *it, const char *name)
{
    struct buf text = { 0 };
    const json_t *one;
    size_t i;

    json_array_foreach(json_object_get(it->json, name), i, one)
    {
        if (i > 0)
            buf_text(&text, ", ");
        buf_add(&text, json_bytes(one));
    }
    item_line(it, name, buf_bytes(&text));
    buf_clear(&text);
}

static void print_countries(struct item *it)
{
    struct buf text = { 0 };
    const json_t *code;
    size_t i;

    json_array_foreach(json_object_get(it->json, "countries"), i, code) buf_printf(
        &text, "%s" BYTES_FMT " (" BYTES_FMT ")", i > 0 ? ", " : "",
        BYTES_ARG(names_country(json_bytes(code))), BYTES_ARG(json_bytes(code)));
    item_line(it, "countries", buf_bytes(&text));
    buf_clear(&text);
}

/* --- states in words ---------------------------------------------------------------- */

static const struct {
    const char *flag, *meaning;
} flags[] = {
    { "exceeds", "more was committed, sent or given back than was promised before" },
    { "discrepancy", "received plus fees is not what was disbursed" },
    { "disputed", "an organization named here says that something is not so" },
    { "one-sided", "one side states it; the other has not joined" },
    { "overdue", "something was due by now, and nobody has said that it came" },
    { "repudiated", "its terms were signed with a key that others had by then" },
};

static void print_flags(struct item *it)
{
    const json_t *flag;
    size_t i;

    json_array_foreach(json_object_get(it->json, "flags"), i, flag)
    {
        const char *meaning = "";

        for (size_t k = 0; k < sizeof(flags) / sizeof(flags[0]); k++)
            if (bytes_eq_text(json_bytes(flag), flags[k].flag))
                meaning = flags[k].meaning;
        buf_printf(it->out, "%-*s " BYTES_FMT "%s%s\n", ITEM_NAME_WIDTH,
                   i == 0 ? "flags" : "", BYTES_ARG(json_bytes(flag)),
                   *meaning != '\0' ? ": " : "", meaning);
    }
}

static void print_status(struct item *it)
{
    struct bytes status = json_member(it->json, "status");
    struct bytes count = json_member(json_object_get(it->json, "signed"), "text");

    if (status.len == 0)
        return;
    buf_printf(it->out, "%-*s ", ITEM_NAME_WIDTH, "status");
    buf_add(it->out, bytes_eq_text(status, "committed")
                         ? BYTES_LIT("committed (firm agreement)")
                         : status);
    if (count.len > 0)
        buf_printf(it->out, ", " BYTES_FMT, BYTES_ARG(count));
    if (json_is_true(json_object_get(it->json, "waiting")))
        buf_text(it->out, "; an amendment waits");
    buf_text(it->out, "\n");
}

static void print_life(struct item *it)
{
    const json_t *life = json_object_get(it->json, "life");
    struct bytes reason = json_member(life, "reason");

    if (life == NULL)
        return;
    buf_printf(it->out, "%-*s ", ITEM_NAME_WIDTH,
               json_string_value(json_object_get(life, "is")));
    item_stamp(it, life);
    buf_printf(it->out, ", by " BYTES_FMT, BYTES_ARG(json_member(life, "org_name")));
    if (reason.len > 0)
        buf_printf(it->out, ": " BYTES_FMT, BYTES_ARG(reason));
    buf_text(it->out, "\n");
}

static void print_speaks(struct item *it)
{
    struct buf text = { 0 };
    const json_t *one;
    size_t i;

    json_array_foreach(json_object_get(it->json, "speaks"), i, one) buf_printf(
        &text, "%s" BYTES_FMT, i > 0 ? ", " : "", BYTES_ARG(json_member(one, "name")));
    item_line(it, "speaks for", buf_bytes(&text));
    buf_clear(&text);
}

/* --- agreements ----------------------------------------------------------------------
 */

static void org_line(struct item *it, const char *title, const char *name)
{
    if (json_member(it->json, name).len == 0)
        return;
    buf_printf(it->out, "%-*s ", ITEM_NAME_WIDTH, title);
    item_org(it, it->json, name);
    buf_text(it->out, "\n");
}

static void agreement(struct item *it)
{
    print_status(it);
    print_flags(it);
    print_life(it);
    org_line(it, "donor", "donor");
    org_line(it, "recipient", "recipient");
    item_line(it, "attested by", json_member(it->json, "attested"));
    org_line(it, "stated by", "author");
    if (!bytes_eq(json_member(it->json, "lead"), json_member(it->json, "author")))
        org_line(it, "lead", "lead");
    print_speaks(it);
    joined(it, "networks");
    print_countries(it);
    joined(it, "themes");
    item_line(it, "for", json_member(it->json, "for"));
    item_line(it, "from fund", json_member(it->json, "from_fund"));
    item_line(it, "rev", json_member(it->json, "rev"));
    if (json_member(it->json, "description").len > 0)
        buf_printf(it->out, "\n" BYTES_FMT "\n",
                   BYTES_ARG(json_member(it->json, "description")));
    if (json_member(it->json, "text").len > 0)
        buf_printf(it->out, "\n" BYTES_FMT "\n",
                   BYTES_ARG(json_member(it->json, "text")));
    item_head(it, "parties, " BYTES_FMT,
              BYTES_ARG(json_member(json_object_get(it->json, "signed"), "text")));
    item_parties(it, it->json);
    item_pledge(it);
    item_deliverables(it);
    item_funding(it);
    item_proposed(it);
    item_terms(it);
    item_earlier(it);
}

void item_print(const json_t *json, const struct item_style *style, struct buf *out)
{
    struct item it = { json, style, out };
    struct bytes title = json_member(json, "title"), kind = json_member(json, "kind");

    item_strong(&it, title.len > 0 ? title : json_member(json, "name"));
    buf_text(out, "\n");
    item_line(&it,
              bytes_eq_text(kind, "commitment")
                  ? "joint programming commitment"
                  : json_string_value(json_object_get(json, "kind")),
              json_member(json, "id"));
    if (bytes_eq_text(kind, "organization"))
        item_organization(&it);
    else if (bytes_eq_text(kind, "network"))
        item_network(&it);
    else
        agreement(&it);
    item_history(&it);
}

/* --- records ------------------------------------------------------------------------ */

void item_marks(struct item *it, const json_t *told, const char *indent)
{
    const json_t *one, *voided = json_object_get(told, "voided");
    size_t i;

    json_array_foreach(json_object_get(told, "confirmed"), i, one)
    {
        buf_printf(it->out, "%sconfirmed by " BYTES_FMT " (", indent,
                   BYTES_ARG(json_member(one, "org_name")));
        item_stamp(it, one);
        buf_text(it->out, ")\n");
    }
    json_array_foreach(json_object_get(told, "disputes"), i, one)
    {
        const json_t *stated = json_object_get(one, "stated");
        const json_t *settled = json_object_get(one, "settled");

        buf_printf(it->out, "%sdisputed by " BYTES_FMT, indent,
                   BYTES_ARG(json_member(one, "org_name")));
        if (!bytes_eq(json_member(one, "org"), json_member(stated, "org")))
            buf_printf(it->out, ", on whose behalf " BYTES_FMT " speaks",
                       BYTES_ARG(json_member(stated, "org_name")));
        buf_text(it->out, " (");
        item_stamp(it, stated);
        buf_printf(it->out, "): " BYTES_FMT "\n",
                   BYTES_ARG(json_member(stated, "reason")));
        if (settled != NULL) {
            buf_printf(it->out, "%s  settled (", indent);
            item_stamp(it, settled);
            buf_printf(it->out, "): " BYTES_FMT "\n",
                       BYTES_ARG(json_member(settled, "reason")));
        }
    }
    if (voided != NULL) {
        buf_printf(it->out, "%svoided (", indent);
        item_stamp(it, voided);
        buf_printf(it->out, "), counts no more: " BYTES_FMT "\n",
                   BYTES_ARG(json_member(voided, "reason")));
    }
    if (json_is_true(json_object_get(told, "repudiated")))
        buf_printf(it->out, "%srepudiated: signed with a key that others had by then\n",
                   indent);
}

void item_history(struct item *it)
{
    const json_t *pages = json_object_get(it->json, "history"), *told;
    const json_t *next = json_object_get(pages, "next");
    size_t i;

    if (json_array_size(json_object_get(pages, "items")) > 0)
        item_head(it, "history, newest first");
    json_array_foreach(json_object_get(pages, "items"), i, told)
    {
        buf_printf(it->out, "  %.10s  #%lld/%lld  ",
                   json_string_value(json_object_get(told, "at")), number(told, "index"),
                   number(told, "n"));
        if (json_object_get(told, "voided") != NULL)
            item_struck(it, json_member(told, "text"));
        else
            buf_add(it->out, json_member(told, "text"));
        buf_text(it->out, "\n");
        item_marks(it, told, "              ");
    }
    if (json_is_string(next))
        buf_printf(it->out, "  … more with --after %s\n", json_string_value(next));
}

static void print_signers(struct item *it)
{
    const json_t *one;
    size_t i;

    json_array_foreach(json_object_get(it->json, "signers"), i, one) buf_printf(
        it->out, "%-*s " BYTES_FMT ", key " BYTES_FMT "%s\n", ITEM_NAME_WIDTH,
        i == 0 ? "signed by" : "", BYTES_ARG(json_member(one, "org")),
        BYTES_ARG(json_member(one, "key")),
        json_is_true(json_object_get(one, "repudiated")) ? ", which others had by then"
                                                         : "");
}

void item_print_record(const json_t *view, const struct item_style *style,
                       struct buf *out)
{
    struct item it = { view, style, out };
    struct buf json = { 0 };

    if (json_object_get(view, "voided") != NULL)
        item_struck(&it, json_member(view, "text"));
    else
        item_strong(&it, json_member(view, "text"));
    buf_text(out, "\n");
    item_member(&it, "reference");
    buf_printf(out, "%-*s ", ITEM_NAME_WIDTH, "by");
    item_org(&it, view, "org");
    buf_text(out, "\n");
    item_member(&it, "at");
    print_signers(&it);
    item_marks(&it, view, "");
    json_print_pretty(json_object_get(view, "record"), &json);
    buf_add(out, buf_bytes(&json));
    buf_text(out, "\n");
    buf_clear(&json);
}

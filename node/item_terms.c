/* Terms, and who signed them. */
#include <string.h>

#include "face/names.h"
#include "node/item_internal.h"

/* --- values ------------------------------------------------------------------------- */

static bool has(const json_t *object, const char *name)
{
    return json_object_get(object, name) != NULL;
}

/* "fr" or "pt-BR": the value is a text in several languages. */
static bool is_text(const json_t *value)
{
    const char *name;
    json_t *text;

    json_object_foreach((json_t *)(uintptr_t)value, name, text)
    {
        if (!json_is_string(text) || strlen(name) < 2 ||
            (strlen(name) > 3 && strchr(name, '-') == NULL))
            return false;
    }
    return json_object_size(value) > 0;
}

static void list(const struct item *it, const json_t *value, struct buf *out)
{
    const json_t *one;
    bool plain = json_is_string(json_array_get(value, 0));
    size_t i;

    json_array_foreach(value, i, one)
    {
        if (i > 0)
            buf_text(out, plain ? ", " : "; ");
        item_value(it, one, out);
    }
    if (json_array_size(value) == 0)
        buf_text(out, "none");
}

/* "id title, due 2027: USD 10, target 5": members by their names, the first few without.
 */
static void members(const struct item *it, const json_t *value, struct buf *out)
{
    static const char *const bare[] = { "id",   "org",   "code",  "pledge",
                                        "role", "title", "money", "percent" };
    const char *name, *between = "";
    json_t *one;

    for (size_t i = 0; i < sizeof(bare) / sizeof(bare[0]); i++) {
        if (!has(value, bare[i]))
            continue;
        buf_text(out, between);
        item_value(it, json_object_get(value, bare[i]), out);
        between = i == 0 ? " " : ", ";
    }
    json_object_foreach((json_t *)(uintptr_t)value, name, one)
    {
        bool told = false;

        for (size_t i = 0; i < sizeof(bare) / sizeof(bare[0]); i++)
            told = told || strcmp(name, bare[i]) == 0;
        if (told)
            continue;
        buf_printf(out, "%s%s ", between, name);
        item_value(it, one, out);
        between = ", ";
    }
}

static void period(const json_t *value, struct buf *out)
{
    struct bytes start = json_member(value, "start"), end = json_member(value, "end");

    if (start.len > 0 && end.len > 0)
        buf_printf(out, BYTES_FMT " to " BYTES_FMT, BYTES_ARG(start), BYTES_ARG(end));
    else if (start.len > 0)
        buf_printf(out, "from " BYTES_FMT, BYTES_ARG(start));
    else
        buf_printf(out, "until " BYTES_FMT, BYTES_ARG(end));
}

void item_value(const struct item *it, const json_t *value, struct buf *out)
{
    if (json_is_string(value))
        buf_add(out, json_bytes(value));
    else if (json_is_array(value))
        list(it, value, out);
    else if (json_is_boolean(value))
        buf_text(out, json_is_true(value) ? "yes" : "no");
    else if (json_is_integer(value))
        buf_printf(out, "%lld", (long long)json_integer_value(value));
    else if (has(value, "amount") && has(value, "currency"))
        names_money(value, out);
    else if (has(value, "start") || (has(value, "end") && json_object_size(value) == 1))
        period(value, out);
    else if (is_text(value))
        buf_add(out, names_text(value, it->style->lang));
    else
        members(it, value, out);
}

/* --- terms -------------------------------------------------------------------------- */

/* What stands elsewhere on the page. */
static bool is_told(const char *name)
{
    static const char *const told[] = { "title",        "description", "text",
                                        "parties",      "donor",       "recipient",
                                        "networks",     "countries",   "themes",
                                        "deliverables", "schedule",    "for",
                                        "budget_lines", "from_fund" };

    for (size_t i = 0; i < sizeof(told) / sizeof(told[0]); i++)
        if (strcmp(name, told[i]) == 0)
            return true;
    return false;
}

static const struct {
    const char *state, *words;
} states[] = {
    { "in-force", "in force" },
    { "proposed", "proposed, not agreed yet" },
    { "declined", "declined" },
    { "declared", "declared by one organization, joined by nobody" },
    { "stated", "as one side states them" },
};

static const char *state_words(struct bytes state)
{
    for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
        if (bytes_eq_text(state, states[i].state))
            return states[i].words;
    return "";
}

static bool is_shown(const char *name, const json_t *value)
{
    return !is_told(name) && !(json_is_array(value) && json_array_size(value) == 0);
}

/* As wide as the longest name. */
static int width_of(const json_t *terms)
{
    size_t width = ITEM_NAME_WIDTH;
    const char *name;
    json_t *value;

    json_object_foreach((json_t *)(uintptr_t)terms, name, value)
    {
        if (is_shown(name, value) && strlen(name) > width)
            width = strlen(name);
    }
    return (int)width;
}

void item_terms(struct item *it)
{
    const json_t *terms = json_object_get(it->json, "terms");
    int width = width_of(terms);
    const char *name;
    struct buf text = { 0 };
    json_t *value;

    item_head(it, "terms, %s", state_words(json_member(it->json, "terms_state")));
    buf_printf(it->out, "  %-*s ", width, "stated");
    item_stamp(it, json_object_get(it->json, "terms_record"));
    buf_text(it->out, "\n");
    if (has(it->json, "agreed")) {
        buf_printf(it->out, "  %-*s ", width, "agreed");
        item_stamp(it, json_object_get(it->json, "agreed"));
        buf_text(it->out, "\n");
    }
    json_object_foreach((json_t *)(uintptr_t)terms, name, value)
    {
        if (!is_shown(name, value))
            continue;
        buf_reset(&text);
        item_value(it, value, &text);
        buf_printf(it->out, "  %-*s %s\n", width, name, buf_str(&text));
    }
    buf_clear(&text);
}

/* --- parties ------------------------------------------------------------------------ */

static void print_keys(struct item *it, const json_t *signature)
{
    const json_t *key;
    size_t i;

    json_array_foreach(json_object_get(signature, "keys"), i, key)
        buf_printf(it->out, "%s" BYTES_FMT "%s", i == 0 ? ", key " : " and ",
                   BYTES_ARG(json_member(key, "key")),
                   json_is_true(json_object_get(key, "repudiated"))
                       ? " (repudiated: others had it by then)"
                       : "");
}

static void print_elsewhere(struct item *it, const json_t *elsewhere)
{
    const json_t *evidence = json_array_get(json_object_get(elsewhere, "evidence"), 0);

    buf_text(it->out, "signed on paper");
    if (json_member(elsewhere, "on").len > 0)
        buf_printf(it->out, " on " BYTES_FMT, BYTES_ARG(json_member(elsewhere, "on")));
    if (json_member(evidence, "url").len > 0)
        buf_printf(it->out, ", " BYTES_FMT, BYTES_ARG(json_member(evidence, "url")));
    else if (json_member(evidence, "sha256").len > 0)
        buf_printf(it->out, ", SHA-256 " BYTES_FMT,
                   BYTES_ARG(json_member(evidence, "sha256")));
}

/* "signed, 2026-11-23, #12/1, key a1b2c3d4, as Principal Secretary, on 2026-11-01" */
static void print_answer(struct item *it, const json_t *party)
{
    const json_t *signature = json_object_get(party, "signature");
    const json_t *answer = json_object_get(party, "answer");
    struct bytes state = json_member(party, "state");

    if (bytes_eq_text(state, "elsewhere")) {
        print_elsewhere(it, json_object_get(party, "elsewhere"));
    } else if (signature != NULL) {
        buf_text(it->out, "signed ");
        item_stamp(it, signature);
        print_keys(it, signature);
    } else if (answer != NULL) {
        buf_printf(it->out, BYTES_FMT " ", BYTES_ARG(state));
        item_stamp(it, answer);
        buf_printf(it->out, ": " BYTES_FMT, BYTES_ARG(json_member(answer, "reason")));
    } else if (bytes_eq_text(state, "keyless")) {
        buf_text(it->out, "has no key here and cannot sign yet");
    } else if (bytes_eq_text(state, "open")) {
        buf_text(it->out, "has not signed yet");
    } else {
        buf_add(it->out, state);
    }
    if (json_member(party, "capacity").len > 0)
        buf_printf(it->out, ", as " BYTES_FMT, BYTES_ARG(json_member(party, "capacity")));
    if (json_member(party, "signed_on").len > 0)
        buf_printf(it->out, ", dated " BYTES_FMT,
                   BYTES_ARG(json_member(party, "signed_on")));
}

void item_parties(struct item *it, const json_t *owner)
{
    const json_t *party;
    struct buf money = { 0 };
    size_t i;

    json_array_foreach(json_object_get(owner, "parties"), i, party)
    {
        buf_printf(it->out, "  " BYTES_FMT " (" BYTES_FMT ")",
                   BYTES_ARG(json_member(party, "name")),
                   BYTES_ARG(json_member(party, "org")));
        if (json_member(party, "role").len > 0)
            buf_printf(it->out, ", " BYTES_FMT, BYTES_ARG(json_member(party, "role")));
        if (has(party, "allocated")) {
            buf_reset(&money);
            names_money(json_object_get(party, "allocated"), &money);
            buf_printf(it->out, ", allocated %s", buf_str(&money));
        }
        if (has(party, "acceded"))
            buf_text(it->out, ", acceded");
        if (has(party, "dropped"))
            buf_text(it->out, ", left out by these terms");
        buf_text(it->out, "\n      ");
        print_answer(it, party);
        buf_text(it->out, "\n");
    }
    buf_clear(&money);
}

/* --- an amendment that waits ---------------------------------------------------------
 */

static void print_change(struct item *it, char sign, const char *path,
                         const json_t *value)
{
    struct buf text = { 0 };

    if (value == NULL)
        return;
    item_value(it, value, &text);
    if (it->style->colour)
        buf_text(it->out, sign == '-' ? "\033[31m" : "\033[32m");
    buf_printf(it->out, "  %c %s: %s%s\n", sign, path, buf_str(&text),
               it->style->colour ? "\033[0m" : "");
    buf_clear(&text);
}

void item_proposed(struct item *it)
{
    const json_t *pending = json_object_get(it->json, "proposed"), *one;
    size_t i;

    if (pending == NULL)
        return;
    item_head(it, "%s waits, " BYTES_FMT,
              bytes_eq_text(json_member(pending, "why"), "correction") ? "a correction"
                                                                       : "an amendment",
              BYTES_ARG(json_member(json_object_get(pending, "signed"), "text")));
    buf_text(it->out, "  by ");
    item_org(it, pending, "by");
    buf_text(it->out, ", ");
    item_stamp(it, json_object_get(pending, "record"));
    buf_printf(it->out, ": " BYTES_FMT "\n", BYTES_ARG(json_member(pending, "reason")));
    json_array_foreach(json_object_get(pending, "differences"), i, one)
    {
        const char *path = json_string_value(json_object_get(one, "path"));

        print_change(it, '-', path, json_object_get(one, "before"));
        print_change(it, '+', path, json_object_get(one, "after"));
    }
    item_parties(it, pending);
    buf_text(it->out, "  until all have accepted it, the terms below stay as they are\n");
}

/* --- earlier ------------------------------------------------------------------------ */

void item_earlier(struct item *it)
{
    const json_t *one, *list_of = json_object_get(it->json, "earlier");
    size_t i;

    if (json_array_size(list_of) > 0)
        item_head(it, "earlier terms");
    json_array_foreach(list_of, i, one)
    {
        buf_text(it->out, "  ");
        item_stamp(it, one);
        buf_printf(it->out, "  " BYTES_FMT " by " BYTES_FMT "%s",
                   BYTES_ARG(json_member(one, "why")),
                   BYTES_ARG(json_member(one, "org_name")),
                   json_is_true(json_object_get(one, "held")) ? "" : ", never in force");
        if (json_member(one, "reason").len > 0)
            buf_printf(it->out, ": " BYTES_FMT, BYTES_ARG(json_member(one, "reason")));
        buf_text(it->out, "\n");
    }
}

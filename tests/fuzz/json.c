/* What is accepted as a line prints to a line that is accepted, and is equal. */
#include "record/json.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct bytes line = { data, len };
    struct refusal why = { 0 };
    struct buf printed = { 0 };
    json_t *value = NULL, *again = NULL;
    enum status st = json_line_parse(line, 1, &value, &why);

    if (st == STATUS_OK) {
        json_print(value, &printed);
        require(json_line_parse(buf_bytes(&printed), 1, &again, NULL) == STATUS_OK);
        require(json_equal(value, again));
    } else {
        require(st == STATUS_REFUSED && why.rule != RULE_NONE && why.text[0] != '\0');
    }
    json_decref(value);
    json_decref(again);
    buf_clear(&printed);
    return 0;
}

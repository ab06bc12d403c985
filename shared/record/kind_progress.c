/* Reports on the deliverables of a commitment. */
#include "record/field.h"

static const struct field progressed[] = {
    FIELD("id", field_subject, REQUIRED),
    FIELD("deliverable", field_local, REQUIRED),
    FIELD("period", field_object, 0, .form = &form_period),
    FIELD("value", field_measured,
          0), /* the deliverable's measure is the ledger's to know */
    FIELD("qualifier", field_word, 0, WORDS("about", "at-least", "forecast")),
    FIELD("state", field_word, 0,
          WORDS("planned", "started", "advanced", "adopted", "achieved")),
    FIELD("text", field_text, 0),
    FIELD("with", field_org, LIST),
    FIELD("funded_by", field_org, LIST),
};
FORM(COMMITMENT_PROGRESSED, progressed);

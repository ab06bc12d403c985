/* What is said of an earlier record: confirmed, disputed and settled, voided. */
#include "record/field.h"

static const struct field confirmed[] = {
    FIELD("ref", field_reference, REQUIRED),
};
FORM(RECORD_CONFIRMED, confirmed);

static const struct field disputed[] = {
    FIELD("ref", field_reference, REQUIRED),
    FIELD("reason", field_text, REQUIRED),
    FIELD("on_behalf", field_org, 0),
};
FORM(RECORD_DISPUTED, disputed);
FORM(RECORD_SETTLED, disputed);

static const struct field voided[] = {
    FIELD("ref", field_reference, REQUIRED),
    FIELD("reason", field_text, REQUIRED),
};
FORM(RECORD_VOIDED, voided);

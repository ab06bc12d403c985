/* shared/record/codes.h
 *
 * The code lists of rules version 1, compiled in from shared/record/codes/ (withdrawn
 * codes kept). Their digest stands in entry 0: SHA-256 over, for each list in the order
 * below, "<list>\n" and the lines "<code>\t<extra>\n" in byte order.
 */
#ifndef AVOW_RECORD_CODES_H
#define AVOW_RECORD_CODES_H

#include "base/bytes.h"

#define RULES_VERSION 1

enum code_list {
    CODE_COUNTRY,  /* ISO 3166-1 alpha-2, and XK */
    CODE_CURRENCY, /* ISO 4217, withdrawn ones too; extra: minor units */
    CODE_SECTOR,   /* DAC: 5-digit purposes, and their 3-digit categories */
    CODE_SDG,      /* goals "1" and targets "1.3" */
    CODE_THEME,    /* docs/vocabulary.md */
    CODE_ORG_TYPE, /* IATI OrganisationType */
    CODE_DOCUMENT, /* IATI DocumentCategory, for evidence[].category */
    CODE_CLUSTER, /* OCHA's global clusters; extra: their id in FTS, where there is one */
    CODE_POLICY_MARKER,       /* IATI PolicyMarker */
    CODE_POLICY_SIGNIFICANCE, /* IATI PolicySignificance */
    CODE_TAG_VOCABULARY,      /* IATI TagVocabulary: "tag:<code>" */
    CODE_SECTOR_VOCABULARY,   /* IATI SectorVocabulary: "sector:<code>" */
    CODE_AID_TYPE,            /* IATI AidType: vocabulary 1 of aid_type[] */
    CODE_CASH_MODALITY,       /* IATI CashandVoucherModalities: vocabulary 4 */
    CODE_EARMARKING, /* IATI EarmarkingCategory, for `earmarking`; vocabulary 2 */
    CODE_TIED,       /* IATI TiedStatus */
    CODE_LISTS
};

bool code_known(enum code_list list, struct bytes code);
const char *code_list_name(enum code_list list); /* "currency" */
/* What the code is called in English, for people; NULL: not known. Labels may be bettered
 * without a new version of the rules: they are not part of the digest. */
const char *code_label(enum code_list list, struct bytes code);
/* What the list has beside the code: a currency's minor units, a cluster's id in FTS; "":
 * nothing. NULL: not known. */
const char *code_extra(enum code_list list, struct bytes code);
/* The i-th code of the list; NULL behind the last. */
const char *code_at(enum code_list list, size_t i);
/* 0 to 4; -1: no such currency. */
int currency_minor_units(struct bytes currency);
const char *codes_digest(void); /* 64 hex digits */

#endif

/* shared/base/limits.h
 *
 * Every limit, with its reason. Sizes are in bytes unless the name says otherwise.
 */
#ifndef AVOW_BASE_LIMITS_H
#define AVOW_BASE_LIMITS_H

/* docs/formats.md, statement. A bundle's length prefix is 16 bits; this leaves room. */
#define NOTE_MAX 60000
#define NOTE_LINE_MAX 49152
#define RECORDS_MAX 256
/* A statement: docs/formats.md 2. */
#define STATEMENT_SIGNATURES_MAX 16
/* A note that is read, of whatever log; tlog-policy asks for 32 witnesses at least. */
#define NOTE_SIGNATURES_MAX 256
/* "<org>/<label>": two names of 64, and the origin of a log. */
#define KEY_NAME_MAX 160
/* "— <name> <base64 of key id, time and signature>\n" */
#define SIGNATURE_LINE_MAX (4 + KEY_NAME_MAX + 1 + 104 + 1)
/* A checkpoint that is served: the log's own lines, and then one at least of each
 * organization of the policy. */
#define CHECKPOINT_LINES_MAX 64
#define LOG_KEYS_MAX 16
#define POLICY_ORGS_MAX 48
/* Cosigners of one organization that are active: one member cannot crowd out others. */
#define ORG_COSIGNERS_MAX 4
#define COSIGNER_URL_MAX 256
/* A checkpoint with its lines, read or served. */
#define CHECKPOINT_MAX 65536
#define ORIGIN_MAX 128
#define ORG_ID_MAX 64
#define LOCAL_ID_MAX 64
#define SUBJECT_ID_MAX (ORG_ID_MAX + 1 + LOCAL_ID_MAX)
#define NETWORK_ID_MAX 32
#define JSON_DEPTH_MAX 8
#define TITLE_MAX_CHARS 300
#define TEXT_MAX_CHARS 4000
/* Money: 9e15 minor units stay below 2^53, so that every JSON reader has them exact. */
#define MONEY_MAX 9000000000000000LL
/* A proof in a tree of 2^63 leaves. */
#define PROOF_HASHES_MAX 63
#define TILE_WIDTH 256
#define HASH_LEN 32
/* What the length prefix of a bundle can say. What is larger than a statement, or empty,
 * no rule allows; it is read all the same, to show that the log has it. */
#define ENTRY_MAX 65535
/* A bundle of 256 entries with their length prefixes. */
#define BUNDLE_MAX (TILE_WIDTH * (2 + ENTRY_MAX))
/* Passphrases: long enough for a sentence, short enough for guarded memory. */
#define PASSPHRASE_MAX 1024
/* A secret key file. */
#define KEYFILE_MAX 4096
#define POLICY_MAX 262144
_Static_assert(LOG_KEYS_MAX + POLICY_ORGS_MAX <= CHECKPOINT_LINES_MAX &&
                   CHECKPOINT_LINES_MAX <= NOTE_SIGNATURES_MAX,
               "what is served is read");
/* ORIGIN_MAX, size and root, blank line; and the lines. */
_Static_assert(ORIGIN_MAX + 80 + CHECKPOINT_LINES_MAX * SIGNATURE_LINE_MAX <=
                   CHECKPOINT_MAX,
               "a served checkpoint is read");
/* Each witness stands in a line of its own, with name, key and URL, and in its group. */
_Static_assert(POLICY_ORGS_MAX *ORG_COSIGNERS_MAX *(3 * KEY_NAME_MAX + COSIGNER_URL_MAX +
                                                    128) +
                       POLICY_ORGS_MAX * (2 * ORG_ID_MAX + 64) +
                       LOG_KEYS_MAX * (KEY_NAME_MAX + 64) <=
                   POLICY_MAX,
               "a served policy is read");
/* One answer of the link: some thousand ordinary entries, or 64 of the largest. */
#define LINK_FRAME_MAX (4 * 1024 * 1024)

#endif

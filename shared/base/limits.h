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
/* A checkpoint carries a cosignature of every cosigner; tlog-policy asks for 32 at least.
 */
#define NOTE_SIGNATURES_MAX 256
/* ... and so is larger than a statement: 256 lines of at most 64 + 132 bytes, and text.
 */
#define CHECKPOINT_MAX 65536
/* "<org>/<label>": two names of 64, and the origin of a log. */
#define KEY_NAME_MAX 160
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
/* A bundle of 256 entries with their length prefixes. */
#define BUNDLE_MAX (TILE_WIDTH * (2 + NOTE_MAX))
/* Passphrases: long enough for a sentence, short enough for guarded memory. */
#define PASSPHRASE_MAX 1024
/* A secret key file. */
#define KEYFILE_MAX 4096
#define POLICY_MAX 262144
/* One answer of the link: some thousand ordinary entries, or 64 of the largest. */
#define LINK_FRAME_MAX (4 * 1024 * 1024)

#endif

/* shared/base/status.h
 *
 * Every way a call can end: name, exit code of a program that ends so, text.
 * Exit codes (docs/formats.md): 0 yes, 1 no, 2 wrong usage, 3 the world.
 */
#ifndef AVOW_BASE_STATUS_H
#define AVOW_BASE_STATUS_H

#define STATUS_TABLE(X)                                \
    X(OK, 0, "success")                                \
    X(REFUSED, 1, "refused by a rule")                 \
    X(BAD_SIG, 1, "signature does not verify")         \
    X(BAD_PROOF, 1, "proof does not lead to the root") \
    X(FORK, 1, "two entries claim one place")          \
    X(ALTERED, 1, "stored data was altered")           \
    X(NOT_FOUND, 1, "not found")                       \
    X(EXISTS, 1, "exists already")                     \
    X(BAD_PASSPHRASE, 1, "wrong passphrase")           \
    X(USAGE, 2, "wrong usage")                         \
    X(MALFORMED, 3, "malformed data")                  \
    X(TOO_LARGE, 3, "larger than the limit")           \
    X(NEWER, 3, "written by a later version")          \
    X(OLDER, 3, "written by an earlier version")       \
    X(BUSY, 3, "busy, try again")                      \
    X(CANCELLED, 3, "cancelled")                       \
    X(UNREACHABLE, 3, "cannot be reached")             \
    X(TIMEOUT, 3, "no answer in time")                 \
    X(IO, 3, "input/output error")                     \
    X(NOMEM, 3, "out of memory")

#define STATUS_ENUM(name, code, text) STATUS_##name,
enum status { STATUS_TABLE(STATUS_ENUM) };
#undef STATUS_ENUM

const char *status_text(enum status st);
const char *status_name(enum status st); /* "BAD_SIG" */
int status_exit_code(enum status st);

#endif

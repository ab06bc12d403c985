/* shared/base/args_internal.h: what args.c and args_help.c share. */
#ifndef AVOW_BASE_ARGS_INTERNAL_H
#define AVOW_BASE_ARGS_INTERNAL_H

#include "base/args.h"

/* On stdout. `group`, first word of commands of two words: only these; NULL: all. */
void args_help_program(const struct program *program, const char *group);
void args_help_command(const struct args *a, const struct option *options);

/* Exit code of a program that has said on stdout all it had to say. */
int args_flush(void);

#endif

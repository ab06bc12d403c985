/* tests/fuzz/fuzz.h
 *
 * What every fuzz target includes. A property that does not hold aborts, which libFuzzer
 * reports with the input.
 */
#ifndef AVOW_TESTS_FUZZ_FUZZ_H
#define AVOW_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/bytes.h"

#define require(holds)                                                                 \
    do {                                                                               \
        if (!(holds)) {                                                                \
            fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #holds); \
            abort();                                                                   \
        }                                                                              \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#endif

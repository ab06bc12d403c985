/* tests/sim/main.c
 *
 *   sim --seeds FIRST-LAST    stories by chance; prints what fails, with its seed
 *   sim --seed N              that one, told event by event
 *   sim --stories FOLDER      the main stories against their golden traces; TAP
 *   sim --write FOLDER        writes the golden traces
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

static int seeds(const char *range)
{
    char *end;
    uint64_t first = strtoull(range, &end, 10), last = first;

    if (*end == '-')
        last = strtoull(end + 1, &end, 10);
    if (*end != '\0' || last < first) {
        fprintf(stderr, "not a range of seeds: %s\n", range);
        return 2;
    }
    for (uint64_t seed = first; seed <= last; seed++)
        random_run(seed, false); /* ends the program where something is wrong */
    printf("ok - seeds %llu to %llu\n", (unsigned long long)first,
           (unsigned long long)last);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--seeds") == 0)
        return seeds(argv[2]);
    if (argc == 3 && strcmp(argv[1], "--seed") == 0) {
        random_run(strtoull(argv[2], NULL, 10), true);
        return 0;
    }
    if (argc == 3 && strcmp(argv[1], "--stories") == 0)
        return stories_run(argv[2], false) == 0 ? 0 : 1;
    if (argc == 3 && strcmp(argv[1], "--write") == 0)
        return stories_run(argv[2], true);
    fprintf(stderr, "usage: sim --seeds FIRST-LAST | --seed N | --stories FOLDER | "
                    "--write FOLDER\n");
    return 2;
}

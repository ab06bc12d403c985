#include "base/descriptors.h"

#include <sys/resource.h>

#include "base/say.h"

/* Store, libraries, threads, and what comes and goes. */
#define OWN 256

static unsigned needed = OWN;

void descriptors_need(unsigned more)
{
    struct rlimit lim;

    needed += more;
    if (getrlimit(RLIMIT_NOFILE, &lim) != 0 || lim.rlim_cur >= needed)
        return;
    lim.rlim_cur = needed < lim.rlim_max ? needed : lim.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &lim) != 0 || lim.rlim_cur < needed)
        say_unusual(
            "only %llu open files are allowed, and the limits on connections need "
            "%u: raise LimitNOFILE, or lower connections_max or link_peers_max",
            (unsigned long long)lim.rlim_cur, needed);
}

#include "base/fault.h"

/* Calls left until the one that fails; 0: not armed (or fired already). */
static _Thread_local int left;
static _Thread_local bool fired;

bool fault_here(void)
{
    if (left == 0 || --left > 0)
        return false;
    fired = true;
    return true;
}

void fault_arm(int nth)
{
    left = nth;
    fired = false;
}

bool fault_disarm(void)
{
    left = 0;
    return fired;
}

#include "node/form_run.h"

#include "base/say.h"

int form_batch(struct form_run *r)
{
    say_error("%s", r->file);
    return 2;
}

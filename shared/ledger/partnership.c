/* partnership.proposed; the answers to it are agreement.c's. */

#include "ledger/agreement.h"

enum status partnership_references(struct judge *j)
{
    struct bytes agent = judge_field(j, "administrative_agent");
    struct bytes parent = judge_field(j, "parent");
    enum status st = STATUS_OK;

    if (parent.len > 0)
        st = judge_demand_subject(j, parent, "parent", "partnership", NULL, NULL);
    if (st == STATUS_OK && agent.len > 0)
        st = judge_demand_org(j, agent, "administrative_agent");
    return st;
}

enum status partnership_proposed_judge(struct judge *j)
{
    struct bytes agent = judge_field(j, "administrative_agent");
    enum status st = agreement_demand_terms(j);
    json_t *subject;

    if (st == STATUS_OK)
        st = partnership_references(j);
    if (st != STATUS_OK)
        return st;
    subject = agreement_create(j);
    if (agent.len > 0)
        subject_add_org(j, subject, agent);
    agreement_settle(j, subject);
    return STATUS_OK;
}

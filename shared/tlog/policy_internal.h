/* shared/tlog/policy_internal.h
 *
 * What a policy is once parsed. Witnesses and groups are nodes of a forest, in the order
 * of their lines: a parent is defined after its members, so one pass in order counts all.
 */
#ifndef AVOW_TLOG_POLICY_INTERNAL_H
#define AVOW_TLOG_POLICY_INTERNAL_H

#include "tlog/policy.h"

#define NODE_NONE UINT32_MAX

struct policy_node {
    uint32_t parent; /* the group that lists it, or NODE_NONE */
    uint32_t need;   /* so many of its members; 1 for a witness */
};

struct policy_witness {
    struct verifier_key key;
    uint32_t node;
};

/* To find keys by the id in a signature line: `key` counts the logs, then the witnesses.
 */
struct policy_id {
    uint32_t id;
    uint32_t key;
};

struct policy_foreign {
    char name[KEY_NAME_MAX + 1]; /* cut, where it is longer */
    uint8_t type;
};

/* 1. nodes[i].parent > i, or NODE_NONE.
 * 2. ids holds each log and each witness once, in ascending order of id. */
struct policy {
    struct verifier_key *logs;
    size_t log_n, log_cap;
    struct policy_witness *witnesses;
    size_t witness_n, witness_cap;
    struct policy_node *nodes;
    size_t node_n, node_cap;
    struct policy_foreign *foreign;
    size_t foreign_n, foreign_cap;
    struct policy_id *ids;
    uint32_t quorum; /* NODE_NONE: none is needed */
};

#endif

/* Forks: branches of a case, each a matter of its own, until they join. */

static int new_branch(Run *run) {
    if (run->n_free_branches) return run->free_branches[--run->n_free_branches];
    if (run->n_branches == run->branches_room) {
        run->branches_room = 2 * run->branches_room + 64;
        run->branches = grown(run->branches, run->branches_room, sizeof(Branch));
        run->free_branches = grown(run->free_branches, run->branches_room, sizeof(int32_t));
        run->gone_branches = grown(run->gone_branches, run->branches_room, sizeof(int32_t));
    }
    return run->n_branches++;
}

/* Begin the branches after a step in their order, for as long as none of them lets the case go on. */
static void branch_out(Run *run, int matter, const Step *step) {
    int first = NONE;
    for (int i = step->branches_end; i > step->branches; i--) {
        int branch = new_branch(run);
        run->branches[branch] = (Branch){.who = whose(run, matter), .whole = matter, .joins = step->after, .next = first};
        first = branch;
    }
    Matter *m = matter_of(run, matter);
    m->first = first;
    m->lacking = step->needs;
    uint32_t forked = m->forked = new_stamp(run);
    for (int i = step->branches, branch = first; branch != NONE; i++, branch = run->branches[branch].next) {
        arrive_at(run, ~branch, resolved(run, ~branch, run->t->lists[i]));
        if (matter_of(run, matter)->forked != forked) return;
    }
}

/* Let a branch arrive or come to an end; if that is enough, withdraw the others, and let the case go on. */
static void join_whole(Run *run, int matter, int to) {
    Branch *branch = run->branches + ~matter;
    int whole = branch->whole;
    branch->own.ended = 1;
    if (to == branch->joins) {
        if (--matter_of(run, whole)->lacking) return;
        to = resolved(run, whole, to);
    }
    withdraw_all(run, whole, OUTCOME_WITHDRAWN, NONE, text(run, run->t->text_not_needed));
    /* another branch, which has just taken over a server, may have ended it */
    if (!matter_of(run, whole)->ended) arrive_at(run, whole, to);
}

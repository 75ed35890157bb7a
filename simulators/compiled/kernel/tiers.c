/* Tiers: replicas behind a balancer, which notices after a while who is silent, and asks another instead; the rules are
   those of simulators/tiers.py. */

/* Put a ticket aside, to be seen to after the others; those of a caller begin where the list ended when it began. */
static void put_aside(Run *run, int ticket) {
    if (run->n_aside == run->aside_room) {
        run->aside_room = 2 * run->aside_room + 16;
        run->aside = grown(run->aside, run->aside_room, sizeof(int32_t));
    }
    run->aside[run->n_aside++] = ticket;
}

static int any_live(const Run *run, int station) {
    const StationState *s = run->stations + station;
    for (int replica = 0; replica < run->t->stations[station].replicas; replica++)
        if (!s->down[replica] && !s->silent[replica] && !s->draining[replica]) return 1;
    return 0;
}

static inline int hangs_at(const StationState *s, int replica) { return s->silent[replica] && !s->down[replica]; }

static void hang(Run *run, int station, int ticket, int replica) {
    StationState *s = run->stations + station;
    if (s->n_hung == s->hung_room) {
        s->hung_room = 2 * s->hung_room + 16;
        s->hung = grown(s->hung, s->hung_room, sizeof(int32_t));
    }
    run->tickets[ticket].state = HUNG;
    run->tickets[ticket].hangs_at = replica;
    s->hung[s->n_hung++] = ticket;
}

static SELDOM void no_more_hung(Run *run, int station, int ticket) {
    StationState *s = run->stations + station;
    int kept = 0;
    for (int i = 0; i < s->n_hung; i++)
        if (s->hung[i] != ticket) s->hung[kept++] = s->hung[i];
    s->n_hung = kept;
}

/* Put aside what hangs at a replica, in the order in which it came to hang. */
static void put_hung_aside(Run *run, int station, int replica) {
    StationState *s = run->stations + station;
    int kept = 0;
    for (int i = 0; i < s->n_hung; i++) {
        Ticket *k = run->tickets + s->hung[i];
        if (k->hangs_at == replica) {
            k->state = FREED;
            put_aside(run, s->hung[i]);
        } else {
            s->hung[kept++] = s->hung[i];
        }
    }
    s->n_hung = kept;
}

/* Let work hang at a silent replica that has not been taken out yet; with none of those, fail it. */
static SELDOM void turn_away(Run *run, int station, int ticket) {
    StationState *s = run->stations + station;
    int silent = NONE;
    sent_to_the_dead(run, station); /* forgets those who are out by now */
    for (int replica = 0; replica < run->t->stations[station].replicas; replica++)
        if (!isnan(s->failing_over[replica]) && hangs_at(s, replica)
            && (silent == NONE || s->failing_since[replica] < s->failing_since[silent]))
            silent = replica;
    if (silent != NONE) {
        hang(run, station, ticket, silent);
    } else {
        touch(run, run->tickets + ticket, run->t->text_no_replica);
        end_ticket(run, ticket, OUTCOME_FAILED);
    }
}

static inline int may_again(Run *run, int station, int ticket) {
    return ++run->tickets[ticket].tries <= run->t->stations[station].retries;
}

/* Whether a balancer sends work where nobody serves it; it is then seen to. */
static SELDOM int goes_astray(Run *run, int station, int ticket) {
    StationState *s = run->stations + station;
    const Station *t = run->t->stations + station;
    while (s->n_failing_over && sent_to_the_dead(run, station)) {
        touch(run, run->tickets + ticket, run->t->text_failover);
        if (hangs_at(s, s->turn)) {
            hang(run, station, ticket, s->turn);
            return 1;
        }
        if (!may_again(run, station, ticket)) {
            end_ticket(run, ticket, OUTCOME_FAILED);
            return 1;
        }
    }
    if (s->n_slow) {
        s->slow_turn = (s->slow_turn + 1) % t->replicas;
        for (int i = 0; i < s->n_slow; i++) {
            const Fault *fault = run->t->faults + s->slow[i];
            if (s->slow_turn != fault->replica) continue;
            run->tickets[ticket].service_s += fault->delay_s;
            touch(run, run->tickets + ticket, fault->text);
        }
    }
    return 0;
}

/* Send work to another replica; it has left the queue's limits and its customer's patience behind. */
static SELDOM void again(Run *run, int station, int ticket) {
    Ticket *k = run->tickets + ticket;
    if (run->t->stations[station].refuses && !any_live(run, station)) {
        turn_away(run, station, ticket);
    } else if (begins(run, station, k->skill)) {
        serve(run, station, ticket);
    } else {
        k->state = WAITING;
        enqueue(run, station, ticket, k->priority, k->place);
        run->stations[station].waiting++;
    }
}

/* Work that a replica has lost is another's, or has failed. */
static SELDOM void lost(Run *run, int station, int ticket) {
    if (run->t->stations[station].tier && may_again(run, station, ticket)) again(run, station, ticket);
    else end_ticket(run, ticket, OUTCOME_FAILED);
}

/* With no replica left, turn away all who wait. */
static SELDOM void turn_all_away(Run *run, int station) {
    StationState *s = run->stations + station;
    if (!s->waiting || !run->t->stations[station].refuses || any_live(run, station)) return;
    int begin = run->n_aside, end, preemptive = run->t->stations[station].preemptive;
    while (first_of(run, s->queues)) {
        int ticket = dequeue(s->queues);
        run->tickets[ticket].queued = 0;
        put_aside(run, ticket);
    }
    end = run->n_aside;
    for (int i = begin; i < end; i++) {
        const Ticket *k = run->tickets + run->aside[i];
        if (k->state != LAID_DOWN) continue;
        if (preemptive) enqueue(run, station, run->aside[i], k->priority, k->place);
        else enqueue(run, station, run->aside[i], INT32_MIN, ++s->came);
    }
    for (int i = begin; i < end; i++) {
        if (run->tickets[run->aside[i]].state != WAITING) continue; /* perhaps withdrawn by what became of another */
        s->waiting--;
        turn_away(run, station, run->aside[i]);
    }
    run->n_aside = begin;
}

static SELDOM void kill_hung(Run *run, int station, int replica, int why) {
    int begin = run->n_aside, end;
    put_hung_aside(run, station, replica);
    end = run->n_aside;
    for (int i = begin; i < end; i++) {
        if (run->tickets[run->aside[i]].state == GONE) continue;
        touch(run, run->tickets + run->aside[i], why);
        lost(run, station, run->aside[i]);
    }
    run->n_aside = begin;
}

static SELDOM void silence(Run *run, int station, int replica, int why) {
    StationState *s = run->stations + station;
    const Station *t = run->t->stations + station;
    if (s->silent[replica]++) return;
    for (int server = replica; server < t->most_servers; server += t->replicas)
        if (s->busy[server] != NONE && freeze(run, station, s->busy[server]))
            touch(run, run->tickets + s->busy[server], why);
    if (t->failover_s != 0) {
        double until = clock_now(run, t->machines) + t->failover_s;
        if (!(s->failing_over[replica] > until)) fails_over(run, station, replica, until);
    }
    after(run, t->machines, t->failover_s, TAKE_OUT, station, replica);
    reopen(run, station);
}

/* Send to others what a replica that is still silent has in its hands, and what hangs at it, as it came. */
static SELDOM void take_out(Run *run, int station, int replica) {
    StationState *s = run->stations + station;
    const Station *t = run->t->stations + station;
    if (!s->silent[replica]) return;
    fails_over_no_more(run, station, replica);
    int begin = run->n_aside, end;
    for (int server = replica; server < t->most_servers; server += t->replicas) {
        int ticket = s->busy[server];
        if (ticket == NONE || run->tickets[ticket].ends_at != INFINITY) continue;
        s->busy[server] = NONE;
        run->tickets[ticket].server = NONE;
        run->tickets[ticket].state = FREED;
        put_aside(run, ticket);
    }
    put_hung_aside(run, station, replica);
    end = run->n_aside;
    for (int i = begin + 1; i < end; i++) /* by place; few */
        for (int at = i; at > begin; at--) {
            int32_t *pair = run->aside + at - 1, first = pair[0];
            if (run->tickets[first].place <= run->tickets[pair[1]].place) break;
            pair[0] = pair[1];
            pair[1] = first;
        }
    for (int i = begin; i < end; i++)
        if (run->tickets[run->aside[i]].state != GONE) lost(run, station, run->aside[i]);
    run->n_aside = begin;
}

/* Let a replica be heard again: it goes on with what it has. */
static SELDOM void hear(Run *run, int station, int replica) {
    StationState *s = run->stations + station;
    if (--s->silent[replica]) return;
    if (!s->down[replica]) fails_over_no_more(run, station, replica);
    reopen(run, station);
    int begin = run->n_aside, end;
    put_hung_aside(run, station, replica);
    end = run->n_aside;
    for (int i = begin; i < end; i++)
        if (run->tickets[run->aside[i]].state != GONE) again(run, station, run->aside[i]);
    run->n_aside = begin;
}

static inline int silences(const Fault *fault) {
    return fault->kind == FAULT_PARTITION || (fault->kind == FAULT_PAUSE && fault->single);
}

/* Let a fault of one replica begin; return 0 for one that is another kind's. */
static SELDOM int replica_fault_begins(Run *run, int number) {
    const Fault *fault = run->t->faults + number;
    StationState *s = run->stations + fault->station;
    if (silences(fault)) {
        silence(run, fault->station, fault->replica, fault->text);
    } else if (fault->kind == FAULT_RESTART) {
        s->draining[fault->replica]++;
        reopen(run, fault->station);
    } else if (fault->kind == FAULT_LATENCY && fault->single) {
        s->slow[s->n_slow++] = number;
    } else {
        return 0;
    }
    return 1;
}

static SELDOM int replica_fault_ceases(Run *run, int number) {
    const Fault *fault = run->t->faults + number;
    StationState *s = run->stations + fault->station;
    if (silences(fault)) {
        hear(run, fault->station, fault->replica);
    } else if (fault->kind == FAULT_RESTART) {
        if (!--s->draining[fault->replica]) lose(run, fault->station, fault->replica, fault->text);
    } else if (fault->kind == FAULT_LATENCY && fault->single) {
        remove_fault(s->slow, &s->n_slow, number);
    } else {
        return 0;
    }
    return 1;
}

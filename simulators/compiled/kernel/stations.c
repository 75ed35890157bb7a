/* Stations at work: queues, servers, shifts, replicas and faults. The order of simultaneous things is that of the SimPy
   engine's stations: when a service ends, the server is released first and takes the next in the queue at that same
   moment; then the customer served goes on. */

static void end_ticket(Run *run, int ticket, int outcome);
static int goes_astray(Run *run, int station, int ticket);
static int any_live(const Run *run, int station);
static void turn_away(Run *run, int station, int ticket);
static void turn_all_away(Run *run, int station);
static void no_more_hung(Run *run, int station, int ticket);
static void lost(Run *run, int station, int ticket);
static void kill_hung(Run *run, int station, int replica, int why);
static int replica_fault_begins(Run *run, int number);
static int replica_fault_ceases(Run *run, int number);
static inline Customer *customer_of(const Run *run, int matter);

static inline int on_machines(const Run *run, int station) {
    return station != NONE && run->t->stations[station].machines;
}

static int new_ticket(Run *run) {
    int i;
    if (run->n_free_tickets) {
        i = run->free_tickets[--run->n_free_tickets];
    } else {
        if (run->n_tickets == run->tickets_room) {
            run->tickets_room = 2 * run->tickets_room + 256;
            run->tickets = grown(run->tickets, run->tickets_room, sizeof(Ticket));
            run->free_tickets = grown(run->free_tickets, run->tickets_room, sizeof(int32_t));
            run->gone_tickets = grown(run->gone_tickets, run->tickets_room, sizeof(int32_t));
        }
        i = run->n_tickets++;
    }
    Ticket *k = run->tickets + i; /* what is not set here is set by whoever asks for a ticket */
    k->remaining_s = k->ends_at = INFINITY;
    k->start_s = NAN;
    k->finish = k->patience = k->deadline = k->queued = 0;
    k->state = WAITING;
    k->server = NONE;
    k->attempt = k->fails = k->touched = k->promised = k->reached = 0;
    if (RARE) k->tries = 0;
    return i;
}

/* Whether there is work that nobody has in hand. */
static inline int lie_in_wait(const StationState *s) { return s->waiting || (RARE && s->laid_down); }

static inline void touch(Run *run, Ticket *ticket, int name) {
    ticket->touched = detail(run, ticket->touched, PART_ITEM, name);
}

/* Who waits, who is free, and which of them come together */

static inline int goes_before(const Queued *a, const Queued *b) {
    return a->rank < b->rank || (a->rank == b->rank && a->place < b->place);
}

/* Let a ticket wait with those that ask for the same skill. */
static void enqueue(Run *run, int station, int ticket, int rank, uint64_t place) {
    Ticket *k = run->tickets + ticket;
    Queue *q = run->stations[station].queues + k->skill;
    if (q->n == q->room) {
        q->room = 2 * q->room + 64;
        q->heap = grown(q->heap, q->room, sizeof(Queued));
    }
    k->queued = new_stamp(run);
    Queued item = {rank, k->queued, place, ticket};
    int hole = q->n++;
    for (; hole > 0 && goes_before(&item, q->heap + (hole - 1) / 2); hole = (hole - 1) / 2)
        q->heap[hole] = q->heap[(hole - 1) / 2];
    q->heap[hole] = item;
}

static int dequeue(Queue *q) {
    int first = q->heap[0].ticket, hole = 0;
    Queued last = q->heap[--q->n];
    for (int child; (child = 2 * hole + 1) < q->n; hole = child) {
        if (child + 1 < q->n && goes_before(q->heap + child + 1, q->heap + child)) child++;
        if (!goes_before(q->heap + child, &last)) break;
        q->heap[hole] = q->heap[child];
    }
    if (q->n) q->heap[hole] = last;
    return first;
}

/* Return the place of the first in a queue, having thrown those away that have left it; NULL for nobody. */
static inline const Queued *first_of(Run *run, Queue *q) {
    while (q->n) {
        if (run->tickets[q->heap[0].ticket].queued == q->heap[0].stamp) return q->heap;
        dequeue(q);
    }
    return NULL;
}

static void free_server(Run *run, int station, int server) {
    const Station *t = run->t->stations + station;
    Free *f = run->stations[station].free + (!RARE || t->n_groups == 1 ? 0 : run->t->lists[t->group_of + server]);
    int hole = f->n++;
    for (; hole > 0 && server < f->heap[(hole - 1) / 2]; hole = (hole - 1) / 2) f->heap[hole] = f->heap[(hole - 1) / 2];
    f->heap[hole] = server;
}

static int lowest_free(Free *f) {
    int first = f->heap[0], last = f->heap[--f->n], hole = 0;
    for (int child; (child = 2 * hole + 1) < f->n; hole = child) {
        if (child + 1 < f->n && f->heap[child + 1] < f->heap[child]) child++;
        if (f->heap[child] >= last) break;
        f->heap[hole] = f->heap[child];
    }
    if (f->n) f->heap[hole] = last;
    return first;
}

static inline int has_skill(const Run *run, const Station *t, int group, int skill) {
    return !RARE || !skill || run->t->lists[t->skills + group * t->n_skills + skill];
}

/* Return the group with the fewest skills that has this one, and somebody free; NONE for nobody. */
static inline int free_group(const Run *run, int station, int skill) {
    const StationState *s = run->stations + station;
    const Station *t = run->t->stations + station;
    if (!RARE || t->n_groups == 1) return s->free[0].n ? 0 : NONE;
    for (int i = 0; i < t->n_groups; i++) {
        int group = run->t->lists[t->by_skills + i];
        if (s->free[group].n && has_skill(run, t, group, skill)) return group;
    }
    return NONE;
}

/* Whether a server is free for an arrival; then nobody waits for that server. */
static inline int begins(const Run *run, int station, int skill) {
    const StationState *s = run->stations + station;
    if (!RARE || run->t->stations[station].n_groups == 1) return s->free[0].n && !lie_in_wait(s);
    return free_group(run, station, skill) != NONE;
}

/* Take the first out of all queues for whom a server is free; return NONE for nobody. */
static int next_ticket(Run *run, int station) {
    StationState *s = run->stations + station;
    const Queued *best = NULL;
    Queue *of = NULL;
    if (!lie_in_wait(s)) return NONE;
    int n_skills = RARE ? run->t->stations[station].n_skills : 1;
    for (int skill = 0; skill < n_skills; skill++) {
        if (free_group(run, station, skill) == NONE) continue;
        const Queued *head = first_of(run, s->queues + skill);
        if (head && (!best || goes_before(head, best))) {
            best = head;
            of = s->queues + skill;
        }
    }
    if (!best) return NONE;
    int ticket = dequeue(of);
    run->tickets[ticket].queued = 0;
    return ticket;
}

/* Serving */

static int is_up(const Run *run, int station, int server) {
    const StationState *s = run->stations + station;
    const Station *t = run->t->stations + station;
    if (!RARE || !s->down_count) return 1;
    return t->replicas - s->down_count >= t->needed && !s->down[server % t->replicas];
}

static inline int in_order(const Run *run, int station, int server) {
    const StationState *s = run->stations + station;
    if (!RARE) return 1;
    if (run->t->stations[station].tier) {
        int replica = server % run->t->stations[station].replicas;
        if (s->silent[replica] || s->draining[replica]) return 0;
    }
    return !s->n_outages && !s->n_pauses && is_up(run, station, server);
}

static void resume_work(Run *run, int station, int ticket) {
    Ticket *k = run->tickets + ticket;
    int machines = on_machines(run, station);
    k->ends_at = clock_now(run, machines) + k->remaining_s;
    k->finish = after(run, machines, k->remaining_s, FINISH, ticket, 0);
}

static void take_up(Run *run, int station, int ticket) {
    StationState *s = run->stations + station;
    int server = lowest_free(s->free + free_group(run, station, run->tickets[ticket].skill));
    run->tickets[ticket].server = server;
    s->busy[server] = ticket;
    resume_work(run, station, ticket);
}

/* Whether a load balancer that has not yet noticed a breakdown sends this work, in its turn, to a dead replica. */
static SELDOM int sent_to_the_dead(Run *run, int station) {
    StationState *s = run->stations + station;
    const Station *t = run->t->stations + station;
    double now = clock_now(run, t->machines);
    for (int replica = 0; replica < t->replicas; replica++)
        if (!isnan(s->failing_over[replica]) && !(s->failing_over[replica] > now)) {
            s->failing_over[replica] = NAN;
            s->n_failing_over--;
        }
    s->turn = (s->turn + 1) % t->replicas;
    return !isnan(s->failing_over[s->turn]);
}

static void serve(Run *run, int station, int ticket) {
    StationState *s = run->stations + station;
    Ticket *k = run->tickets + ticket;
    k->patience = 0;
    k->state = SERVING;
    k->start_s = run->now;
    if (RARE && run->t->stations[station].tier) {
        if (goes_astray(run, station, ticket)) return;
    } else if (RARE && s->n_failing_over && sent_to_the_dead(run, station)) {
        touch(run, k, run->t->text_failover);
        end_ticket(run, ticket, OUTCOME_FAILED);
        return;
    }
    k->remaining_s = k->service_s;
    for (int i = 0; RARE && i < s->n_latency; i++) {
        const Fault *fault = run->t->faults + s->latency[i];
        k->remaining_s += fault->delay_s;
        touch(run, k, fault->text);
    }
    take_up(run, station, ticket);
}

static void take_next(Run *run, int station) {
    StationState *s = run->stations + station;
    for (int ticket; (ticket = next_ticket(run, station)) != NONE;) {
        Ticket *k = run->tickets + ticket;
        if (!RARE || k->state == WAITING) {
            s->waiting--;
            serve(run, station, ticket);
        } else {
            s->laid_down--;
            k->state = SERVING;
            take_up(run, station, ticket);
        }
    }
}

static void release(Run *run, int station, int ticket) {
    StationState *s = run->stations + station;
    int server = run->tickets[ticket].server;
    run->tickets[ticket].finish = 0;
    run->tickets[ticket].state = FREED;
    s->busy[server] = NONE;
    if (!s->usable[server]) return;
    free_server(run, station, server);
    if (lie_in_wait(s)) take_next(run, station);
}

static void finish(Run *run, int ticket) {
    Ticket *k = run->tickets + ticket;
    int outcome = k->fails ? OUTCOME_FAILED : OUTCOME_SERVED;
    if (k->station != NONE) {
        StationState *s = run->stations + k->station;
        const Tables *t = run->t;
        int luck = k->owner == FOR_CALLER ? t->n_steps + k->step : k->step;
        for (int i = 0; RARE && i < s->n_errors; i++) {
            const Fault *fault = t->faults + s->errors[i];
            uint64_t address = t->fault_luck[s->errors[i] * (t->n_steps + t->n_contacts) + luck];
            if (chance(run, fault->share, address, customer_of(run, k->matter)->number, k->nth)) {
                outcome = OUTCOME_FAILED;
                touch(run, k, fault->text);
            }
        }
        release(run, k->station, ticket);
        if (RARE && run->tickets[ticket].state == GONE) return; /* by what another branch of its case came to at that server */
    }
    end_ticket(run, ticket, outcome);
}

/* Laying down */

/* Let work stand still; return 0 for work that ends at this very moment, and does. */
static int freeze(Run *run, int station, int ticket) {
    Ticket *k = run->tickets + ticket;
    if (k->ends_at == INFINITY) return 1;
    double left_s = k->ends_at - clock_now(run, on_machines(run, station));
    if (left_s <= 0) return 0;
    k->finish = 0;
    k->remaining_s = left_s;
    k->ends_at = INFINITY;
    return 1;
}

/* Take frozen work out of its server's hands, and put it back: first of all, or to its place in the queue. */
static void lay_down(Run *run, int station, int ticket) {
    StationState *s = run->stations + station;
    Ticket *k = run->tickets + ticket;
    s->busy[k->server] = NONE;
    k->state = LAID_DOWN;
    s->laid_down++;
    if (run->t->stations[station].preemptive) enqueue(run, station, ticket, k->priority, k->place);
    else enqueue(run, station, ticket, INT32_MIN, ++s->came);
}

/* Free the server whose work stands last in the queue's order, if that is of a lower priority than `ticket`. */
static int makes_room(Run *run, int station, int ticket) {
    StationState *s = run->stations + station;
    const Station *t = run->t->stations + station;
    const Ticket *k = run->tickets + ticket, *last = NULL;
    double now = clock_now(run, t->machines);
    for (int server = 0; server < t->most_servers; server++) {
        if (s->busy[server] == NONE || !s->usable[server]) continue;
        const Ticket *other = run->tickets + s->busy[server];
        int group = t->n_groups == 1 ? 0 : run->t->lists[t->group_of + server];
        if (other->priority <= k->priority || !(other->ends_at > now) || !has_skill(run, t, group, k->skill)) continue;
        if (!last || other->priority > last->priority || (other->priority == last->priority && other->place > last->place))
            last = other;
    }
    if (!last) return 0;
    int laid = (int)(last - run->tickets), server = last->server;
    freeze(run, station, laid);
    lay_down(run, station, laid);
    free_server(run, station, server);
    return 1;
}

/* Let those who wait take the servers that are free, and then those that have work of lower priorities in hand. */
static void outrank(Run *run, int station) {
    StationState *s = run->stations + station;
    const Station *t = run->t->stations + station;
    take_next(run, station);
    for (int again = 1; again;) {
        again = 0;
        /* the first of each queue, in the order of all */
        const Queued *after = NULL;
        Queued last;
        for (int n = 0; n < t->n_skills && !again; n++) {
            const Queued *head = NULL;
            for (int skill = 0; skill < t->n_skills; skill++) {
                const Queued *one = first_of(run, s->queues + skill);
                if (one && (!after || goes_before(after, one)) && (!head || goes_before(one, head))) head = one;
            }
            if (!head) break;
            last = *head;
            after = &last;
            again = makes_room(run, station, last.ticket);
        }
        if (again) take_next(run, station);
    }
}

/* Take a ticket in: serve it now, queue it for as long as the stream `patience` says, or turn it away. */
static void join(Run *run, int station, int ticket, int patience, int balk_above) {
    Ticket *k = run->tickets + ticket;
    k->station = station;
    if (station == NONE) {
        k->state = SERVING;
        k->start_s = run->now;
        k->finish = after(run, 0, k->service_s, FINISH, ticket, 0);
        return;
    }
    StationState *s = run->stations + station;
    const Station *t = run->t->stations + station;
    k->place = ++s->came;
    if (RARE && t->refuses && !any_live(run, station)) {
        k->start_s = run->now;
        turn_away(run, station, ticket);
    } else if (begins(run, station, k->skill)) {
        serve(run, station, ticket);
    } else if (RARE && t->preemptive && makes_room(run, station, ticket)) {
        serve(run, station, ticket);
        outrank(run, station);
    } else if (balk_above != NONE && s->waiting > balk_above) {
        end_ticket(run, ticket, OUTCOME_BALKED);
    } else if (t->queue_limit != NONE && s->waiting >= t->queue_limit) {
        end_ticket(run, ticket, OUTCOME_REJECTED);
    } else {
        enqueue(run, station, ticket, k->priority, k->place);
        s->waiting++;
        if (patience == NONE) return;
        const Customer *c = customer_of(run, k->matter);
        double patience_s = draw(run, patience, c->number, c->segment, k->visit);
        k->patience = after(run, t->machines, patience_s, RENEGE, ticket, 0);
    }
}

static void withdraw(Run *run, int ticket) {
    Ticket *k = run->tickets + ticket;
    if (k->state == GONE) return;
    if (k->state == WAITING) run->stations[k->station].waiting--;
    else if (RARE && k->state == LAID_DOWN) run->stations[k->station].laid_down--;
    else if (k->state == SERVING && k->station != NONE) release(run, k->station, ticket);
    else if (RARE && k->state == HUNG) no_more_hung(run, k->station, ticket);
    if (run->tickets[ticket].state != GONE) end_ticket(run, ticket, OUTCOME_WITHDRAWN);
}

static void renege(Run *run, int ticket) {
    run->stations[run->tickets[ticket].station].waiting--;
    end_ticket(run, ticket, OUTCOME_RENEGED);
}

/* Recount the free servers after any change of duty or order, resume what can go on, and take the next. */
static SELDOM void reopen(Run *run, int station) {
    StationState *s = run->stations + station;
    const Station *t = run->t->stations + station;
    for (int group = 0; group < t->n_groups; group++) s->free[group].n = 0;
    for (int server = 0; server < t->most_servers; server++) {
        s->usable[server] = server < s->level * t->replicas && in_order(run, station, server);
        if (s->usable[server] && s->busy[server] == NONE) free_server(run, station, server);
    }
    for (int server = 0; server < t->most_servers; server++) {
        int ticket = s->busy[server];
        if (RARE && ticket != NONE && run->tickets[ticket].ends_at == INFINITY && in_order(run, station, server))
            resume_work(run, station, ticket);
    }
    if (RARE && t->preemptive) outrank(run, station);
    else take_next(run, station);
    if (RARE && t->refuses) turn_all_away(run, station);
}

/* Shifts */

static int rostered_at(const Run *run, int station, double now_s) {
    const Station *t = run->t->stations + station;
    double of_week = fmod(now_s, WEEK_S);
    int at = t->roster_end - 1;
    while (at > t->roster && run->t->rosters[at].from_s > of_week) at--;
    return run->t->rosters[at].level;
}

static int is_closed(const Run *run, int station, double now_s) {
    const Station *t = run->t->stations + station;
    for (int i = t->closed; i < t->closed_end; i++)
        if (run->t->closures[i].begin_s <= now_s && now_s < run->t->closures[i].end_s) return 1;
    return 0;
}

/* Return the servers on duty at a time of the station's clock, by its roster and its closures. */
static int level_at(const Run *run, int station, double now_s) {
    return is_closed(run, station, now_s) ? 0 : rostered_at(run, station, now_s);
}

/* The next change of duty: after which delay, and to how many servers; infinite where it never changes. */
typedef struct { double delay_s; int level; } Change;

static inline void consider(Change *next, double delay_s, int level, int open) {
    if (open && level <= 0) return;
    if (delay_s < next->delay_s || (delay_s == next->delay_s && level < next->level)) *next = (Change){delay_s, level};
}

/* Return the next change of duty; with `open`, the next after which somebody is on duty. */
static Change next_change(const Run *run, int station, int open) {
    const Station *t = run->t->stations + station;
    double now = clock_now(run, t->machines), last_s = now;
    Change next = {INFINITY, 0};
    for (int i = t->closed; i < t->closed_end; i++) {
        const Closed *closed = run->t->closures + i;
        if (closed->begin_s > now) consider(&next, closed->begin_s - now, 0, open);
        if (closed->end_s > now) consider(&next, closed->end_s - now, rostered_at(run, station, closed->end_s), open);
        if (closed->end_s > last_s) last_s = closed->end_s;
    }
    if (t->roster_end - t->roster == 1) return next;
    double now_of_week = fmod(now, WEEK_S), monday = nearbyint((now - now_of_week) / WEEK_S);
    int weeks = 2 + (int)ceil((last_s - now) / WEEK_S);
    for (int week = 0; week < weeks; week++)
        for (int at = t->roster; at < t->roster_end; at++) {
            const Duty *duty = run->t->rosters + at;
            if (!week && duty->from_s <= now_of_week) continue;
            int closed = is_closed(run, station, (monday + week) * WEEK_S + duty->from_s);
            int level = closed ? 0 : duty->level;
            consider(&next, duty->from_s + week * WEEK_S - now_of_week, level, open);
            if (level > 0 || !open) return next; /* those that follow are later */
        }
    return next;
}

static void next_shift(Run *run, int station) {
    Change next = next_change(run, station, 0);
    after(run, run->t->stations[station].machines, next.delay_s, SHIFT, station, next.level);
}

static SELDOM void change_shift(Run *run, int station, int level) {
    StationState *s = run->stations + station;
    const Station *t = run->t->stations + station;
    s->level = level;
    if (RARE && t->pauses_at_closing)
        for (int server = level * t->replicas; server < t->most_servers; server++)
            if (s->busy[server] != NONE && freeze(run, station, s->busy[server])) lay_down(run, station, s->busy[server]);
    reopen(run, station);
    next_shift(run, station);
}

/* Replicas and faults */

enum { ALL_LOSE = -2, THE_DOWN_LOSE = -1 };

/* Let the work in the hands of some servers fail (of all, of those that are down, or of one replica): those left in order
   take the next, and then its customers go on. */
static SELDOM void lose(Run *run, int station, int who, int why) {
    StationState *s = run->stations + station;
    const Station *t = run->t->stations + station;
    int n = 0;
    for (int server = 0; server < t->most_servers; server++) {
        int loses = who == ALL_LOSE || (who == THE_DOWN_LOSE ? !is_up(run, station, server) : server % t->replicas == who);
        if (s->busy[server] != NONE && loses) s->lost[n++] = s->busy[server];
    }
    for (int i = 0; i < n; i++) {
        Ticket *k = run->tickets + s->lost[i];
        k->finish = 0;
        k->state = FREED;
        s->busy[k->server] = NONE;
        touch(run, k, why);
    }
    reopen(run, station);
    for (int i = 0; i < n; i++)
        if (run->tickets[s->lost[i]].state != GONE) lost(run, station, s->lost[i]);
}

static void fails_over(Run *run, int station, int replica, double until) {
    StationState *s = run->stations + station;
    if (isnan(s->failing_over[replica])) {
        s->n_failing_over++;
        s->failing_since[replica] = ++s->failings;
    }
    s->failing_over[replica] = until;
}

static void fails_over_no_more(Run *run, int station, int replica) {
    StationState *s = run->stations + station;
    if (!isnan(s->failing_over[replica])) s->n_failing_over--;
    s->failing_over[replica] = NAN;
}

static SELDOM void kill_replica(Run *run, int station, int replica, int why) {
    StationState *s = run->stations + station;
    const Station *t = run->t->stations + station;
    if (!s->down[replica]++) {
        s->down_count++;
        if (t->failover_s != 0) fails_over(run, station, replica, clock_now(run, t->machines) + t->failover_s);
    }
    lose(run, station, THE_DOWN_LOSE, why);
    if (t->tier) kill_hung(run, station, replica, why);
}

static void revive_replica(Run *run, int station, int replica) {
    StationState *s = run->stations + station;
    if (!--s->down[replica]) {
        s->down_count--;
        fails_over_no_more(run, station, replica);
    }
    reopen(run, station);
}

static void age(Run *run, int station, int replica) {
    const Station *t = run->t->stations + station;
    double lives_s = draw(run, t->between_failures, replica, 0, run->stations[station].nth[replica]);
    after(run, t->machines, lives_s, BREAKDOWN, station, replica);
}

static SELDOM void break_down(Run *run, int station, int replica) {
    const Station *t = run->t->stations + station;
    kill_replica(run, station, replica, run->t->text_breakdown);
    double repair_s = draw(run, t->repair, replica, 0, run->stations[station].nth[replica]);
    after(run, t->machines, repair_s, REPAIRED, station, replica);
}

static SELDOM void repaired(Run *run, int station, int replica) {
    revive_replica(run, station, replica);
    run->stations[station].nth[replica]++;
    age(run, station, replica);
}

static void remove_fault(int32_t *list, int32_t *n, int fault) {
    int i = 0;
    while (list[i] != fault) i++;
    memmove(list + i, list + i + 1, (--*n - i) * sizeof(int32_t));
}

static SELDOM void fault_begins(Run *run, int number) {
    const Fault *fault = run->t->faults + number;
    StationState *s = run->stations + fault->station;
    if (run->t->stations[fault->station].tier && replica_fault_begins(run, number)) {
    } else if (fault->kind == FAULT_KILL) {
        kill_replica(run, fault->station, fault->replica, fault->text);
    } else if (fault->kind == FAULT_OUTAGE) {
        s->outages[s->n_outages++] = number;
        lose(run, fault->station, ALL_LOSE, fault->text);
    } else if (fault->kind == FAULT_PAUSE) {
        s->pauses[s->n_pauses++] = number;
        for (int server = 0; server < run->t->stations[fault->station].most_servers; server++)
            if (s->busy[server] != NONE && freeze(run, fault->station, s->busy[server]))
                touch(run, run->tickets + s->busy[server], fault->text);
        reopen(run, fault->station);
    } else if (fault->kind == FAULT_LATENCY) {
        s->latency[s->n_latency++] = number;
    } else {
        s->errors[s->n_errors++] = number;
    }
    after(run, run->t->stations[fault->station].machines, fault->lasting_s, FAULT_CEASES, number, 0);
}

static SELDOM void fault_ceases(Run *run, int number) {
    const Fault *fault = run->t->faults + number;
    StationState *s = run->stations + fault->station;
    if (run->t->stations[fault->station].tier && replica_fault_ceases(run, number)) {
    } else if (fault->kind == FAULT_KILL) {
        revive_replica(run, fault->station, fault->replica);
    } else if (fault->kind == FAULT_OUTAGE) {
        remove_fault(s->outages, &s->n_outages, number);
        reopen(run, fault->station);
    } else if (fault->kind == FAULT_PAUSE) {
        remove_fault(s->pauses, &s->n_pauses, number);
        reopen(run, fault->station);
    } else if (fault->kind == FAULT_LATENCY) {
        remove_fault(s->latency, &s->n_latency, number);
    } else {
        remove_fault(s->errors, &s->n_errors, number);
    }
}

/* Open the stations, and begin shifts, breakdowns and faults. */
static SELDOM void start_stations(Run *run) {
    for (int station = 0; station < run->t->n_stations; station++) {
        const Station *t = run->t->stations + station;
        next_shift(run, station);
        if (t->has_replicas)
            for (int replica = 0; replica < t->replicas; replica++) age(run, station, replica);
        for (int fault = 0; fault < run->t->n_faults; fault++)
            if (run->t->faults[fault].station == station)
                after(run, t->machines, run->t->faults[fault].at_s, FAULT_BEGINS, fault, 0);
    }
}

/* One replication of a journey, from its tables: the compiled engine. Built as one unit. */

#include "kernel.h"
#include "draws.c"
#include "calendar.c"
#include "log.c"
#include "stations.c"
#include "tiers.c"
#include "organisation.c"
#include "forks.c"
#include "loyalty.c"
#include "walk.c"

#define EVENTS_BETWEEN_TICKS (1 << 18)

static int new_customer(Run *run) {
    const Tables *t = run->t;
    int who;
    if (run->n_free_customers) {
        who = run->free_customers[--run->n_free_customers];
    } else {
        if (run->n_customers == run->customers_room) {
            int room = run->customers_room = 2 * run->customers_room + 256;
            run->customers = grown(run->customers, room, sizeof(Customer));
            run->counts = grown(run->counts, (size_t)room * run->stride, sizeof(int32_t));
            run->marks = grown(run->marks, (size_t)room * t->n_marks, sizeof(double));
            run->told = grown(run->told, (size_t)room * t->n_systems, sizeof(uint64_t));
            run->pending = grown(run->pending, (size_t)room * t->n_contacts, sizeof(Pending));
            run->free_customers = grown(run->free_customers, room, sizeof(int32_t));
            run->gone_customers = grown(run->gone_customers, room, sizeof(int32_t));
        }
        who = run->n_customers++;
    }
    memset(counts_of(run, who), 0, run->stride * sizeof(int32_t));
    for (int i = 0; i < t->n_marks; i++) run->marks[(int64_t)who * t->n_marks + i] = INFINITY;
    memset(run->told + (int64_t)who * t->n_systems, 0, t->n_systems * sizeof(uint64_t));
    return who;
}

static void begin(Run *run, int64_t number, double intended_s, int why) {
    const Tables *t = run->t;
    int who = new_customer(run), segment = segment_of(run, number);
    Customer *c = run->customers + who;
    *c = (Customer){.number = number, .segment = segment, .wait = NONE, .began_s = intended_s,
                    .steps = t->steps + segment * t->n_steps, .contacts = t->contacts + segment * t->n_contacts};
    run->inside++;
    int known = arrive_at(run, who, resolved(run, who, 0));
    c->known = c->seen = known;
    c->listening = 1;
    write_row(run, c, run->t->arrival_row, 0, LANE_CUSTOMER, NONE, NONE, intended_s, run->now, run->now, run->now,
              OUTCOME_SERVED, 0, why);
    walk_from(run, who, 0, intended_s);
}

static void arrive(Run *run) {
    const Tables *t = run->t;
    int64_t number = run->started++;
    if (run->started < t->n_arrivals) {
        double gap_s = t->arrivals_s[run->started] - run->now;
        after(run, 1, gap_s > 0 ? gap_s : 0.0, ARRIVE, 0, 0);
    }
    begin(run, number, t->arrivals_s[number], 0);
}

/* A journey begins that follows from another. */
static SELDOM void come(Run *run, int64_t first, int64_t place) {
    run->coming--;
    begin(run, place * SPAN + first, run->now, text(run, place % 2 ? run->t->text_returned : run->t->text_referred));
}

/* Return whether an event still concerns somebody, and let it happen if so. */
static void happen(Run *run, const Event *event) {
    int who = event->who;
    uint32_t stamp = event->stamp;
    switch (event->what) {
    case ARRIVE: arrive(run); break;
    case COME: come(run, who, event->extra); break;
    case GO_ON: go_on(run, who); break;
    case IN_VAIN: if (run->customers[who].listen_stamp == stamp) in_vain(run, who); break;
    case FINISH: if (run->tickets[who].finish == stamp) finish(run, who); break;
    case RENEGE:
        if (run->tickets[who].patience == stamp && (!RARE || run->tickets[who].state == WAITING)) renege(run, who);
        break;
    case DEADLINE: if (run->tickets[who].deadline == stamp) too_late(run, who); break;
    case WINDOW_OPENS: if (matter_of(run, who)->stamp == stamp) window_opens(run, who, event->extra); break;
    case WINDOW_TOO_LATE: if (matter_of(run, who)->stamp == stamp) window_too_late(run, who); break;
    case RETRY: if (matter_of(run, who)->stamp == stamp) retry(run, who); break;
    case SHIFT: change_shift(run, who, event->extra); break;
    case BREAKDOWN: break_down(run, who, event->extra); break;
    case REPAIRED: repaired(run, who, event->extra); break;
    case FAULT_BEGINS: fault_begins(run, who); break;
    case FAULT_CEASES: fault_ceases(run, who); break;
    case TAKE_OUT: take_out(run, who, event->extra); break;
    case TIME_IS_UP: after(run, 1, 0.0, STOP, 0, 0); break;
    default: run->ending = 1;
    }
}

/* Customers, branches and tickets that ended in this event are nobody's any more. */
static void clear_up(Run *run) {
    for (int i = 0; i < run->n_gone_tickets; i++) run->free_tickets[run->n_free_tickets++] = run->gone_tickets[i];
    run->n_gone_tickets = 0;
    for (int i = 0; RARE && i < run->n_gone_branches; i++) {
        run->branches[run->gone_branches[i]].own.stamp = 0;
        run->free_branches[run->n_free_branches++] = run->gone_branches[i];
    }
    run->n_gone_branches = 0;
    for (int i = 0; i < run->n_gone_customers; i++) {
        Customer *c = run->customers + run->gone_customers[i];
        c->listen_stamp = c->own.stamp = 0;
        int64_t chunk = c->number % SPAN / CHUNK;
        if (!--run->alive[chunk]) forget_chunk(run, chunk);
        c->number = NONE;
        run->free_customers[run->n_free_customers++] = run->gone_customers[i];
    }
    run->n_gone_customers = 0;
}

static int by_number(const void *a, const void *b) {
    int64_t one = ((const Customer *)a)->number, other = ((const Customer *)b)->number;
    return (one > other) - (one < other);
}

/* Whoever is still on the way when the run ends is censored. */
static SELDOM void censor(Run *run) {
    if (run->n_customers) qsort(run->customers, run->n_customers, sizeof(Customer), by_number);
    for (int i = 0; i < run->n_customers; i++) {
        const Customer *c = run->customers + i;
        if (c->number == NONE || c->out) continue;
        write_row(run, c, run->t->exit_row, 0, LANE_CUSTOMER, NONE, NONE, run->now, run->now, run->now, run->now,
                  OUTCOME_CENSORED, NONE, text(run, run->t->text_still + c->place));
    }
}

static SELDOM void open_run(Run *run) {
    const Tables *t = run->t;
    run->stride = 3 * t->n_steps + t->n_waits + 2 * t->n_contacts;
    run->n_details = 1; /* 0: no detail */
    run->details_room = 64;
    run->details = run->out->details = zeroed(run->details_room, sizeof(Detail));
    run->stations = zeroed(t->n_stations, sizeof(StationState));
    run->stock = zeroed(t->n_stock, sizeof(StockState));
    if (posix_memalign((void **)&run->recent, sizeof(Four), RECENT * sizeof(Four))) abort();
    for (int i = 0; i < RECENT; i++) run->recent[i].quad = NONE;
    run->drawn = zeroed(t->n_streams, sizeof(Drawn));
    run->n_chunks = (t->n_arrivals > t->most_replicas ? t->n_arrivals : t->most_replicas) / CHUNK + 1;
    run->alive = zeroed(run->n_chunks, sizeof(int32_t));
    for (int64_t i = 0; i < run->n_chunks; i++) {
        int64_t left = t->n_arrivals - i * CHUNK;
        run->alive[i] = left < CHUNK ? (int32_t)(left > 0 ? left : 0) : CHUNK;
    }
    for (int i = 0; i < t->n_stock; i++) run->stock[i].seen = t->stock[i].initial;
    for (int i = 0; i < t->n_stations; i++) {
        const Station *of = t->stations + i;
        StationState *s = run->stations + i;
        s->busy = zeroed(of->most_servers, sizeof(int32_t));
        s->usable = zeroed(of->most_servers, sizeof(int32_t));
        s->queues = zeroed(of->n_skills, sizeof(Queue));
        s->free = zeroed(of->n_groups, sizeof(Free));
        for (int k = 0; k < of->n_groups; k++) s->free[k].heap = zeroed(of->most_servers, sizeof(int32_t));
        s->lost = zeroed(of->most_servers, sizeof(int32_t));
        s->down = zeroed(of->replicas, sizeof(int32_t));
        s->nth = zeroed(of->replicas, sizeof(int32_t));
        s->failing_over = zeroed(of->replicas, sizeof(double));
        s->outages = zeroed(t->n_faults, sizeof(int32_t));
        s->pauses = zeroed(t->n_faults, sizeof(int32_t));
        s->latency = zeroed(t->n_faults, sizeof(int32_t));
        s->errors = zeroed(t->n_faults, sizeof(int32_t));
        s->slow = zeroed(t->n_faults, sizeof(int32_t));
        s->silent = zeroed(of->replicas, sizeof(int32_t));
        s->draining = zeroed(of->replicas, sizeof(int32_t));
        s->failing_since = zeroed(of->replicas, sizeof(uint64_t));
        for (int k = 0; k < of->most_servers; k++) s->busy[k] = NONE;
        for (int k = 0; k < of->replicas; k++) s->failing_over[k] = NAN;
        s->level = level_at(run, i, 0.0);
        reopen(run, i);
    }
}

static SELDOM void close_run(Run *run) {
    for (int i = 0; i < run->t->n_stations; i++) {
        StationState *s = run->stations + i;
        for (int k = 0; k < run->t->stations[i].n_skills; k++) free(s->queues[k].heap);
        for (int k = 0; k < run->t->stations[i].n_groups; k++) free(s->free[k].heap);
        free(s->queues); free(s->free); free(s->busy); free(s->usable); free(s->lost); free(s->down); free(s->nth);
        free(s->failing_over); free(s->outages); free(s->pauses); free(s->latency); free(s->errors);
        free(s->slow); free(s->silent); free(s->draining); free(s->failing_since); free(s->hung);
    }
    for (int i = 0; i < run->t->n_streams; i++) {
        for (int visit = 0; visit < run->drawn[i].n_visits; visit++) {
            double **chunks = run->drawn[i].visits[visit].chunks;
            for (int64_t k = 0; chunks && k < run->t->n_places * run->n_chunks; k++) free(chunks[k]);
            free(chunks);
        }
        free(run->drawn[i].visits);
    }
    for (int64_t i = 0; i < run->n_spare; i++) free(run->spare[i]);
    free(run->spare); free(run->recent); free(run->drawn); free(run->stations); free(run->stock); free(run->alive);
    free(run->heap); free(run->customers); free(run->counts); free(run->told); free(run->marks); free(run->pending);
    free(run->free_customers); free(run->gone_customers); free(run->tickets); free(run->free_tickets);
    free(run->branches); free(run->free_branches); free(run->gone_branches); free(run->in_hand); free(run->aside);
    free(run->gone_tickets); free(run->details); free(run->detail_table);
}

/* Simulate one replication. Return 0, or 1 if the caller asked for an end. Rows that have not left yet stay in `out`. */
int simulate(const Tables *tables, Output *out) {
    Run state = {.t = tables, .out = out}, *run = &state;
    open_run(run);
    start_stations(run);
    if (tables->n_arrivals) {
        after(run, 1, tables->arrivals_s[0], ARRIVE, 0, 0);
        schedule(run, tables->ends_at_s, TIME_IS_UP, 0, 0, 0);
        for (int64_t n = 1; run->n_heap && !run->stop && !run->ending; n++) {
            Event event = next_event(run);
            run->now = time_of(&event);
            happen(run, &event);
            clear_up(run);
            if (run->started == tables->n_arrivals && !run->inside && !run->promised && !run->coming) break;
            if (n % EVENTS_BETWEEN_TICKS == 0 && !tables->tick()) run->stop = 1;
        }
        if (!run->stop) censor(run);
    }
    if (out->n_rows && !run->stop && !tables->flush()) run->stop = 1;
    close_run(run);
    return run->stop;
}

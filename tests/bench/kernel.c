/* The loan application of five steps, and nothing else: one event loop with a binary heap, written by hand.

   The practical limit of speed for that journey: its own generator of random numbers, draws made only where they are
   needed, customers on the way in recycled slots, and the same rows as every engine's, as codes into columns. */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

enum { SLOTS = 1 << 12, NOBODY = -1 };
enum { APPLIED, CHECKED, IMPATIENT, REVIEWED, FIXED, SIGNED, ASKS, CALLED };
/* codes of the columns; the texts stand in kernel.py, in this order */
enum { ARRIVAL, APPLY, CHECK, REVIEW, FIX, SIGN, QUESTION, EXIT };
enum { CUSTOMER, SUPPORT, BACKSTAGE };
enum { NOWHERE, CHECKS, REVIEWERS, AGENTS };
enum { SERVED, RENEGED, COMPLETED, DROPPED };
enum { TO_NOTHING, TO_APPLY, TO_CHECK, TO_REVIEW, TO_FIX, TO_SIGN, TO_COMPLETED, TO_DROPPED, UNDECIDED };

typedef struct {
    double gap, apply, check, review, fix, sign, patience, question, call, rework;
    int32_t checks, reviewers, agents;
} Model;

typedef struct {
    int64_t room, rows;
    int32_t *customer, *visit, *server;
    double *intended, *ready, *start, *end;
    int8_t *segment, *step, *lane, *station, *outcome, *to, *detail;
} Log;

typedef struct {
    double at;
    int32_t slot;
    int16_t kind;
    uint16_t stamp; /* of the slot when it was asked for: another one by now means that it is void */
} Event;

typedef struct {
    double ready, start, call_ready, call_start;
    int32_t customer, rounds, questions, before, after, call_after;
    int16_t server, call_server;
    uint16_t patience, wait; /* stamps */
    int8_t decided, calling;
} Slot;

typedef struct {
    uint64_t idle; /* a bit for each server */
    int32_t first, last;
} Pool;

typedef struct {
    const Model *model;
    Log *log;
    double now;
    uint64_t random[4];
    Event *heap;
    int32_t pending, room, free, hole;
    Slot *slots;
    Pool checks, reviewers, agents;
} Run;

static inline uint64_t turned(uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

static inline double uniform(Run *r) { /* xoshiro256++, in (0, 1] */
    uint64_t *s = r->random, result = turned(s[0] + s[3], 23) + s[0], t = s[1] << 17;
    s[2] ^= s[0], s[3] ^= s[1], s[1] ^= s[2], s[0] ^= s[3], s[2] ^= t, s[3] = turned(s[3], 45);
    return ((result >> 11) + 1) * 0x1p-53;
}

static inline double exponential(Run *r, double mean) { return -log(uniform(r)) * mean; }

/* The heap. An event that happens leaves a hole at the top, and the first event that it causes goes there. */

static void sink(Run *r, Event event) {
    Event *heap = r->heap;
    int32_t i = 0, child;
    for (; (child = 2 * i + 1) < r->pending; i = child) {
        child += child + 1 < r->pending && heap[child + 1].at < heap[child].at;
        if (heap[child].at >= event.at) break;
        heap[i] = heap[child];
    }
    heap[i] = event;
}

static void push(Run *r, double delay, int kind, int32_t slot, uint16_t stamp) {
    Event event = {r->now + delay, slot, (int16_t)kind, stamp};
    if (r->hole) {
        r->hole = 0;
        sink(r, event);
        return;
    }
    if (r->pending == r->room) r->heap = realloc(r->heap, (r->room *= 2) * sizeof(Event));
    int32_t i = r->pending++;
    for (; i && r->heap[(i - 1) / 2].at > event.at; i = (i - 1) / 2) r->heap[i] = r->heap[(i - 1) / 2];
    r->heap[i] = event;
}

static inline void row(Run *r, int32_t customer, int step, int32_t visit, int lane, int station, int32_t server,
                       double ready, double start, int outcome, int to) {
    Log *log = r->log;
    int64_t i = log->rows++;
    if (i >= log->room) return; /* the caller sees it by `rows` */
    log->customer[i] = customer, log->segment[i] = 0, log->step[i] = (int8_t)step, log->visit[i] = visit;
    log->lane[i] = (int8_t)lane, log->station[i] = (int8_t)station, log->server[i] = server;
    log->intended[i] = log->ready[i] = ready, log->start[i] = start, log->end[i] = r->now;
    log->outcome[i] = (int8_t)outcome, log->to[i] = (int8_t)to, log->detail[i] = 0;
}

static inline int16_t take(Pool *pool) {
    int16_t server = (int16_t)__builtin_ctzll(pool->idle);
    pool->idle &= pool->idle - 1;
    return server;
}

/* The queues: linked through the slots, by `before` and `after`; that of calls by `call_after` alone. */

static void enqueue(Run *r, Pool *pool, int32_t slot) {
    r->slots[slot].before = pool->last, r->slots[slot].after = NOBODY;
    if (pool->last == NOBODY) pool->first = slot;
    else r->slots[pool->last].after = slot;
    pool->last = slot;
}

static void dequeue(Run *r, Pool *pool, int32_t slot) {
    Slot *s = &r->slots[slot];
    if (s->before == NOBODY) pool->first = s->after;
    else r->slots[s->before].after = s->after;
    if (s->after == NOBODY) pool->last = s->before;
    else r->slots[s->after].before = s->before;
}

static void begin_check(Run *r, int32_t slot) {
    r->slots[slot].start = r->now, r->slots[slot].server = take(&r->checks);
    push(r, exponential(r, r->model->check), CHECKED, slot, 0);
}

static void begin_review(Run *r, int32_t slot) {
    Slot *s = &r->slots[slot];
    s->start = r->now, s->server = take(&r->reviewers), s->patience++;
    push(r, exponential(r, r->model->review), REVIEWED, slot, 0);
}

static void begin_call(Run *r, int32_t slot) {
    Slot *s = &r->slots[slot];
    s->call_start = r->now, s->call_server = take(&r->agents);
    push(r, exponential(r, r->model->call), CALLED, slot, 0);
}

static void enter_check(Run *r, int32_t slot) {
    Slot *s = &r->slots[slot];
    s->ready = r->now, s->decided = UNDECIDED;
    push(r, exponential(r, r->model->question), ASKS, slot, s->wait);
    if (r->checks.idle) begin_check(r, slot);
    else enqueue(r, &r->checks, slot);
}

static void leave(Run *r, int32_t slot, int outcome) {
    Slot *s = &r->slots[slot];
    row(r, s->customer, EXIT, 0, CUSTOMER, NOWHERE, -1, r->now, r->now, outcome, TO_NOTHING);
    s->after = r->free, r->free = slot;
}

static void go_on(Run *r, int32_t slot) { /* the customer has heard the decision */
    Slot *s = &r->slots[slot];
    s->ready = r->now, s->wait++;
    if (s->decided == TO_FIX) push(r, exponential(r, r->model->fix), FIXED, slot, 0);
    else if (s->decided == TO_SIGN) push(r, exponential(r, r->model->sign), SIGNED, slot, 0);
    else leave(r, slot, DROPPED);
}

static void decide(Run *r, int32_t slot, int to) {
    r->slots[slot].decided = (int8_t)to;
    if (!r->slots[slot].calling) go_on(r, slot);
}

static void arrive(Run *r, int32_t customer) {
    int32_t slot = r->free;
    Slot *s = &r->slots[slot];
    r->free = s->after;
    s->customer = customer, s->rounds = s->questions = 0, s->calling = 0, s->ready = r->now;
    row(r, customer, ARRIVAL, 0, CUSTOMER, NOWHERE, -1, r->now, r->now, SERVED, TO_APPLY);
    push(r, exponential(r, r->model->apply), APPLIED, slot, 0);
}

static void happen(Run *r, Event event) {
    int32_t slot = event.slot;
    Slot *s = &r->slots[slot];
    int server;
    switch (event.kind) {
    case APPLIED:
        row(r, s->customer, APPLY, 0, CUSTOMER, NOWHERE, -1, s->ready, s->ready, SERVED, TO_CHECK);
        enter_check(r, slot);
        break;
    case CHECKED:
        server = s->server;
        row(r, s->customer, CHECK, s->rounds, SUPPORT, CHECKS, server, s->ready, s->start, SERVED, TO_REVIEW);
        r->checks.idle |= 1ull << server;
        if (r->checks.first != NOBODY) {
            int32_t next = r->checks.first;
            dequeue(r, &r->checks, next);
            begin_check(r, next);
        }
        s->ready = r->now;
        if (r->reviewers.idle) begin_review(r, slot);
        else {
            enqueue(r, &r->reviewers, slot);
            push(r, exponential(r, r->model->patience), IMPATIENT, slot, s->patience);
        }
        break;
    case IMPATIENT:
        if (event.stamp != s->patience) break;
        dequeue(r, &r->reviewers, slot);
        s->patience++;
        row(r, s->customer, REVIEW, s->rounds, BACKSTAGE, REVIEWERS, -1, s->ready, NAN, RENEGED, TO_DROPPED);
        decide(r, slot, TO_DROPPED);
        break;
    case REVIEWED: {
        int to = uniform(r) <= r->model->rework ? TO_FIX : TO_SIGN;
        server = s->server;
        row(r, s->customer, REVIEW, s->rounds, BACKSTAGE, REVIEWERS, server, s->ready, s->start, SERVED, to);
        r->reviewers.idle |= 1ull << server;
        if (r->reviewers.first != NOBODY) {
            int32_t next = r->reviewers.first;
            dequeue(r, &r->reviewers, next);
            begin_review(r, next);
        }
        decide(r, slot, to);
        break;
    }
    case FIXED:
        row(r, s->customer, FIX, s->rounds++, CUSTOMER, NOWHERE, -1, s->ready, s->ready, SERVED, TO_CHECK);
        enter_check(r, slot);
        break;
    case SIGNED:
        row(r, s->customer, SIGN, 0, CUSTOMER, NOWHERE, -1, s->ready, s->ready, SERVED, TO_COMPLETED);
        leave(r, slot, COMPLETED);
        break;
    case ASKS:
        if (event.stamp != s->wait) break;
        s->calling = 1, s->call_ready = r->now;
        if (r->agents.idle) begin_call(r, slot);
        else {
            s->call_after = NOBODY;
            if (r->agents.last == NOBODY) r->agents.first = slot;
            else r->slots[r->agents.last].call_after = slot;
            r->agents.last = slot;
        }
        break;
    case CALLED:
        row(r, s->customer, QUESTION, s->questions++, SUPPORT, AGENTS, s->call_server, s->call_ready, s->call_start,
            SERVED, TO_NOTHING);
        r->agents.idle |= 1ull << s->call_server;
        if (r->agents.first != NOBODY) {
            int32_t next = r->agents.first;
            r->agents.first = r->slots[next].call_after;
            if (r->agents.first == NOBODY) r->agents.last = NOBODY;
            begin_call(r, next);
        }
        s->calling = 0;
        if (s->decided != UNDECIDED) go_on(r, slot);
        else push(r, exponential(r, r->model->question), ASKS, slot, s->wait);
        break;
    }
}

/* Simulate; the rows are in `log`, whose `rows` exceeds its `room` where there was too little. 0, or 1 for too many
   customers on the way at once. */
int five_steps(const Model *model, int32_t customers, uint64_t seed, Log *log) {
    Run run = {.model = model, .log = log, .room = 1024};
    run.heap = malloc(run.room * sizeof(Event));
    run.slots = calloc(SLOTS, sizeof(Slot));
    for (int32_t i = 0; i < SLOTS; i++) run.slots[i].after = i + 1 < SLOTS ? i + 1 : NOBODY;
    for (int i = 0; i < 4; i++) { /* splitmix64 */
        uint64_t z = (seed += 0x9e3779b97f4a7c15u);
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u, z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
        run.random[i] = z ^ (z >> 31);
    }
    run.checks = (Pool){(1ull << model->checks) - 1, NOBODY, NOBODY};
    run.reviewers = (Pool){(1ull << model->reviewers) - 1, NOBODY, NOBODY};
    run.agents = (Pool){(1ull << model->agents) - 1, NOBODY, NOBODY};
    double next_arrival = exponential(&run, model->gap);
    int32_t arrived = 0;
    while (arrived < customers || run.pending) {
        if (arrived < customers && (!run.pending || next_arrival <= run.heap[0].at)) {
            if (run.free == NOBODY) break;
            run.now = next_arrival;
            arrive(&run, arrived++);
            next_arrival += exponential(&run, model->gap);
        } else {
            Event event = run.heap[0];
            run.now = event.at, run.hole = 1;
            happen(&run, event);
            if (run.hole) {
                run.hole = 0;
                Event last = run.heap[--run.pending];
                if (run.pending) sink(&run, last);
            }
        }
    }
    int lost = arrived < customers;
    free(run.heap), free(run.slots);
    return lost;
}

/* The compiled engine's state. The tables (Step, Route, Station, ...) and the codes (OUTCOME_SERVED, ...) come from
   tables.h, which is written from simulators/compiled/layout.py: they are declared once, in Python.

   The kernel plays the same rules as the SimPy engine, in the same order: everything is scheduled where that engine
   schedules it, so that simultaneous events happen in the same order (time, then the sequence of asking). */

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "tables.h"

#define CHUNK 512  /* customers whose draws of one stream and visit are made together */
#define NONE (-1)

/* The kernel is built twice, as any.c and as plain.c: for every journey, and, a tenth faster, for those without what is
   rare. RARE is 0 there, and the compiler leaves out what it guards: forks, journeys that follow from others, groups of
   skills, pre-emption, work that pauses, replicas, tiers and faults, batches, call-backs, clocks of different speeds. */

#define RECENT 1024 /* fours of draws kept: more of them would be further away than it takes to make them again */

/* What seldom happens: kept out of the way of what often does. */
#define SELDOM __attribute__((cold, noinline))

typedef struct Run Run;

/* What will happen. `stamp` tells whether it still should: it is compared with the one kept by whom it concerns. The
   key is the time, then the order of asking: the bits of times, which are never negative, rise as the times do. */
typedef struct {
    unsigned __int128 key;
    int32_t what, who;
    uint32_t stamp;
    int32_t extra;
} Event;

enum {
    ARRIVE, COME, GO_ON, IN_VAIN, FINISH, RENEGE, DEADLINE, WINDOW_OPENS, WINDOW_TOO_LATE, RETRY, SHIFT, BREAKDOWN, REPAIRED,
    FAULT_BEGINS, FAULT_CEASES, TAKE_OUT, TIME_IS_UP, STOP
};

/* One piece of work at a station, or in a delay. */
enum { WAITING, LAID_DOWN, SERVING, GONE, FREED, HUNG };  /* FREED: out of the server's hands, and its end about to be
                                                             told; HUNG: at a replica that is silent */
enum { FOR_CUSTOMER, BEHIND_COUNTER, FOR_CALLER };

typedef struct {
    double service_s, remaining_s, ends_at, ready_s, start_s;
    uint32_t finish, patience, deadline, queued;  /* stamps of its timers and of its place in the queue; 0: none */
    int32_t state, owner, matter, step, visit, nth, attempt;    /* step: of the journey, or contact */
    int32_t station, priority, skill, fails, server, touched, promised, reached;
    int32_t tries, hangs_at;            /* how often a replica lost it, and at which it hangs */
    uint64_t place;                     /* the how-manieth it was to come to its station */
} Ticket;

/* A question that will be asked at `at_s`; `told` once self-service and chatbot have been tried. */
typedef struct {
    double at_s;
    int32_t tries, mornings, told;
} Pending;

enum { NO_WORK, IN_BATCH, AT_STATION, BACKING_OFF };
enum {  /* what a customer is in the middle of */
    THINKING, AT_ENTRY, ACTING, PAUSING, AFTER_FAILURE, LISTENING, LISTENING_IN_WAIT
};
enum { NOT_ASKING, WITH_CHATBOT, ON_THE_PHONE, UNTIL_MORNING };

/* A customer's case, or a branch of one, and what is done for it now. A case goes by its customer's index, a branch by
   the complement of its own: that of customer 3 is 3, and branch 3 is -4. */
typedef struct {
    double ready_s, deadline_s, sent_s;                         /* of the work */
    int32_t work, step, visit, attempt, ticket;
    uint32_t stamp;
    uint32_t forked;                    /* stamp of the fork whose branches are open; 0: none */
    int32_t ended, lacking, first;      /* how many of its branches must still arrive, and the first of them */
} Matter;

typedef struct {
    Matter own;
    int32_t who, whole, joins, next;    /* whose it is, of which matter, the place where it arrives, the next branch */
} Branch;

typedef struct {
    int64_t number;
    const Step *steps;                  /* as the customer's segment lives them; so the contacts */
    const Contact *contacts;
    double base_s, think_s, spoken_s, intended_s, leaving, leaves_at, patience_s, timeout_s, left_s;  /* of the step acted in */
    double wait_leaves_at, began_s;
    uint64_t missed;                    /* stock that was out, by bit */
    int32_t segment, place, acts, wait, version, known, listening;              /* the case */
    Matter own;
    int32_t seen, heard;                                                        /* the visitor */
    int32_t state, step, visit, attempt, again, contact_at, waits_in, why, reason;  /* the walk */
    int32_t asking, contact, question;  /* question: place among the wait's, or NONE where help is awaited */
    int32_t promised, out;              /* call-backs still to be made; whether the walk is over */
    int32_t reasks, calls;              /* visits at which something was asked again; calls to a person */
    uint32_t listen_stamp;
    Pending help;
} Customer;

/* A place in a queue; `stamp` tells whether its ticket still holds it. */
typedef struct {
    int32_t rank;
    uint32_t stamp;
    uint64_t place;
    int32_t ticket;
} Queued;

typedef struct { Queued *heap; int32_t n, room; } Queue;    /* by (rank, place) */
typedef struct { int32_t *heap; int32_t n; } Free;          /* numbers of free servers */

typedef struct {
    Queue *queues;                      /* by skill, the first for no skill in particular */
    Free *free;                         /* by group */
    int32_t waiting, laid_down, level, turn, down_count;
    int32_t n_outages, n_pauses, n_latency, n_errors, n_failing_over;
    uint64_t came;
    int32_t *busy;                      /* ticket by server, or NONE */
    int32_t *usable;                    /* by server: on duty and in order */
    int32_t *down, *nth;                /* by replica */
    double *failing_over;               /* until when, by replica; NAN: it is not */
    int32_t *outages, *pauses, *latency, *errors, *lost;
    int32_t *silent, *draining;         /* of a tier, by replica: by how many faults */
    uint64_t *failing_since, failings;  /* by replica: the how-manieth to begin to fail over */
    int32_t *slow, *hung;               /* faults of one replica's latency, and tickets that hang, in their order */
    int32_t n_slow, slow_turn, n_hung, hung_room;
} StationState;

typedef struct { int64_t taken, seen, syncs, refilled, refills; } StockState;

/* Draws of a standard law, for customers 4 quad to 4 quad + 3; a line of the cache. */
typedef struct __attribute__((aligned(64))) {
    double draws[4];
    uint64_t address;
    int64_t quad;
    int32_t visit, kind;
} Four;

typedef struct { double **chunks; } Visit;
typedef struct { Visit *visits; int32_t n_visits; } Drawn;

struct Run {
    const Tables *t;
    Output *out;
    double now;
    uint64_t order;
    uint32_t stamp;
    int32_t stop, inside, promised, coming, ending, top_is_free;
    int64_t started;
    Event *heap;
    int64_t n_heap, heap_room;
    Customer *customers;
    int32_t *counts;                    /* per customer: visits, served, walked, waits, contacts, hazards */
    double *marks;                      /* per customer and mark: when it was made; INFINITY: never */
    uint64_t *told;                     /* per customer and system: facts, by bit */
    Pending *pending;                   /* per customer and contact */
    int32_t *free_customers, *gone_customers, n_free_customers, n_gone_customers, n_customers, customers_room, stride;
    Branch *branches;
    int32_t *free_branches, *gone_branches, n_free_branches, n_gone_branches, n_branches, branches_room;
    int32_t *in_hand, n_in_hand, in_hand_room;      /* matters whose work is being withdrawn */
    int32_t *aside, n_aside, aside_room;            /* tickets that a tier sees to one after the other */
    Ticket *tickets;
    int32_t *free_tickets, *gone_tickets, n_free_tickets, n_gone_tickets, n_tickets, tickets_room;
    StationState *stations;
    StockState *stock;
    Four *recent;                       /* those made last, by a hash of their address */
    Drawn *drawn;
    int64_t n_chunks;                   /* for each place of a journey in the tree of those that follow from another */
    int32_t *alive;                     /* journeys of each chunk's customers, and that follow from theirs, not yet ended */
    double **spare;                     /* chunks of memory to use again */
    int64_t n_spare, spare_room;
    Detail *details;
    int32_t *detail_table, n_details, details_room, detail_slots;
};

static SELDOM void *grown(void *memory, size_t count, size_t size) {
    void *more = realloc(memory, (count ? count : 1) * size);
    if (!more) abort();
    return more;
}

static SELDOM void *zeroed(size_t count, size_t size) {
    void *memory = calloc(count ? count : 1, size);
    if (!memory) abort();
    return memory;
}

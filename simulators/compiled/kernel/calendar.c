/* The calendar: what will happen, by time and then by the order of asking. Cancelled events stay until their turn. */

static inline int sooner(const Event *a, const Event *b) {
    return a->at < b->at || (a->at == b->at && a->order < b->order);
}

static void schedule(Run *run, double at, int what, int who, uint32_t stamp, int extra) {
    if (run->n_heap == run->heap_room) {
        run->heap_room = 2 * run->heap_room + 1024;
        run->heap = grown(run->heap, run->heap_room, sizeof(Event));
    }
    Event event = {at, run->order++, what, who, stamp, extra};
    int64_t hole = run->n_heap++;
    while (hole > 0) {
        int64_t parent = (hole - 1) / 4;
        if (!sooner(&event, run->heap + parent)) break;
        run->heap[hole] = run->heap[parent];
        hole = parent;
    }
    run->heap[hole] = event;
}

static Event next_event(Run *run) {
    Event first = run->heap[0], last = run->heap[--run->n_heap];
    int64_t n = run->n_heap, hole = 0;
    for (;;) {
        int64_t child = 4 * hole + 1;
        if (child >= n) break;
        int64_t end = child + 4 < n ? child + 4 : n, least = child;
        for (child++; child < end; child++)
            if (sooner(run->heap + child, run->heap + least)) least = child;
        if (!sooner(run->heap + least, &last)) break;
        run->heap[hole] = run->heap[least];
        hole = least;
    }
    if (n) run->heap[hole] = last;
    return first;
}

static inline uint32_t new_stamp(Run *run) { return ++run->stamp ? run->stamp : ++run->stamp; }

/* Clocks: people's runs `speed` times as fast as the run's, machines' as fast. */
static inline double clock_now(const Run *run, int machine) { return machine ? run->now : run->now * run->t->speed; }

static inline double due(const Run *run, int machine, double delay_s) {
    return run->now + (machine ? delay_s : delay_s / run->t->speed);
}

/* Ask for something after a delay on a clock; an infinite delay never comes. Return its stamp. */
static uint32_t after(Run *run, int machine, double delay_s, int what, int who, int extra) {
    uint32_t stamp = new_stamp(run);
    if (delay_s != INFINITY) schedule(run, due(run, machine, delay_s), what, who, stamp, extra);
    return stamp;
}

/* The calendar: what will happen, by time and then by the order of asking. Cancelled events stay until their turn. */

static inline unsigned __int128 key_of(double at, uint64_t order) {
    uint64_t bits;
    memcpy(&bits, &at, sizeof bits);
    return (unsigned __int128)bits << 64 | order;
}

static inline double time_of(const Event *event) {
    uint64_t bits = (uint64_t)(event->key >> 64);
    double at;
    memcpy(&at, &bits, sizeof at);
    return at;
}

/* Let an event sink from the top to its place. */
static void sink(Run *run, Event event) {
    int64_t n = run->n_heap, hole = 0;
    for (;;) {
        int64_t child = 4 * hole + 1, left = n - child, least = 0;
        if (left <= 0) break;
        const Event *of = run->heap + child;
        if (left >= 4) {
            /* without a branch, which nobody could predict */
            int64_t first = of[1].key < of[0].key, second = 2 + (of[3].key < of[2].key);
            least = first ^ ((first ^ second) & -(int64_t)(of[second].key < of[first].key));
        } else {
            for (int64_t i = 1; i < left; i++) least = of[i].key < of[least].key ? i : least;
        }
        if (of[least].key >= event.key) break;
        run->heap[hole] = of[least];
        hole = child + least;
    }
    run->heap[hole] = event;
}

static void schedule(Run *run, double at, int what, int who, uint32_t stamp, int extra) {
    Event event = {key_of(at, run->order++), what, who, stamp, extra};
    if (run->top_is_free) { /* most of what happens asks for something: it takes the place of what has just happened */
        run->top_is_free = 0;
        sink(run, event);
        return;
    }
    if (run->n_heap == run->heap_room) {
        run->heap_room = 2 * run->heap_room + 1024;
        run->heap = grown(run->heap, run->heap_room, sizeof(Event));
    }
    int64_t hole = run->n_heap++;
    while (hole > 0) {
        int64_t parent = (hole - 1) / 4;
        if (event.key >= run->heap[parent].key) break;
        run->heap[hole] = run->heap[parent];
        hole = parent;
    }
    run->heap[hole] = event;
}

/* Take out what happens next. */
static Event next_event(Run *run) {
    if (run->top_is_free) sink(run, run->heap[--run->n_heap]);
    run->top_is_free = 1;
    return run->heap[0];
}

static inline uint32_t new_stamp(Run *run) { return ++run->stamp ? run->stamp : ++run->stamp; }

static inline double speed_of(const Run *run) { return RARE ? run->t->speed : 1.0; }

/* Clocks: people's runs `speed` times as fast as the run's, machines' as fast. */
static inline double clock_now(const Run *run, int machine) { return machine ? run->now : run->now * speed_of(run); }

static inline double due(const Run *run, int machine, double delay_s) {
    return run->now + (machine ? delay_s : delay_s / speed_of(run));
}

/* Ask for something after a delay on a clock; an infinite delay never comes. Return its stamp. */
static uint32_t after(Run *run, int machine, double delay_s, int what, int who, int extra) {
    uint32_t stamp = new_stamp(run);
    if (delay_s != INFINITY) schedule(run, due(run, machine, delay_s), what, who, stamp, extra);
    return stamp;
}

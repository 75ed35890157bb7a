/* The log: rows in columns of codes and times, handed over whenever the columns are full. */

/* Return the detail `arg` after `parent`; the same parts are one detail. */
static int detail(Run *run, int parent, int kind, int arg) {
    if (run->n_details * 2 >= run->detail_slots) {
        int slots = run->detail_slots ? 2 * run->detail_slots : 256;
        free(run->detail_table);
        run->detail_table = zeroed(slots, sizeof(int32_t));
        run->detail_slots = slots;
        for (int i = 1; i < run->n_details; i++) {
            Detail *d = run->details + i;
            uint32_t at = (uint32_t)d->parent * 2654435761u ^ (uint32_t)d->kind * 40503u ^ (uint32_t)d->arg * 2246822519u;
            while (run->detail_table[at & (slots - 1)]) at++;
            run->detail_table[at & (slots - 1)] = i;
        }
    }
    uint32_t at = (uint32_t)parent * 2654435761u ^ (uint32_t)kind * 40503u ^ (uint32_t)arg * 2246822519u;
    for (;; at++) {
        int found = run->detail_table[at & (run->detail_slots - 1)];
        if (!found) break;
        Detail *d = run->details + found;
        if (d->parent == parent && d->kind == kind && d->arg == arg) return found;
    }
    if (run->n_details == run->details_room) {
        run->details_room = 2 * run->details_room + 64;
        run->details = grown(run->details, run->details_room, sizeof(Detail));
        run->out->details = run->details;
    }
    run->details[run->n_details] = (Detail){parent, kind, arg};
    run->detail_table[at & (run->detail_slots - 1)] = run->n_details;
    run->out->n_details = run->n_details + 1;
    return run->n_details++;
}

static inline int text(Run *run, int code) { return detail(run, 0, PART_TEXT, code); }

/* Return the parts of `first`, and then the faults and breakdowns of the list `touched`. */
static inline int with_touched(Run *run, int first, int touched) {
    return touched ? detail(run, first, PART_TOUCHED, touched) : first;
}

static void write_row(Run *run, const Customer *c, int step, int visit, int lane, int station, int server,
                      double intended_s, double ready_s, double start_s, double end_s, int outcome, int to, int detail) {
    Output *out = run->out;
    int64_t i = out->n_rows++;
    out->customer[i] = c->number;
    out->segment[i] = c->segment;
    out->step[i] = step;
    out->visit[i] = visit;
    out->lane[i] = lane;
    out->station[i] = station + 1; /* 0: none */
    out->server[i] = server;
    out->intended_s[i] = intended_s;
    out->ready_s[i] = ready_s;
    out->start_s[i] = start_s;
    out->end_s[i] = end_s;
    out->outcome[i] = outcome;
    out->to[i] = to + 1; /* 0: nothing */
    out->detail[i] = detail;
    if (out->n_rows == out->room) {
        if (!run->t->flush()) run->stop = 1;
        out->n_rows = 0;
    }
}

/* The organisation: cases that move from step to step, and the work that is done for them. */

static void acted(Run *run, int who, int outcome, int to, double ready_s, double start_s, double end_s, int server,
                  int detail);
static void answered(Run *run, int who, int outcome, double opens_in_s);
static void news(Run *run, int who);
static void join_whole(Run *run, int matter, int to);
static void branch_out(Run *run, int matter, const Step *step);
static void work_on(Run *run, int matter, int step, int visit, int attempt);

static inline int is_end(const Run *run, int place) { return place >= run->t->n_steps; }

static inline const Step *step_of(const Run *run, const Customer *c, int step) {
    return c->steps + step;
}

static inline const Contact *contact_of(const Run *run, const Customer *c, int contact) {
    return c->contacts + contact;
}

/* Matters: a customer's case, or a branch of one. */
static inline Matter *matter_of(const Run *run, int matter) {
    return !RARE || matter >= 0 ? &run->customers[matter].own : &run->branches[~matter].own;
}
static inline int whose(const Run *run, int matter) { return !RARE || matter >= 0 ? matter : run->branches[~matter].who; }
static inline Customer *customer_of(const Run *run, int matter) { return run->customers + whose(run, matter); }
static inline int joins_of(const Run *run, int matter) { return !RARE || matter >= 0 ? NONE : run->branches[~matter].joins; }

/* Counters of one customer. */
static inline int32_t *counts_of(const Run *run, int who) { return run->counts + (int64_t)who * run->stride; }
static inline int32_t *visits_of(const Run *run, int who) { return counts_of(run, who); }
static inline int32_t *served_of(const Run *run, int who) { return counts_of(run, who) + run->t->n_steps; }
static inline int32_t *walked_of(const Run *run, int who) { return counts_of(run, who) + 2 * run->t->n_steps; }
static inline int32_t *waits_of(const Run *run, int who) { return counts_of(run, who) + 3 * run->t->n_steps; }
static inline int32_t *contacts_of(const Run *run, int who) { return waits_of(run, who) + run->t->n_waits; }
static inline int32_t *hazards_of(const Run *run, int who) { return contacts_of(run, who) + run->t->n_contacts; }

/* Stock */

static int64_t periods(double time_s, double every_s) { return (int64_t)floor(time_s / every_s + 1e-9); }

static int64_t stock_at(const Run *run, int stock, double at_s) {
    const Stock *item = run->t->stock + stock;
    const StockState *s = run->stock + stock;
    int64_t left = item->initial + s->refilled - s->taken;
    if (item->up_to != NONE)
        return left < item->up_to && periods(at_s, item->every_s) > s->refills ? item->up_to : left;
    return left + (item->replenish ? item->replenish * periods(at_s, item->every_s) : 0);
}

static int64_t stock_level(Run *run, int stock, int seen) {
    const Stock *item = run->t->stock + stock;
    StockState *s = run->stock + stock;
    double now_s = clock_now(run, 0);
    if (item->sync_s != 0) {
        int64_t syncs = periods(now_s, item->sync_s);
        if (syncs > s->syncs) {
            s->syncs = syncs;
            s->seen = stock_at(run, stock, (double)syncs * item->sync_s);
        }
    }
    int64_t found = stock_at(run, stock, now_s);
    if (item->up_to != NONE) {
        s->refilled += found - (item->initial + s->refilled - s->taken);
        s->refills = periods(now_s, item->every_s);
    }
    return seen && item->sync_s != 0 ? s->seen : found;
}

static int take_stock(Run *run, int stock) {
    if (stock_level(run, stock, 0) <= 0) return 0;
    run->stock[stock].taken++;
    return 1;
}

/* How cases move */

/* Begin the visit of `to`, passing over steps that this visit skips; return the step or end reached. The step where a
   branch joins is none of its own. */
static int resolved(Run *run, int matter, int to) {
    const Customer *c = customer_of(run, matter);
    int joins = joins_of(run, matter);
    while (!is_end(run, to) && to != joins) {
        const Step *step = step_of(run, c, to);
        int visit = visits_of(run, whose(run, matter))[to]++;
        if (!chance(run, step->skip, step->skip_at, c->number, visit)) return to;
        to = step->remainder;
    }
    return to;
}

static int holds(Run *run, int who, const Step *step, const Route *route, int visit) {
    const Customer *c = run->customers + who;
    switch (route->when) {
    case WHEN_IN_SEGMENT: return route->what;
    case WHEN_VISITS: return visits_of(run, who)[route->what] >= route->number;
    case WHEN_FACT: {
        int answer = run->t->fact_is(route->what, c->number);
        if (!answer) run->stop = 1;
        return answer > 1;
    }
    case WHEN_LONG_SINCE: {
        double ago_s = clock_now(run, 0) - run->marks[(int64_t)who * run->t->n_marks + route->what];
        return ago_s > draw(run, route->number, c->number, c->segment, visit);
    }
    default:
        if (!route->number && step->takes == route->what) return (int)(c->missed >> route->what & 1);
        return stock_level(run, route->what, route->number) <= 0;
    }
}

static int routed(Run *run, int who, const Step *step, int visit) {
    Customer *c = run->customers + who;
    if (step->takes != NONE) {
        uint64_t bit = (uint64_t)1 << step->takes;
        c->missed = take_stock(run, step->takes) ? c->missed & ~bit : c->missed | bit;
    }
    if (step->routes == step->routes_end) return step->after;
    double u = step->by_chance ? uniform(run, step->route_at, c->number, visit) : 0.0, reached = 0.0;
    int otherwise = NONE, last = NONE;
    for (int i = step->routes; i < step->routes_end; i++) {
        const Route *route = run->t->routes + i;
        if (route->when != WHEN_ALWAYS && !holds(run, who, step, route, visit)) continue;
        if (route->probability < 0) {
            if (route->when != WHEN_ALWAYS) return route->to;
            otherwise = route->to;
            continue;
        }
        reached += route->probability;
        last = route->to;
        if (u < reached) return route->to;
    }
    int to = otherwise == NONE ? last : otherwise;
    return to == NONE ? step->after : to;
}

static int elsewhere(const Step *step, int outcome) {
    switch (outcome) {
    case OUTCOME_RENEGED: return step->on_renege;
    case OUTCOME_BALKED: return step->on_balk;
    case OUTCOME_REJECTED: return step->on_rejected;
    default: return step->on_failure;
    }
}

/* Return where a case goes after a step, and add to the detail of its row. */
static int onwards(Run *run, int matter, int number, int visit, int outcome, int *told) {
    const Customer *c = customer_of(run, matter);
    const Step *step = step_of(run, c, number);
    if (outcome != OUTCOME_SERVED) return resolved(run, matter, elsewhere(step, outcome));
    int who = whose(run, matter), to = routed(run, who, step, visit);
    for (int i = step->marks; i < step->marks_end; i++)
        run->marks[(int64_t)who * run->t->n_marks + run->t->lists[i]] = clock_now(run, 0);
    if (!RARE || !step->needs) to = resolved(run, matter, to);
    if (step->takes != NONE && c->missed >> step->takes & 1)
        *told = detail(run, *told, PART_TEXT, run->t->text_out_of_stock + step->takes);
    if (RARE && step->needs) *told = detail(run, *told, PART_TEXT, step->in_parallel);
    return to;
}

static void tell(Run *run, int who) {
    run->customers[who].version++;
    if (run->customers[who].listening) news(run, who);
}

/* Let a matter stand at a step or end, begin its work there, and return the version of its standing there. */
static int arrive_at(Run *run, int matter, int to) {
    if (RARE && matter < 0) { /* nobody listens: a branch is behind the counter all the way */
        if (to == joins_of(run, matter) || is_end(run, to)) join_whole(run, matter, to);
        else work_on(run, matter, to, visits_of(run, whose(run, matter))[to] - 1, 0);
        return 0;
    }
    int who = matter;
    Customer *c = run->customers + who;
    c->place = to;
    if (is_end(run, to)) {
        c->acts = 0;
        c->own.ended = 1;
        c->wait = NONE;
        tell(run, who);
        return run->customers[who].version;
    }
    const Step *step = step_of(run, c, to);
    int acted_before = c->acts, waited_before = c->wait;
    c->acts = step->acts;
    c->wait = step->wait;
    if (step->acts || acted_before != c->acts || waited_before != c->wait) tell(run, who);
    int version = run->customers[who].version;
    if (!step->acts) work_on(run, who, to, visits_of(run, who)[to] - 1, 0);
    return version;
}

static void write_work(Run *run, int matter, int number, int visit, double ready_s, double start_s, int server,
                       int outcome, int to, int told) {
    const Customer *c = customer_of(run, matter);
    const Step *step = step_of(run, c, number);
    write_row(run, c, number, visit, step->lane, step->station, server, ready_s, ready_s, start_s, run->now, outcome,
              to, told);
}

/* Withdraw the work in hand for a matter. */
static SELDOM void withdraw_work(Run *run, int matter, int outcome, int to, int reason) {
    Matter m = *matter_of(run, matter);
    matter_of(run, matter)->work = NO_WORK;
    double start_s = NAN;
    int server = NONE, told = reason;
    if (m.work == AT_STATION) {
        withdraw(run, m.ticket);
        const Ticket *k = run->tickets + m.ticket;
        start_s = k->start_s;
        server = k->server;
        told = with_touched(run, reason, k->touched);
    } else {
        matter_of(run, matter)->stamp = 0;
        /* its draws are used up: those of a later visit are the same, however far this one came */
        if (!m.attempt) served_of(run, whose(run, matter))[m.step]++;
    }
    if (!step_of(run, customer_of(run, matter), m.step)->acts)
        write_work(run, matter, m.step, m.visit, m.ready_s, start_s, server, outcome, to, told);
}

/* Note the matter, or those of its branches, for which there is work in hand. */
static void note_in_hand(Run *run, int matter) {
    const Matter *m = matter_of(run, matter);
    if (RARE && m->forked) {
        for (int i = m->first; i != NONE; i = run->branches[i].next) note_in_hand(run, ~i);
    } else if (m->work != NO_WORK) {
        if (run->n_in_hand == run->in_hand_room) {
            run->in_hand_room = 2 * run->in_hand_room + 16;
            run->in_hand = grown(run->in_hand, run->in_hand_room, sizeof(int32_t));
        }
        run->in_hand[run->n_in_hand++] = matter;
    }
}

/* End the branches that are still open. */
static void close_branches(Run *run, int matter) {
    Matter *m = matter_of(run, matter);
    if (!RARE || !m->forked) return;
    m->forked = 0;
    for (int i = m->first; i != NONE; i = run->branches[i].next) {
        close_branches(run, ~i);
        run->branches[i].own.ended = 1;
        run->gone_branches[run->n_gone_branches++] = i;
    }
}

static int is_served(const Run *run, int matter) {
    const Matter *m = matter_of(run, matter);
    return m->work == AT_STATION && run->tickets[m->ticket].state == SERVING;
}

/* Withdraw the work in hand for a matter or its branches, first what nobody is serving, and end the branches. */
static SELDOM void withdraw_all(Run *run, int matter, int outcome, int to, int reason) {
    int begin = run->n_in_hand; /* what is served next may let another case withdraw its work meanwhile */
    note_in_hand(run, matter);
    close_branches(run, matter);
    int end = run->n_in_hand;
    for (int in_service = 0; in_service <= 1; in_service++)
        for (int i = begin; i < end; i++) {
            int one = run->in_hand[i];
            if (matter_of(run, one)->work != NO_WORK && is_served(run, one) == in_service)
                withdraw_work(run, one, outcome, to, reason);
        }
    run->n_in_hand = begin;
}

/* What came of work: of the customer's own act, or of a step behind the counter. */
static void served(Run *run, int matter, int owner, int number, int visit, int attempt, int outcome, double ready_s,
                   double start_s, int server, int touched) {
    if (outcome == OUTCOME_WITHDRAWN) return;
    double end_s = run->now;
    int not_done = outcome == OUTCOME_FAILED || outcome == OUTCOME_TIMED_OUT;
    int told = with_touched(run, 0, touched);
    if (owner == FOR_CUSTOMER) {
        int who = matter;
        if (not_done) {
            acted(run, who, outcome, NONE, ready_s, start_s, end_s, server, told);
            return;
        }
        int to = onwards(run, who, number, visit, outcome, &told);
        int known = arrive_at(run, who, to);
        run->customers[who].known = known;
        acted(run, who, outcome, to, ready_s, start_s, end_s, server, told);
        return;
    }
    const Step *step = step_of(run, customer_of(run, matter), number);
    told = with_touched(run, attempt ? detail(run, 0, PART_ATTEMPT, attempt + 1) : 0, touched);
    if (not_done && attempt + 1 < step->limit) {
        write_work(run, matter, number, visit, ready_s, start_s, server, outcome, number, told);
        Matter *m = matter_of(run, matter);
        m->stamp = after(run, step->machines, step->backoff_s * ldexp(1.0, attempt), RETRY, matter, 0);
        m->work = BACKING_OFF;
        m->step = number;
        m->visit = visit;
        m->attempt = attempt + 1;
        m->ready_s = run->now;
        return;
    }
    int to = onwards(run, matter, number, visit, outcome, &told);
    write_work(run, matter, number, visit, ready_s, start_s, server, outcome, to, told);
    if (RARE && outcome == OUTCOME_SERVED && step->needs) branch_out(run, matter, step);
    else arrive_at(run, matter, to);
}

/* Queue at the step's station, or let its delay pass. */
static void queue_up(Run *run, int matter, int owner, int number, int visit, int attempt, double ready_s,
                     double deadline_s) {
    const Customer *c = customer_of(run, matter);
    const Step *step = step_of(run, c, number);
    int nth = served_of(run, whose(run, matter))[number]++;
    int ticket = new_ticket(run);
    Ticket *k = run->tickets + ticket;
    k->owner = owner;
    k->matter = matter;
    k->step = number;
    k->visit = visit;
    k->attempt = attempt;
    k->nth = nth;
    k->ready_s = ready_s;
    k->priority = step->priority;
    k->skill = step->skill;
    k->service_s = step->service == NONE ? 0.0 : draw(run, step->service, c->number, c->segment, nth);
    if (owner == FOR_CUSTOMER) k->service_s += c->spoken_s;
    k->fails = chance(run, step->failure, step->fails_at, c->number, nth);
    Matter *m = matter_of(run, matter);
    m->work = AT_STATION;
    m->ticket = ticket;
    m->step = number;
    m->visit = visit;
    m->ready_s = ready_s;
    join(run, step->station, ticket, step->patience, step->balk_above);
    k = run->tickets + ticket;
    if (deadline_s == INFINITY || k->state == GONE) return;
    /* asked for after the service, so that an answer at the very moment of the deadline is in time; and not at all
       where nothing can hold up a service that ends before it */
    if (k->state == SERVING && (!RARE || step->station == NONE || run->t->stations[step->station].steady)) {
        double service_s = step->station == NONE ? k->service_s : k->remaining_s;
        if (due(run, step->machines, service_s) <= due(run, step->machines, deadline_s)) return;
    }
    k->deadline = after(run, step->machines, deadline_s, DEADLINE, ticket, 0);
}

/* Return the day of the week of a time of the run, Monday 0. */
static int weekday(double at_s) { return (int)((int64_t)floor(at_s / 86400.0 + 1e-9) % 7); }

/* Wait for the batch window, then queue. */
static void begin_work(Run *run, int matter, int owner, int number, int visit, int attempt, double deadline_s) {
    const Step *step = step_of(run, customer_of(run, matter), number);
    if (!RARE || !(step->batch_every_s > 0)) {
        queue_up(run, matter, owner, number, visit, attempt, run->now, deadline_s);
        return;
    }
    double now = clock_now(run, 0);
    double windows = ceil((now - step->batch_first_s) / step->batch_every_s - 1e-9);
    if (!(windows > 0)) windows = 0;
    while (step->batch_days && !(step->batch_days >> weekday(step->batch_first_s + windows * step->batch_every_s) & 1))
        windows++;
    double opens_in_s = step->batch_first_s + windows * step->batch_every_s - now;
    Matter *m = matter_of(run, matter);
    m->work = IN_BATCH;
    m->step = number;
    m->visit = visit;
    m->attempt = attempt;
    m->ready_s = run->now;
    m->deadline_s = deadline_s;
    m->sent_s = clock_now(run, step->machines);
    uint32_t stamp = m->stamp = after(run, 0, opens_in_s > 0 ? opens_in_s : 0.0, WINDOW_OPENS, matter, owner);
    if (owner == FOR_CUSTOMER && deadline_s != INFINITY)
        schedule(run, due(run, step->machines, deadline_s), WINDOW_TOO_LATE, matter, stamp, owner);
}

static void window_opens(Run *run, int matter, int owner) {
    Matter *m = matter_of(run, matter);
    double left_s = m->deadline_s;
    if (owner == FOR_CUSTOMER && left_s != INFINITY) {
        left_s -= clock_now(run, step_of(run, customer_of(run, matter), m->step)->machines) - m->sent_s;
        if (!(left_s > 0)) left_s = 0.0;
    }
    m->stamp = 0;
    queue_up(run, matter, owner, m->step, m->visit, m->attempt, m->ready_s, left_s);
}

static void window_too_late(Run *run, int matter) {
    Matter *m = matter_of(run, matter);
    m->stamp = 0;
    m->work = NO_WORK;
    served(run, matter, FOR_CUSTOMER, m->step, m->visit, 0, OUTCOME_TIMED_OUT, m->ready_s, NAN, NONE, 0);
}

/* Do a step behind the counter. */
static void work_on(Run *run, int matter, int number, int visit, int attempt) {
    const Customer *c = customer_of(run, matter);
    const Step *step = step_of(run, c, number);
    double timeout_s = step->timeout == NONE ? INFINITY : draw(run, step->timeout, c->number, c->segment, visit);
    begin_work(run, matter, BEHIND_COUNTER, number, visit, attempt, timeout_s);
}

static SELDOM void retry(Run *run, int matter) {
    const Matter *m = matter_of(run, matter);
    work_on(run, matter, m->step, m->visit, m->attempt);
}

static SELDOM void too_late(Run *run, int ticket) {
    Ticket k = run->tickets[ticket];
    withdraw(run, ticket);
    if (RARE && matter_of(run, k.matter)->ended) return; /* by another branch, which has just taken over the server */
    served(run, k.matter, k.owner, k.step, k.visit, k.attempt, OUTCOME_TIMED_OUT, k.ready_s, k.start_s, k.server,
           k.touched);
}

/* Let the customer withdraw: work in hand for them stops at this moment. */
static SELDOM void leave(Run *run, int who, int reason) {
    if (run->customers[who].own.ended) return;
    withdraw_all(run, who, OUTCOME_DROPPED, run->t->dropped, reason);
    int known = arrive_at(run, who, run->t->dropped);
    run->customers[who].known = known;
}

/* The phone */

static void ask(Run *run, int who, int number, int visit) {
    Customer *c = run->customers + who;
    const Contact *contact = contact_of(run, c, number);
    if (level_at(run, contact->station, clock_now(run, on_machines(run, contact->station))) <= 0) {
        answered(run, who, OUTCOME_CLOSED, next_change(run, contact->station, 1).delay_s);
        return;
    }
    int ticket = new_ticket(run);
    Ticket *k = run->tickets + ticket;
    k->owner = FOR_CALLER;
    k->matter = who;
    k->step = number;
    k->visit = k->nth = visit;
    k->ready_s = run->now;
    k->priority = contact->priority;
    k->skill = contact->skill;
    k->service_s = draw(run, contact->handling, c->number, c->segment, visit);
    int ahead = run->stations[contact->station].waiting;
    join(run, contact->station, ticket, contact->patience, NONE);
    k = run->tickets + ticket;
    if (!RARE || k->state != WAITING || contact->callback_above == NONE || ahead <= contact->callback_above) return;
    if (!chance(run, contact->callback, contact->callback_at, c->number, visit)) return;
    k->promised = 1;
    k->patience = 0;
    k->reached = chance(run, contact->reached, contact->reached_at, c->number, visit);
    if (!k->reached) k->service_s = contact->ring_s;
    c->promised++;
    run->promised++;
    answered(run, who, OUTCOME_CALLBACK, 0.0);
}

/* A call-back has been made. */
static void kept(Run *run, int who) {
    Customer *c = run->customers + who;
    run->promised--;
    if (!--c->promised && c->out) run->gone_customers[run->n_gone_customers++] = who;
}

/* Tell those whom it concerns how a ticket ended. */
static void end_ticket(Run *run, int ticket, int outcome) {
    Ticket *k = run->tickets + ticket;
    k->state = GONE;
    k->finish = k->patience = k->deadline = k->queued = 0;
    run->gone_tickets[run->n_gone_tickets++] = ticket;
    if (k->owner == FOR_CALLER) {
        int who = k->matter;
        const Customer *c = run->customers + who;
        const Contact *contact = contact_of(run, c, k->step);
        int promised = RARE && k->promised, unreached = promised && outcome == OUTCOME_SERVED && !k->reached;
        int told = contact->escalates ? text(run, run->t->text_escalated) : 0;
        if (promised) told = detail(run, told, PART_TEXT, run->t->text_callback);
        if (unreached) told = detail(run, told, PART_TEXT, run->t->text_unreached);
        told = with_touched(run, told, k->touched);
        if (unreached) outcome = OUTCOME_RENEGED;
        write_row(run, c, run->t->contact_rows + k->step, k->visit, LANE_SUPPORT, contact->station, k->server, k->ready_s,
                  k->ready_s, k->start_s, run->now, outcome, NONE, told);
        if (promised) kept(run, who);
        else answered(run, who, outcome, 0.0);
        return;
    }
    matter_of(run, k->matter)->work = NO_WORK;
    served(run, k->matter, k->owner, k->step, k->visit, k->attempt, outcome, k->ready_s, k->start_s, k->server, k->touched);
}

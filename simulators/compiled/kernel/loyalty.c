/* Loyalty: journeys that follow from others. */

static void follow(Run *run, int64_t number, int stream, const Customer *c) {
    double after_s = draw(run, stream, c->number, c->segment, 0);
    if (after_s == INFINITY) return;
    run->coming++;
    run->alive[number % SPAN / CHUNK]++;
    after(run, 0, after_s, COME, (int32_t)(number % SPAN), (int32_t)(number / SPAN));
}

/* Let journeys follow from one that was completed, by what happened in it. */
static void come_again(Run *run, const Customer *c) {
    const Loyalty *loyalty = run->t->loyalty + c->segment;
    int64_t place = c->number / SPAN, first = c->number % SPAN;
    if (place + 1 >= (int64_t)1 << loyalty->generations) return;
    double beyond_s = (run->now - c->began_s) * run->t->speed - loyalty->expected_s;
    double factor = pow(loyalty->per_reask, c->reasks) * pow(loyalty->per_call, c->calls)
                  * pow(loyalty->per_hour, (beyond_s > 0 ? beyond_s : 0.0) / 3600.0);
    if (chance(run, loyalty->returns * factor, loyalty->returns_at, c->number, 0))
        follow(run, (2 * place + 1) * SPAN + first, loyalty->after, c);
    if (chance(run, loyalty->refers * factor, loyalty->refers_at, c->number, 0))
        follow(run, (2 * place + 2) * SPAN + first, loyalty->refers_after, c);
}

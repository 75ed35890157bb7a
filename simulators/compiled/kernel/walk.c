/* The customer's walk: what a customer does next, once it is known what came of what they did last. */

static void walk_on(Run *run, int who, int to);
static void attempt_step(Run *run, int who);
static void after_failure(Run *run, int who);
static void wait_on(Run *run, int who);
static void reach(Run *run, int who);

static void think(Run *run, int who, double human_s) { after(run, 0, human_s, GO_ON, who, 0); }

/* The end of a walk. */
static void walked_out(Run *run, int who, int end, int reason) {
    Customer *c = run->customers + who;
    write_row(run, c, run->t->exit_row, 0, LANE_CUSTOMER, NONE, NONE, run->now, run->now, run->now, run->now,
              run->t->outcome_of_end[end - run->t->n_steps], NONE, reason);
    if (RARE && run->t->n_places > 1 && run->t->outcome_of_end[end - run->t->n_steps] == OUTCOME_COMPLETED) come_again(run, c);
    c->listening = 0;
    c->out = 1;
    if (!RARE || !c->promised) run->gone_customers[run->n_gone_customers++] = who;
    run->inside--;
}

/* The customer leaves, for a reason. */
static SELDOM void drop(Run *run, int who, int reason) {
    leave(run, who, reason);
    walked_out(run, who, run->t->dropped, reason);
}

static void write_act(Run *run, int who, int outcome, int to, double intended_s, double ready_s, double start_s,
                      double end_s, int server, int told) {
    const Customer *c = run->customers + who;
    const Step *step = step_of(run, c, c->step);
    write_row(run, c, c->step, c->visit, step->lane, step->station, server, ready_s < intended_s ? ready_s : intended_s,
              ready_s, start_s, end_s, outcome, to, told);
}

/* Acting ------------------------------------------------------------------------------------------------------------ */

/* Find out which facts are really asked, how long they take, and how likely the customer is to give up here. */
static double ask_facts(Run *run, int who, const Step *step) {
    Customer *c = run->customers + who;
    c->leaving = step->abandon;
    c->again = 0;
    if (step->asks == step->asks_end) return 0.0;
    const Tables *t = run->t;
    uint64_t *told = run->told + (int64_t)who * t->n_systems, known = told[step->system], anywhere = 0;
    for (int i = t->systems[step->system].reads; i < t->systems[step->system].reads_end; i++) known |= told[t->lists[i]];
    for (int i = 0; i < t->n_systems; i++) anywhere |= told[i];
    double effort_s = 0.0, stays = 1.0 - step->abandon;
    for (int i = step->asks; i < step->asks_end; i++) {
        int fact = t->lists[i];
        uint64_t bit = (uint64_t)1 << fact;
        if (known & bit) continue;
        effort_s += t->facts[fact].effort_s;
        if (!(anywhere & bit)) continue;
        stays *= 1.0 - t->facts[fact].reask_abandon;
        c->again = detail(run, c->again, PART_ITEM, t->text_facts + fact);
    }
    if (c->again) c->reasks++;
    for (int i = step->asks; i < step->asks_end; i++) told[step->system] |= (uint64_t)1 << t->lists[i];
    c->leaving = 1.0 - stays;
    return effort_s;
}

static void get_help(Run *run, int who, int contact) {
    Customer *c = run->customers + who;
    c->contact = contact;
    c->question = NONE;
    c->help = (Pending){.at_s = run->now};
    reach(run, who);
}

/* Ask for help at the step's entry, one contact after the other; then act, or give up. */
static void at_entry(Run *run, int who) {
    Customer *c = run->customers + who;
    const Step *step = step_of(run, c, c->step);
    c->state = AT_ENTRY;
    while (c->contact_at < step->entry_end) {
        int contact = run->t->lists[c->contact_at++];
        const Contact *plan = contact_of(run, c, contact);
        if (chance(run, plan->probability, plan->arises_at, c->number, c->visit)) {
            get_help(run, who, contact);
            return;
        }
    }
    if (chance(run, c->leaving, step->abandon_at, c->number, c->visit)) {
        write_act(run, who, OUTCOME_DROPPED, run->t->dropped, c->intended_s, run->now, NAN, run->now, NONE,
                  c->again ? detail(run, 0, PART_REASKED, c->again) : 0);
        drop(run, who, text(run, run->t->text_gave_up + c->step));
        return;
    }
    c->attempt = 0;
    c->patience_s = step->response == NONE ? INFINITY : draw(run, step->response, c->number, c->segment, c->visit);
    c->leaves_at = run->now + c->patience_s / (step->machines ? 1.0 : speed_of(run));
    attempt_step(run, who);
}

static void act(Run *run, int who, double base_s) {
    Customer *c = run->customers + who;
    const Step *step = step_of(run, c, c->step);
    int32_t *walked = walked_of(run, who) + c->step;
    /* the organisation has passed over the visits that are skipped */
    if (step->skip > 0 && step->skip < 1)
        while (chance(run, step->skip, step->skip_at, c->number, *walked)) ++*walked;
    c->visit = (*walked)++;
    c->base_s = base_s;
    double asked_s = ask_facts(run, who, step), think_s = step->in_person ? 0.0 : asked_s;
    c->spoken_s = step->in_person ? asked_s : 0.0;
    if (step->think != NONE) think_s += draw(run, step->think, c->number, c->segment, c->visit);
    c->intended_s = base_s + think_s / speed_of(run);
    c->contact_at = step->entry;
    if (think_s != 0) {
        c->state = THINKING;
        think(run, who, think_s);
    } else {
        at_entry(run, who);
    }
}

static void attempt_step(Run *run, int who) {
    Customer *c = run->customers + who;
    const Step *step = step_of(run, c, c->step);
    c->timeout_s = step->timeout == NONE ? INFINITY : draw(run, step->timeout, c->number, c->segment, c->visit);
    c->left_s = c->patience_s == INFINITY ? INFINITY : (c->leaves_at - run->now) * (step->machines ? 1.0 : speed_of(run));
    c->state = ACTING;
    begin_work(run, who, FOR_CUSTOMER, c->step, visits_of(run, who)[c->step] - 1, 0,
               c->left_s < c->timeout_s ? c->left_s : c->timeout_s);
}

/* The parts of a row's detail that come before what the organisation tells of an act. */
static int act_detail(Run *run, const Customer *c, int attempt) {
    if (attempt) return detail(run, 0, PART_ATTEMPT, attempt + 1);
    return c->again ? detail(run, 0, PART_REASKED, c->again) : 0;
}

/* Return the parts of `first`, and then those of `second`. */
static SELDOM int joined(Run *run, int first, int second) {
    if (!second) return first;
    Detail last = run->details[second];
    return detail(run, joined(run, first, last.parent), last.kind, last.arg);
}

static void acted(Run *run, int who, int outcome, int to, double ready_s, double start_s, double end_s, int server,
                  int told) {
    Customer *c = run->customers + who;
    const Step *step = step_of(run, c, c->step);
    c->seen = c->known;
    int first = act_detail(run, c, c->attempt);
    if (outcome == OUTCOME_TIMED_OUT && c->left_s <= c->timeout_s && c->left_s != INFINITY) {
        first = detail(run, first, PART_TEXT, run->t->text_too_long);
        write_act(run, who, OUTCOME_DROPPED, run->t->dropped, c->intended_s, ready_s, start_s, end_s, server,
                  joined(run, first, told));
        drop(run, who, text(run, run->t->text_no_patience + c->step));
        return;
    }
    told = joined(run, first, told);
    if (outcome != OUTCOME_FAILED && outcome != OUTCOME_TIMED_OUT) {
        write_act(run, who, outcome, to, c->intended_s, ready_s, start_s, end_s, server, told);
        int texts = outcome == OUTCOME_RENEGED ? run->t->text_reneged
                  : outcome == OUTCOME_BALKED ? run->t->text_balked : run->t->text_rejected;
        c->reason = outcome == OUTCOME_SERVED ? 0 : text(run, texts + c->step);
        walk_on(run, who, to);
        return;
    }
    int again = c->attempt + 1 < step->limit;
    write_act(run, who, outcome, again ? c->step : step->on_failure, c->intended_s, ready_s, start_s, end_s, server, told);
    if (!again) {
        c->contact_at = step->failing;
        after_failure(run, who);
        return;
    }
    double pause_s = step->backoff_s * ldexp(1.0, c->attempt), left_s = c->leaves_at - run->now;
    if (!(left_s > 0)) left_s = 0.0;
    c->state = PAUSING;
    after(run, 1, left_s < pause_s ? left_s : pause_s, GO_ON, who, 0);
}

static SELDOM void paused(Run *run, int who) {
    Customer *c = run->customers + who;
    c->intended_s = run->now;
    c->attempt++;
    if (run->now >= c->leaves_at) {
        write_act(run, who, OUTCOME_DROPPED, run->t->dropped, run->now, run->now, NAN, run->now, NONE,
                  detail(run, detail(run, 0, PART_ATTEMPT, c->attempt + 1), PART_TEXT, run->t->text_too_long));
        drop(run, who, text(run, run->t->text_no_patience + c->step));
        return;
    }
    attempt_step(run, who);
}

/* The last attempt has failed: ask for help, and then turn elsewhere. */
static void after_failure(Run *run, int who) {
    Customer *c = run->customers + who;
    const Step *step = step_of(run, c, c->step);
    c->state = AFTER_FAILURE;
    while (c->contact_at < step->failing_end) {
        int contact = run->t->lists[c->contact_at++];
        const Contact *plan = contact_of(run, c, contact);
        if (chance(run, plan->probability, plan->arises_at, c->number, c->visit)) {
            get_help(run, who, contact);
            return;
        }
    }
    int reason = text(run, run->t->text_failed + c->step);
    if (step->on_failure == run->t->dropped) {
        drop(run, who, reason);
        return;
    }
    int to = resolved(run, who, step->on_failure);
    int known = arrive_at(run, who, to);
    c = run->customers + who;
    c->seen = c->known = known;
    c->reason = reason;
    walk_on(run, who, to);
}

/* Waiting and asking ------------------------------------------------------------------------------------------------ */

static void heard(Run *run, int who, int to);

/* Wait for news for at most `human_s`, unless there has been some. */
static void listen(Run *run, int who, double human_s) {
    Customer *c = run->customers + who;
    if (c->version != c->seen) {
        c->seen = c->version;
        heard(run, who, c->place);
        return;
    }
    c->heard = 1;
    c->listen_stamp = after(run, 0, human_s, IN_VAIN, who, 0);
}

static void news(Run *run, int who) {
    Customer *c = run->customers + who;
    if (!c->heard) return;
    c->heard = 0;
    c->listen_stamp = 0;
    c->seen = c->version;
    heard(run, who, c->place);
}

static double next_question(Run *run, int who, int contact) {
    const Customer *c = run->customers + who;
    int nth = hazards_of(run, who)[contact]++;
    return draw(run, contact_of(run, c, contact)->every, c->number, c->segment, nth) / speed_of(run);
}

static void await_news(Run *run, int who) {
    Customer *c = run->customers + who;
    const Tables *t = run->t;
    c->waits_in = step_of(run, c, c->step)->wait;
    if (c->waits_in == NONE) {
        c->state = LISTENING;
        listen(run, who, INFINITY);
        return;
    }
    const Wait *wait = t->waits + c->segment * t->n_waits + c->waits_in;
    int nth = waits_of(run, who)[c->waits_in]++;
    int law = chance(run, wait->visible, wait->sees_at, c->number, nth) ? wait->informed : wait->uncertain;
    c->wait_leaves_at = run->now + draw(run, law, c->number, c->segment, nth) / speed_of(run);
    c->why = text(run, t->text_gave_up_waiting + c->waits_in);
    for (int i = wait->contacts; i < wait->contacts_end; i++)
        run->pending[(int64_t)who * t->n_contacts + t->lists[i]] =
            (Pending){.at_s = run->now + next_question(run, who, t->lists[i])};
    wait_on(run, who);
}

/* Wait for news, for the next question, or for the end of patience. */
static void wait_on(Run *run, int who) {
    Customer *c = run->customers + who;
    const Tables *t = run->t;
    const Wait *wait = t->waits + c->segment * t->n_waits + c->waits_in;
    const Pending *pending = run->pending + (int64_t)who * t->n_contacts;
    c->state = LISTENING_IN_WAIT;
    c->question = NONE;
    for (int i = wait->contacts; i < wait->contacts_end; i++)
        if (c->question == NONE || pending[t->lists[i]].at_s < pending[c->question].at_s) c->question = t->lists[i];
    double until = c->wait_leaves_at;
    if (c->question != NONE && pending[c->question].at_s < until) until = pending[c->question].at_s;
    double left_s = until - run->now;
    listen(run, who, (left_s > 0 ? left_s : 0.0) * speed_of(run));
}

static void heard(Run *run, int who, int to) {
    Customer *c = run->customers + who;
    if (c->state == LISTENING || is_end(run, to) || step_of(run, c, to)->acts || step_of(run, c, to)->wait != c->waits_in) {
        c->reason = 0;
        walk_on(run, who, to);
        return;
    }
    c->step = to;
    wait_on(run, who);
}

static void in_vain(Run *run, int who) {
    Customer *c = run->customers + who;
    c->heard = 0;
    if (c->question == NONE || c->wait_leaves_at <= run->pending[(int64_t)who * run->t->n_contacts + c->question].at_s) {
        drop(run, who, c->why);
        return;
    }
    c->contact = c->question;
    reach(run, who);
}

static Pending *question_of(Run *run, int who) {
    Customer *c = run->customers + who;
    return c->question == NONE ? &c->help : run->pending + (int64_t)who * run->t->n_contacts + c->question;
}

/* A question is settled, or will be asked again at its `at_s`. */
static void reached(Run *run, int who, int settled) {
    Customer *c = run->customers + who;
    c->asking = NOT_ASKING;
    if (c->question != NONE) {
        if (settled)
            run->pending[(int64_t)who * run->t->n_contacts + c->question] =
                (Pending){.at_s = run->now + next_question(run, who, c->question)};
        wait_on(run, who);
        return;
    }
    if (!settled) {
        double left_s = c->help.at_s - run->now;
        c->asking = UNTIL_MORNING;
        think(run, who, (left_s > 0 ? left_s : 0.0) * speed_of(run));
        return;
    }
    if (c->state == AT_ENTRY) {
        c->intended_s = run->now;
        at_entry(run, who);
    } else {
        after_failure(run, who);
    }
}

/* Nobody answered for good: the customer leaves, unless a wait has ended meanwhile, which is heard first. */
static SELDOM void nobody_answered(Run *run, int who) {
    Customer *c = run->customers + who;
    int reason = text(run, run->t->text_nobody + c->contact);
    if (c->question == NONE) {
        drop(run, who, reason);
        return;
    }
    c->wait_leaves_at = -INFINITY;
    c->why = reason;
    reached(run, who, 1);
}

static void write_unreached(Run *run, int who, int nth, double began, int outcome, int how) {
    const Customer *c = run->customers + who;
    write_row(run, c, run->t->contact_rows + c->contact, nth, LANE_SUPPORT, NONE, NONE, began, began, NAN, run->now,
              outcome, NONE, text(run, how));
}

static void call(Run *run, int who) {
    Customer *c = run->customers + who;
    int nth = contacts_of(run, who)[c->contact];
    c->asking = ON_THE_PHONE;
    ask(run, who, c->contact, nth);
}

static void after_chatbot(Run *run, int who) {
    Customer *c = run->customers + who;
    const Contact *contact = contact_of(run, c, c->contact);
    int32_t *nth = contacts_of(run, who) + c->contact;
    if (chance(run, contact->chatbot, contact->chatbot_at, c->number, *nth)) {
        write_unreached(run, who, (*nth)++, question_of(run, who)->at_s, OUTCOME_DEFLECTED, run->t->text_chatbot);
        reached(run, who, 1);
        return;
    }
    call(run, who);
}

/* Ask once. */
static void reach(Run *run, int who) {
    Customer *c = run->customers + who;
    const Contact *contact = contact_of(run, c, c->contact);
    Pending *question = question_of(run, who);
    int32_t *nth = contacts_of(run, who) + c->contact;
    if (question->told) {
        call(run, who);
        return;
    }
    question->told = 1;
    question->at_s = run->now; /* when asking began */
    if (chance(run, contact->self_service, contact->self_service_at, c->number, *nth)) {
        write_unreached(run, who, (*nth)++, run->now, OUTCOME_DEFLECTED, run->t->text_self_service);
        reached(run, who, 1);
        return;
    }
    if (contact->chatbot_time_s != 0) {
        c->asking = WITH_CHATBOT;
        think(run, who, contact->chatbot_time_s);
        return;
    }
    after_chatbot(run, who);
}

static void answered(Run *run, int who, int outcome, double opens_in_s) {
    Customer *c = run->customers + who;
    const Contact *contact = contact_of(run, c, c->contact);
    Pending *question = question_of(run, who);
    int32_t *contacts = contacts_of(run, who) + c->contact;
    int nth = *contacts;
    if (outcome == OUTCOME_CLOSED) {
        if (chance(run, contact->comes_back, contact->comes_back_at, c->number, nth)) {
            /* whoever finds it closed again, after a late morning, asks right at the next opening */
            double morning_s = question->mornings++ ? 0.0 : draw(run, contact->morning, c->number, c->segment, nth);
            question->at_s = run->now + (opens_in_s + morning_s) / speed_of(run);
            reached(run, who, 0);
            return;
        }
        write_unreached(run, who, nth, run->now, OUTCOME_BALKED, run->t->text_closed);
    }
    c->calls += outcome != OUTCOME_CLOSED;
    ++*contacts;
    if (outcome == OUTCOME_SERVED || outcome == OUTCOME_CALLBACK) {
        reached(run, who, 1);
        return;
    }
    double again = outcome != OUTCOME_CLOSED && contact->redial_after != NONE && question->tries < contact->redial_limit
                       ? contact->redial_probability : 0.0;
    if (chance(run, again, contact->redial_at, c->number, nth)) {
        question->tries++;
        question->at_s = run->now + draw(run, contact->redial_after, c->number, c->segment, nth) / speed_of(run);
        reached(run, who, 0);
        return;
    }
    if (chance(run, contact->gives_up, contact->gives_up_at, c->number, nth)) {
        nobody_answered(run, who);
        return;
    }
    reached(run, who, 1);
}

/* The walk itself --------------------------------------------------------------------------------------------------- */

static void walk_from(Run *run, int who, int to, double base_s) {
    Customer *c = run->customers + who;
    if (is_end(run, to)) {
        walked_out(run, who, to, c->reason);
        return;
    }
    c->step = to;
    if (step_of(run, c, to)->acts) act(run, who, base_s);
    else await_news(run, who);
}

static void walk_on(Run *run, int who, int to) { walk_from(run, who, to, run->now); }

/* A time of the customer's own is over. */
static void go_on(Run *run, int who) {
    Customer *c = run->customers + who;
    if (c->asking == WITH_CHATBOT) {
        after_chatbot(run, who);
    } else if (c->asking == UNTIL_MORNING) {
        reach(run, who);
    } else if (c->state == THINKING) {
        at_entry(run, who);
    } else {
        paused(run, who);
    }
}

-- Evidence for the loan-application journey: every figure of figures.toml has its query here.
-- DuckDB. Run them through derive.py, or by hand: SET VARIABLE folder = '/path/of/the/logs'; then the setup block.
--
-- Header of a query:   -- [number] name | kind | unit     then its note, then one statement. Kinds:
--   share   (label) hits, n          -> share, Wilson 95% interval
--   rate    (label) events, exposure -> events per unit of exposure, exact Poisson interval
--   sample  (label) x                -> n, mean, median, p10, p90, cv, lognormal fit, Kolmogorov-Smirnov distance
--   counts  (label) x                -> whole numbers: distribution, mean, geometric fit on 0, 1, 2 ...
--   times   (label) t, event (since) -> right-censored times: Kaplan-Meier, hazard by band, exponential, Weibull; `since`, if
--                                       given, is the left end of the interval in which the event really happened
--   table   any columns              -> kept as it is
-- `moment` is an instant, `clock` the wall clock in Amsterdam: the log's stamps carry their offset (+02:00 until 30 October, then +01:00).

-- [setup]
CREATE TABLE log AS
SELECT row_number() OVER () AS ord, "case:concept:name" AS id, "org:resource" AS who, "lifecycle:transition" AS step,
       "concept:name" AS act, CAST("time:timestamp" AS TIMESTAMPTZ) AS moment, CAST(left("time:timestamp", 23) AS TIMESTAMP) AS clock
FROM read_csv(getvariable('folder') || '/bpic-2012/log.csv.gz', all_varchar = true);

-- One row per application. `stop` is its end, or the end of the log (14 March 2012, 16:04) when it is still open: censored.
CREATE TABLE cases AS
SELECT *, coalesce(approved, declined, cancelled, (SELECT max(moment) FROM log)) AS stop, canceller = '112' AS automatic,
       CASE WHEN approved IS NOT NULL THEN 'approved' WHEN declined IS NOT NULL THEN 'declined'
            WHEN cancelled IS NOT NULL THEN 'cancelled' ELSE 'open' END AS outcome
FROM (SELECT id, min(moment) FILTER (act = 'A_SUBMITTED') AS submitted, min(clock) FILTER (act = 'A_SUBMITTED') AS clock,
             min(moment) FILTER (act = 'O_SENT') AS offered, max(moment) FILTER (act = 'O_SENT') AS last_offer,
             min(moment) FILTER (act = 'O_SENT_BACK') AS returned, min(moment) FILTER (act = 'A_APPROVED') AS approved,
             min(moment) FILTER (act = 'A_DECLINED') AS declined, min(moment) FILTER (act = 'A_CANCELLED') AS cancelled,
             any_value(who) FILTER (act = 'A_DECLINED') AS decliner, any_value(who) FILTER (act = 'A_CANCELLED') AS canceller,
             min(moment) FILTER (step = 'START') AS touched,
             coalesce(any_value(who) FILTER (act = 'A_PREACCEPTED') = '112', false) AS preaccepted
      FROM log GROUP BY id);

-- Work items: each START with the COMPLETE that follows it in its case and activity. tail_* : what the item records.
CREATE TABLE items AS
WITH w AS (SELECT id, act, step, moment, clock, who, lead(step) OVER q AS next_step, lead(moment) OVER q AS done, lead(clock) OVER q AS clock_done,
                  lead(who) OVER q AS who_done
           FROM log WHERE act LIKE 'W_%' AND step <> 'SCHEDULE' WINDOW q AS (PARTITION BY id, act ORDER BY moment, ord)),
     i AS (SELECT id, act, moment AS start, done, clock, clock_done, who, who_done, epoch(done) - epoch(moment) AS secs
           FROM w WHERE step = 'START' AND next_step = 'COMPLETE')
SELECT i.*, coalesce(bool_or(e.act = 'O_SENT'), false) AS sends, coalesce(bool_or(e.act = 'O_SENT_BACK'), false) AS registers,
       coalesce(bool_or(e.act = 'W_Valideren aanvraag'), false) AS hands_over, coalesce(bool_or(e.act = 'A_CANCELLED'), false) AS cancels
FROM i LEFT JOIN log e ON e.id = i.id AND e.moment BETWEEN i.start AND i.done
     AND (e.act IN ('O_SENT', 'O_SENT_BACK', 'A_CANCELLED') OR (e.act = 'W_Valideren aanvraag' AND e.step = 'SCHEDULE'))
GROUP BY ALL;

-- Contact attempts: follow-up items that neither send an offer nor only register what came back, those of one case less than
-- 30 minutes apart made one. After an offer, the first hour is left out (the same call goes on, offers are revised in it).
CREATE TABLE contacts AS
WITH i AS (SELECT items.* FROM items JOIN cases USING (id)
           WHERE (items.act = 'W_Nabellen offertes' AND NOT sends AND NOT registers AND start >= offered + INTERVAL 1 HOUR
                  AND start < coalesce(returned, stop))
              OR (items.act = 'W_Nabellen incomplete dossiers' AND NOT hands_over AND NOT registers)),
     g AS (SELECT *, coalesce(start > lag(done) OVER q + INTERVAL 30 MINUTE, true) AS fresh
           FROM i WINDOW q AS (PARTITION BY id, act ORDER BY start)),
     s AS (SELECT *, sum(fresh::INT) OVER (PARTITION BY id, act ORDER BY start) AS visit FROM g)
SELECT id, act, visit, min(start) AS start, max(done) AS done, sum(secs) AS secs FROM s GROUP BY id, act, visit;

-- Assessment rounds: each W_Valideren SCHEDULE, until the case's next milestone. A round of incomplete-file calls likewise.
CREATE TABLE rounds AS
WITH m AS (SELECT id, moment, ord, act FROM log
           WHERE act IN ('A_APPROVED', 'A_DECLINED', 'A_CANCELLED', 'O_SENT')
              OR (step = 'SCHEDULE' AND act IN ('W_Valideren aanvraag', 'W_Nabellen incomplete dossiers'))),
     n AS (SELECT *, lead(act) OVER q AS next_act, lead(moment) OVER q AS until FROM m WINDOW q AS (PARTITION BY id ORDER BY moment, ord))
SELECT *, row_number() OVER (PARTITION BY id, act ORDER BY moment, ord) AS round
FROM n WHERE act IN ('W_Valideren aanvraag', 'W_Nabellen incomplete dossiers');

-- Hours of the calendar in which the desk worked (five items or more begun), and those of the window, by hour of the week.
CREATE TABLE open_hours AS
SELECT date_trunc('hour', moment) AS hour FROM log WHERE act LIKE 'W_%' AND step = 'START' GROUP BY 1 HAVING count(*) >= 5;

CREATE TABLE calls AS
SELECT type, outcome, CAST(strptime('19' || date, '%Y%m%d') AS DATE) AS day, CAST(split_part(vru_entry, ':', 1) AS INT) AS hour,
       CAST(q_time AS INT) AS waited, CAST(ser_time AS INT) AS served, server
FROM read_csv(getvariable('folder') || '/anonymous-bank-january-1999/january_1999.txt.gz', all_varchar = true, delim = '\t')
WHERE outcome <> 'PHANTOM';

CREATE TABLE w_items AS
SELECT case_id AS id, activity AS act, resource AS who, CAST(start_time AS TIMESTAMPTZ) AS start, CAST(end_time AS TIMESTAMPTZ) AS done
FROM read_csv([getvariable('folder') || '/bpic-2012-w/train.csv.gz', getvariable('folder') || '/bpic-2012-w/test.csv.gz'],
              all_varchar = true);

-- [a1] applications_per_day | sample | applications per day
-- Submissions per calendar day, 1 October 2011 to 29 February 2012 (152 days, holidays included).
SELECT count(*) AS x FROM cases GROUP BY clock::DATE ORDER BY clock::DATE;

-- [a2] applications_by_weekday | table | applications per day
-- Mean submissions by day of the week (1 Monday ... 7 Sunday).
SELECT isodow(day) AS weekday, count(*) AS days, avg(n) AS per_day, stddev(n) AS sd
FROM (SELECT clock::DATE AS day, count(*) AS n FROM cases GROUP BY 1) GROUP BY 1 ORDER BY 1;

-- [a3] applications_by_month | table | applications per day
-- Mean submissions per day by month.
SELECT strftime(clock, '%Y-%m') AS month, count(DISTINCT clock::DATE) AS days, count(*) / count(DISTINCT clock::DATE) AS per_day
FROM cases GROUP BY 1 ORDER BY 1;

-- [a4] arrival_weights | table | relative rate, mean 1
-- 168 weights, Monday 00:00 first, Amsterdam wall clock; each count divided by the number of such hours in the 152 days.
WITH hours AS (SELECT unnest(generate_series(TIMESTAMP '2011-10-01', TIMESTAMP '2012-02-29 23:00', INTERVAL 1 HOUR)) AS h),
     e AS (SELECT (isodow(h) - 1) * 24 + hour(h) AS slot, count(*) AS slots FROM hours GROUP BY 1),
     s AS (SELECT (isodow(clock) - 1) * 24 + hour(clock) AS slot, count(*) AS n FROM cases GROUP BY 1),
     r AS (SELECT slot, coalesce(n, 0) / slots AS rate, coalesce(n, 0) AS n FROM e LEFT JOIN s USING (slot))
SELECT slot, rate / avg(rate) OVER () AS weight, n FROM r ORDER BY slot;

-- [a5] clock_check | table | items begun
-- Work items begun by hour of the wall clock, summer time and winter time: the same office hours in both, so the stamps are local.
SELECT hour(clock) AS hour, count(*) FILTER (clock < TIMESTAMP '2011-10-30 03:00') AS summer,
       count(*) FILTER (clock >= TIMESTAMP '2011-10-30 03:00') AS winter
FROM log WHERE act LIKE 'W_%' AND step = 'START' GROUP BY 1 ORDER BY 1;

-- [a6] w_items_check | table | items
-- The separate file of work items: how many have their twin here at the same instant, and how many exactly one hour earlier.
SELECT w.start < TIMESTAMPTZ '2011-10-30 01:00+00' AS summer, count(*) AS n, count(a.id) AS same_instant, count(b.id) AS one_hour_late
FROM w_items w LEFT JOIN (SELECT DISTINCT id, act, start FROM items) a ON a.id = w.id AND a.act = w.act AND a.start = w.start
LEFT JOIN (SELECT DISTINCT id, act, start FROM items) b ON b.id = w.id AND b.act = w.act AND b.start = w.start - INTERVAL 1 HOUR
GROUP BY 1 ORDER BY 1;

-- [b1] outcome_of_applications | share | share of applications
-- Outcomes of all applications; automatic = by resource 112, the system.
SELECT label, count(*) FILTER (hit) AS hits, count(*) AS n
FROM cases, LATERAL (SELECT unnest(['approved', 'declined', 'cancelled', 'open', 'declined_automatically', 'declined_in_5_minutes',
    'cancelled_for_silence', 'cancelled_by_desk', 'offered']) AS label, unnest([outcome = 'approved', outcome = 'declined',
    outcome = 'cancelled', outcome = 'open', coalesce(decliner = '112', false),
    coalesce(declined < submitted + INTERVAL 5 MINUTE, false), coalesce(automatic, false), coalesce(NOT automatic, false),
    offered IS NOT NULL]) AS hit)
GROUP BY label ORDER BY label;

-- [b2] outcome_after_offer | share | share of applications with an offer
-- Outcomes of applications with an offer, and whether an offer came back.
SELECT label, count(*) FILTER (hit) AS hits, count(*) AS n
FROM cases, LATERAL (SELECT unnest(['approved', 'declined', 'cancelled', 'open', 'cancelled_for_silence', 'cancelled_by_desk',
    'returned', 'cancelled_unreturned']) AS label, unnest([outcome = 'approved', outcome = 'declined', outcome = 'cancelled',
    outcome = 'open', coalesce(automatic, false), coalesce(NOT automatic, false), returned IS NOT NULL,
    outcome = 'cancelled' AND returned IS NULL]) AS hit)
WHERE offered IS NOT NULL GROUP BY label ORDER BY label;

-- [b3] outcome_after_return | share | share of returned offers
-- Outcomes once the customer has sent the offer back: open ones included.
SELECT outcome AS label, count(*) AS hits, sum(count(*)) OVER () AS n FROM cases WHERE returned IS NOT NULL GROUP BY 1 ORDER BY 1;

-- [b4] outcome_passing_automatic_check | share | share of applications not declined by the system
-- Outcomes of those that the automatic check lets through.
SELECT label, count(*) FILTER (hit) AS hits, count(*) AS n
FROM cases, LATERAL (SELECT unnest(['approved', 'declined', 'cancelled', 'open', 'offered']) AS label, unnest([outcome = 'approved',
    outcome = 'declined', outcome = 'cancelled', outcome = 'open', offered IS NOT NULL]) AS hit)
WHERE decliner IS DISTINCT FROM '112' GROUP BY label ORDER BY label;

-- [b5] automatic_check | share | share of applications
-- What the system does within about a minute of submission: declines, pre-accepts (on to completing the application), or leaves
-- to a person (W_Afhandelen leads).
SELECT CASE WHEN decliner = '112' THEN 'declined' WHEN preaccepted THEN 'preaccepted' ELSE 'to_a_person' END AS label,
       count(*) AS hits, sum(count(*)) OVER () AS n FROM cases GROUP BY 1 ORDER BY 1;

-- [b6] outcome_by_track | share | share of applications of the track
-- Offer and outcome of the pre-accepted and of those left to a person.
SELECT CASE WHEN preaccepted THEN 'preaccepted.' ELSE 'to_a_person.' END || label AS label, count(*) FILTER (hit) AS hits, count(*) AS n
FROM cases, LATERAL (SELECT unnest(['approved', 'declined', 'cancelled', 'open', 'offered']) AS label, unnest([outcome = 'approved',
    outcome = 'declined', outcome = 'cancelled', outcome = 'open', offered IS NOT NULL]) AS hit)
WHERE decliner IS DISTINCT FROM '112' GROUP BY ALL ORDER BY 1;

-- [b7] outcome_after_offer_early_cohort | share | share of offers first sent before 13 January 2012
-- As b2, of offers with at least 61 days of log after them: hardly any still open, so no share is diluted by censoring.
SELECT label, count(*) FILTER (hit) AS hits, count(*) AS n
FROM cases, LATERAL (SELECT unnest(['approved', 'declined', 'cancelled_for_silence', 'cancelled_by_desk', 'open', 'returned']) AS label,
    unnest([outcome = 'approved', outcome = 'declined', coalesce(automatic, false), coalesce(NOT automatic, false),
    outcome = 'open', returned IS NOT NULL]) AS hit)
WHERE offered < TIMESTAMPTZ '2012-01-13 00:00+01' GROUP BY label ORDER BY label;

-- [c1] give_up_since_submission | times | days
-- Submission to cancellation of any kind (desk or the automatic one), of those the automatic check lets through.
SELECT (epoch(stop) - epoch(submitted)) / 86400 AS t, outcome = 'cancelled' AS event FROM cases
WHERE decliner IS DISTINCT FROM '112' ORDER BY id;

-- [c2] give_up_since_submission_by_desk | times | days
-- As c1, the automatic cancellation treated as censoring.
SELECT (epoch(stop) - epoch(submitted)) / 86400 AS t, coalesce(NOT automatic, false) AS event FROM cases
WHERE decliner IS DISTINCT FROM '112' ORDER BY id;

-- [c3] give_up_before_offer_by_desk | times | days
-- Submission to a desk cancellation while the bank has not yet made an offer (offer and decline are censoring).
SELECT (epoch(coalesce(offered, stop)) - epoch(submitted)) / 86400 AS t,
       coalesce(offered IS NULL AND NOT automatic, false) AS event FROM cases WHERE decliner IS DISTINCT FROM '112' ORDER BY id;

-- [c4] give_up_since_offer | times | days
-- First offer sent to cancellation of any kind; approved, declined and still open are censoring.
SELECT (epoch(stop) - epoch(offered)) / 86400 AS t, outcome = 'cancelled' AS event FROM cases WHERE offered IS NOT NULL ORDER BY id;

-- [c5] give_up_since_offer_by_desk | times | days
-- As c4, the automatic cancellation treated as censoring.
SELECT (epoch(stop) - epoch(offered)) / 86400 AS t, coalesce(NOT automatic, false) AS event FROM cases
WHERE offered IS NOT NULL ORDER BY id;

-- [c6] give_up_while_offer_is_out_by_desk | times | days
-- First offer sent to a desk cancellation, until the offer comes back: the customer's own time. The event is only seen when the
-- desk rings, so `since` is the end of the work item before the one that records it (or the offer).
WITH prior AS (SELECT cases.id, max(done) AS done FROM cases JOIN items USING (id)
               WHERE done < cancelled AND NOT cancels AND done >= offered GROUP BY 1)
SELECT (epoch(coalesce(returned, stop)) - epoch(offered)) / 86400 AS t, coalesce(returned IS NULL AND NOT automatic, false) AS event,
       CASE WHEN returned IS NULL AND NOT automatic THEN (epoch(coalesce(done, offered)) - epoch(offered)) / 86400 END AS since
FROM cases LEFT JOIN prior USING (id) WHERE offered IS NOT NULL ORDER BY id;

-- [c7] give_up_while_bank_decides | times | days
-- Offer sent back to cancellation (all but one by the desk), until the decision: the customer waits for the bank.
SELECT (epoch(stop) - epoch(returned)) / 86400 AS t, outcome = 'cancelled' AS event FROM cases WHERE returned IS NOT NULL ORDER BY id;

-- [c8] automatic_cancellation | table | cancellations
-- Cancellations by day since the last offer (since submission, when there is none), automatic and by the desk.
SELECT least(floor((epoch(cancelled) - epoch(coalesce(last_offer, submitted))) / 86400), 32)::INT AS day,
       offered IS NOT NULL AS with_offer, count(*) FILTER (automatic) AS automatic, count(*) FILTER (NOT automatic) AS by_desk
FROM cases WHERE cancelled IS NOT NULL GROUP BY 1, 2 ORDER BY 2, 1;

-- [c9] automatic_cancellation_hours | table | cancellations
-- The hour and minute of the wall clock at which the system cancels.
SELECT strftime(l.clock, '%H:%M') AS clock, count(*) AS n FROM log l WHERE act = 'A_CANCELLED' AND who = '112' GROUP BY 1 ORDER BY 1;

-- [c10] desk_cancellation_item | sample | seconds
-- Length of the work item in which the desk records a cancellation, against the other follow-up items (same trimming as e1):
-- long ones are likely conversations, short ones bookkeeping. No reason is logged.
SELECT CASE WHEN cancels THEN 'cancelling' ELSE 'other' END AS label, secs AS x FROM items
WHERE act = 'W_Nabellen offertes' AND NOT sends AND NOT registers AND secs BETWEEN 5 AND 7200 AND clock::DATE = clock_done::DATE
ORDER BY label, x;

-- [c11] desk_cancellation_by_item_length | share | share of desk cancellations after an offer
-- Desk cancellations recorded in a work item of at least 60 s (likely a conversation), in a shorter one, or outside any item.
SELECT label, count(*) AS hits, sum(count(*)) OVER () AS n
FROM (SELECT cases.id, CASE WHEN max(secs) IS NULL THEN 'no_item' WHEN max(secs) >= 60 THEN 'long_item' ELSE 'short_item' END AS label
      FROM cases LEFT JOIN (SELECT id, secs FROM items WHERE cancels) USING (id) WHERE offered IS NOT NULL AND NOT automatic GROUP BY cases.id)
GROUP BY label ORDER BY label;

-- [c12] give_up_after_return_by_state | rate | cancellations per day in the state
-- c7 split: while an assessment round is open (the customer waits for the bank alone) and while the file is with the
-- incomplete-file desk (documents are asked of the customer).
SELECT CASE act WHEN 'W_Valideren aanvraag' THEN 'assessment' ELSE 'file_incomplete' END AS label,
       count(*) FILTER (next_act = 'A_CANCELLED') AS events, sum(epoch(coalesce(until, stop)) - epoch(moment)) / 86400 AS exposure
FROM rounds JOIN cases USING (id) GROUP BY 1 ORDER BY 1;

-- [d1] offer_calls_raw | counts | work items per application with an offer
-- All W_Nabellen offertes items begun, as in the catalogue's README (registrations and revisions included).
SELECT count(log.id) AS x FROM cases LEFT JOIN log ON log.id = cases.id AND act = 'W_Nabellen offertes' AND step = 'START'
WHERE offered IS NOT NULL GROUP BY cases.id ORDER BY x;

-- [d2] offer_contacts | counts | contact attempts per application with an offer
-- Contact attempts (see setup) between the first offer and its return or the end of the case.
SELECT count(contacts.id) AS x FROM cases LEFT JOIN contacts ON contacts.id = cases.id AND act = 'W_Nabellen offertes'
WHERE offered IS NOT NULL GROUP BY cases.id ORDER BY x;

-- [d3] offer_contact_rate | rate | contact attempts per day with the offer out
-- By days since the first offer, until it comes back or the case ends.
WITH band AS (SELECT unnest([0, 1, 2, 3, 5, 7, 14, 21]) AS lo, unnest([1, 2, 3, 5, 7, 14, 21, 31]) AS hi),
     w AS (SELECT id, offered, (epoch(coalesce(returned, stop)) - epoch(offered)) / 86400 AS days FROM cases WHERE offered IS NOT NULL),
     x AS (SELECT lo, hi, sum(greatest(least(days, hi) - lo, 0)) AS exposure FROM band, w GROUP BY 1, 2),
     e AS (SELECT lo, count(*) AS events FROM contacts JOIN w USING (id) JOIN band
           ON (epoch(start) - epoch(offered)) / 86400 >= lo AND (epoch(start) - epoch(offered)) / 86400 < hi
           WHERE act = 'W_Nabellen offertes' GROUP BY 1)
SELECT lo || '-' || hi AS label, coalesce(events, 0) AS events, exposure FROM x LEFT JOIN e USING (lo) ORDER BY lo;

-- [d4] contacts_per_waiting_day | rate | contact attempts per day
-- Over the whole wait: with the offer out, and while the file is with the incomplete-file desk.
SELECT 'offer_out' AS label, (SELECT count(*) FROM contacts WHERE act = 'W_Nabellen offertes') AS events,
       sum(epoch(coalesce(returned, stop)) - epoch(offered)) / 86400 AS exposure FROM cases WHERE offered IS NOT NULL
UNION ALL
SELECT 'file_incomplete', (SELECT count(*) FROM contacts WHERE act = 'W_Nabellen incomplete dossiers'),
       sum(epoch(coalesce(until, stop)) - epoch(moment)) / 86400 FROM rounds JOIN cases USING (id)
WHERE act = 'W_Nabellen incomplete dossiers';

-- [d5] next_contact | times | days
-- Gap from the end of a contact attempt to the start of the next, of one case; return, end of case or of the round are censoring.
WITH g AS (SELECT contacts.*, lead(start) OVER (PARTITION BY id, act ORDER BY start) AS after FROM contacts),
     r AS (SELECT g.*, coalesce(min(r.until), max(stop)) AS close, any_value(coalesce(returned, stop)) AS back
           FROM g JOIN cases USING (id) LEFT JOIN rounds r ON r.id = g.id AND r.act = g.act AND r.until > g.done GROUP BY ALL),
     s AS (SELECT *, CASE WHEN act = 'W_Nabellen offertes' THEN back ELSE close END AS shut FROM r)
SELECT CASE WHEN act = 'W_Nabellen offertes' THEN 'offer' ELSE 'incomplete_file' END AS label,
       (epoch(least(coalesce(after, shut), shut)) - epoch(done)) / 86400 AS t, coalesce(after <= shut, false) AS event
FROM s WHERE shut > done ORDER BY label, t, event;

-- [d6] incomplete_file | share | share of returned offers
-- Returned offers that have at least one item of incomplete-file calls.
SELECT count(DISTINCT items.id) AS hits, count(DISTINCT cases.id) AS n FROM cases LEFT JOIN items
ON items.id = cases.id AND items.act = 'W_Nabellen incomplete dossiers' WHERE returned IS NOT NULL;

-- [d7] completion_loops | counts | send-backs per returned offer that was decided
-- Times the file went to the incomplete-file desk (its SCHEDULE events).
SELECT count(rounds.id) AS x FROM cases LEFT JOIN rounds ON rounds.id = cases.id AND rounds.act = 'W_Nabellen incomplete dossiers'
WHERE returned IS NOT NULL AND outcome <> 'open' GROUP BY cases.id ORDER BY x;

-- [d8] incomplete_contacts | counts | contact attempts per send-back, minus none
-- Contact attempts per spell at the incomplete-file desk that ended.
SELECT count(c.id) AS x FROM rounds r LEFT JOIN contacts c ON c.id = r.id AND c.act = r.act AND c.start >= r.moment AND c.start < r.until
WHERE r.act = 'W_Nabellen incomplete dossiers' AND until IS NOT NULL GROUP BY r.id, r.round ORDER BY x;

-- [d9] incomplete_spell | times | days
-- Time a file spends at the incomplete-file desk, until it goes back to assessment or the case ends.
SELECT (epoch(coalesce(until, stop)) - epoch(moment)) / 86400 AS t, until IS NOT NULL AS event FROM rounds JOIN cases USING (id)
WHERE act = 'W_Nabellen incomplete dossiers' AND coalesce(until, stop) > moment ORDER BY t;

-- [e1] hands_on | sample | seconds per work item
-- START to COMPLETE by one known resource on one day, 5 s to 2 h. Follow-up items that only register a return are apart.
SELECT CASE WHEN registers THEN 'register_return' WHEN act = 'W_Afhandelen leads' THEN 'first_handling'
            WHEN act = 'W_Completeren aanvraag' THEN 'complete_application' WHEN act = 'W_Valideren aanvraag' THEN 'assess'
            WHEN act = 'W_Nabellen offertes' THEN 'call_after_offer' ELSE 'call_incomplete_file' END AS label, secs AS x
FROM items WHERE act <> 'W_Beoordelen fraude' AND who = who_done AND secs BETWEEN 5 AND 7200 AND clock::DATE = clock_done::DATE
ORDER BY label, x;

-- [e2] hands_on_trimmed | table | work items
-- What the trimming of e1 takes away.
SELECT act, count(*) AS items, count(*) FILTER (who IS NULL) AS no_resource, count(*) FILTER (secs < 5) AS under_5_s,
       count(*) FILTER (secs > 7200) AS over_2_h, count(*) FILTER (clock::DATE <> clock_done::DATE) AS overnight,
       count(*) FILTER (who <> who_done) AS two_resources
FROM items GROUP BY 1 ORDER BY 1;

-- [e3] hands_on_per_case | sample | seconds per application
-- All the items of one activity in one application added up (items of unknown resource kept; 5 s to 2 h, one day).
SELECT CASE WHEN act = 'W_Afhandelen leads' THEN 'first_handling' WHEN act = 'W_Completeren aanvraag' THEN 'complete_application'
            WHEN act = 'W_Valideren aanvraag' THEN 'assess' WHEN act = 'W_Nabellen offertes' THEN 'call_after_offer'
            ELSE 'call_incomplete_file' END AS label, sum(secs) AS x
FROM items WHERE act <> 'W_Beoordelen fraude' AND secs BETWEEN 5 AND 7200 AND clock::DATE = clock_done::DATE
GROUP BY id, act ORDER BY label, x;

-- [e4] hands_on_assessment_round | sample | seconds per assessment round
-- Assessment items of one round added up (same trimming).
SELECT sum(secs) AS x FROM rounds r JOIN items i ON i.id = r.id AND i.act = r.act AND i.start >= r.moment
AND (until IS NULL OR i.start < until) WHERE secs BETWEEN 5 AND 7200 AND i.clock::DATE = clock_done::DATE
GROUP BY r.id, r.round ORDER BY x;

-- [f1] assessment_result | share | share of assessment rounds that ended
-- What ends a round of W_Valideren, by round (first, second, third and later) and over all.
WITH r AS (SELECT CASE WHEN round < 3 THEN 'round_' || round ELSE 'round_3_up' END AS round, CASE next_act WHEN 'A_APPROVED' THEN 'approved'
                  WHEN 'A_DECLINED' THEN 'declined' WHEN 'A_CANCELLED' THEN 'cancelled' WHEN 'O_SENT' THEN 'offer_revised'
                  WHEN 'W_Nabellen incomplete dossiers' THEN 'sent_back' ELSE 'assessed_again' END AS result
           FROM rounds WHERE act = 'W_Valideren aanvraag' AND next_act IS NOT NULL),
     b AS (SELECT * FROM r UNION ALL SELECT 'all', result FROM r)
SELECT round || '.' || result AS label, count(*) AS hits, sum(count(*)) OVER (PARTITION BY round) AS n FROM b
GROUP BY round, result ORDER BY round, result;

-- [f2] incomplete_result | share | share of spells at the incomplete-file desk that ended
-- What ends a spell of incomplete-file calls.
SELECT CASE next_act WHEN 'A_APPROVED' THEN 'approved' WHEN 'A_DECLINED' THEN 'declined' WHEN 'A_CANCELLED' THEN 'cancelled'
       WHEN 'O_SENT' THEN 'offer_revised' WHEN 'W_Valideren aanvraag' THEN 'assessed' ELSE 'sent_back_again' END AS label,
       count(*) AS hits, sum(count(*)) OVER () AS n FROM rounds
WHERE act = 'W_Nabellen incomplete dossiers' AND next_act IS NOT NULL GROUP BY 1 ORDER BY 1;

-- [f3] approved_of_final_decisions | share | share of decisions (approved or declined) after a return
-- Approval at the final assessment.
SELECT count(*) FILTER (outcome = 'approved') AS hits, count(*) AS n FROM cases
WHERE returned IS NOT NULL AND outcome IN ('approved', 'declined');

-- [g1] submission_to_first_touch | sample | hours
-- To the first work item begun by a person; in_hours: submitted Monday to Friday, 9 to 20. Applications never touched left out.
SELECT unnest(CASE WHEN isodow(clock) <= 5 AND hour(clock) BETWEEN 9 AND 19 THEN ['any_hour', 'in_hours'] ELSE ['any_hour', 'out_of_hours'] END)
       AS label, (epoch(touched) - epoch(submitted)) / 3600 AS x
FROM cases WHERE touched IS NOT NULL ORDER BY label, x;

-- [g2] submission_to_first_touch_open_hours | sample | open hours
-- The same, counting only hours in which the desk worked (five items or more begun in the hour).
SELECT greatest(sum(epoch(least(touched, hour + INTERVAL 1 HOUR)) - epoch(greatest(submitted, hour))), 0) / 3600 AS x
FROM cases JOIN open_hours ON hour < touched AND hour + INTERVAL 1 HOUR > submitted WHERE touched IS NOT NULL GROUP BY id ORDER BY x;

-- [g3] submission_to_offer | sample | days
-- Applications with an offer.
SELECT (epoch(offered) - epoch(submitted)) / 86400 AS x FROM cases WHERE offered IS NOT NULL ORDER BY x;

-- [g4] offer_to_return | sample | days
-- Offer sent to O_SENT_BACK, of those that came back, from the first and from the last offer before the return. Post and the
-- morning registration by one clerk are in it. From day 1: without the same-day ones (2%), for a fit that holds.
SELECT 'first_offer' AS label, (epoch(returned) - epoch(offered)) / 86400 AS x FROM cases WHERE returned IS NOT NULL
UNION ALL
SELECT 'first_offer_from_day_1', (epoch(returned) - epoch(offered)) / 86400 FROM cases WHERE epoch(returned) - epoch(offered) >= 86400
UNION ALL
SELECT 'last_offer', (epoch(any_value(returned)) - epoch(max(moment))) / 86400 FROM cases JOIN log USING (id)
WHERE act = 'O_SENT' AND moment < returned GROUP BY id ORDER BY 1, 2;

-- [g5] offer_return | times | days
-- First offer to its return with cancellation, decline and the end of the log as censoring (cause-specific).
SELECT (epoch(coalesce(returned, stop)) - epoch(offered)) / 86400 AS t, returned IS NOT NULL AS event FROM cases
WHERE offered IS NOT NULL ORDER BY id;

-- [g6] offer_never_returned | share | share of offers first sent before 13 January 2012
-- Offers with at least 61 days of log after them, not back by its end.
SELECT count(*) FILTER (returned IS NULL) AS hits, count(*) AS n FROM cases WHERE offered < TIMESTAMPTZ '2012-01-13 00:00+01';

-- [g7] assessment_wait | sample | days
-- A round's SCHEDULE to the first START of the assessment: all, first round, later rounds.
WITH s AS (SELECT r.id, r.round, epoch(min(i.start)) - epoch(any_value(r.moment)) AS secs FROM rounds r
           JOIN items i ON i.id = r.id AND i.act = r.act AND i.start >= r.moment AND (r.until IS NULL OR i.start < r.until)
           WHERE r.act = 'W_Valideren aanvraag' GROUP BY 1, 2)
SELECT unnest(['any_round', CASE WHEN round = 1 THEN 'first_round' ELSE 'later_round' END]) AS label, secs / 86400 AS x FROM s ORDER BY label, x;

-- [g8] return_to_decision | sample | days
-- Offer back to approval or decline; straight: never sent back for an incomplete file.
SELECT unnest(['all', CASE WHEN EXISTS (SELECT 1 FROM rounds r WHERE r.id = cases.id AND r.act = 'W_Nabellen incomplete dossiers')
       THEN 'with_loop' ELSE 'straight' END]) AS label, (epoch(stop) - epoch(returned)) / 86400 AS x
FROM cases WHERE returned IS NOT NULL AND outcome IN ('approved', 'declined') ORDER BY label, x;

-- [g9] submission_to_approval | sample | days
-- Approved applications.
SELECT (epoch(approved) - epoch(submitted)) / 86400 AS x FROM cases WHERE approved IS NOT NULL ORDER BY x;

-- [h1] staff_by_hour_of_week | table | people
-- Mean number of distinct resources that begin or end a trimmed work item in that hour of the week, Monday 00:00 first, over 16
-- weeks from 7 November 2011 (the log begins empty; Christmas included); assessors: a W_Valideren item. Bare COMPLETE events are
-- left out: at 6:00 the system closes forgotten items, at 9:15 those of the applications it cancels.
WITH hours AS (SELECT unnest(generate_series(TIMESTAMP '2011-11-07', TIMESTAMP '2012-02-26 23:00', INTERVAL 1 HOUR)) AS h),
     i AS (SELECT who, act, unnest([date_trunc('hour', clock), date_trunc('hour', clock_done)]) AS h FROM items
           WHERE who = who_done AND secs <= 7200 AND clock::DATE = clock_done::DATE),
     e AS (SELECT h, count(DISTINCT who) AS people, count(DISTINCT who) FILTER (act = 'W_Valideren aanvraag') AS assessors FROM i GROUP BY 1)
SELECT (isodow(h) - 1) * 24 + hour(h) AS slot, avg(coalesce(people, 0)) AS people, avg(coalesce(assessors, 0)) AS assessors
FROM hours LEFT JOIN e USING (h) GROUP BY 1 ORDER BY 1;

-- [h2] people_per_day | sample | people per day
-- Distinct resources that begin a work item, by day, from 7 November 2011: weekdays and Saturdays.
SELECT CASE WHEN isodow(clock) <= 5 THEN 'weekday' ELSE 'saturday' END AS label, count(DISTINCT who) AS x FROM log
WHERE act LIKE 'W_%' AND step = 'START' AND who <> '112' AND clock >= TIMESTAMP '2011-11-07' AND isodow(clock) <= 6
GROUP BY 1, clock::DATE ORDER BY 1, 2;

-- [h3] busy_share | sample | share of the day
-- Of a person's day (first to last event, ten items or more, three hours or more): share covered by trimmed items, overlaps
-- counted once. Only what this log sees: a floor of utilisation, not utilisation.
WITH i AS (SELECT who, clock::DATE AS day, epoch(clock) AS a, epoch(clock_done) AS b FROM items
           WHERE who = who_done AND secs <= 7200 AND clock::DATE = clock_done::DATE AND clock >= TIMESTAMP '2011-11-07'),
     m AS (SELECT *, max(b) OVER (PARTITION BY who, day ORDER BY a, b ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS seen FROM i)
SELECT sum(greatest(b - greatest(a, coalesce(seen, a)), 0)) / (max(b) - min(a)) AS x FROM m
GROUP BY who, day HAVING count(*) >= 10 AND max(b) - min(a) >= 10800 ORDER BY x;

-- [i1] call_handling | sample | seconds
-- Anonymous bank: service time of calls that an agent took; all above 0 s, and above 10 s (short ones are likely hang-ups).
SELECT unnest(CASE WHEN served > 10 THEN ['all', 'over_10_s'] ELSE ['all'] END) AS label, served AS x FROM calls
WHERE outcome = 'AGENT' AND served > 0 AND server <> 'NO_SERVER' ORDER BY label, x;

-- [i2] phone_patience | times | seconds
-- Anonymous bank: time in queue until hanging up, being served as censoring, of calls that queued; regular calls (PS) too.
SELECT unnest(CASE WHEN type = 'PS' THEN ['all', 'regular'] ELSE ['all'] END) AS label, waited AS t, outcome = 'HANG' AS event
FROM calls WHERE waited > 0 ORDER BY label, t, event;

-- [i3] phone_shares | share | share
-- Calls that queue; of those, that hang up; of all, that hang up in the queue.
SELECT unnest(['queue', 'abandon_of_queued', 'abandon_of_all']) AS label, unnest([count(*) FILTER (waited > 0),
       count(*) FILTER (waited > 0 AND outcome = 'HANG'), count(*) FILTER (waited > 0 AND outcome = 'HANG')]) AS hits,
       unnest([count(*), count(*) FILTER (waited > 0), count(*)]) AS n FROM calls;

-- [i4] calls_by_hour | table | relative rate, mean 1 over 24 hours
-- Anonymous bank: calls by hour of the full working days (Sunday to Thursday; Israel), all and regular (PS).
SELECT h.hour, count(c.hour) * 24 / sum(count(c.hour)) OVER () AS weight, count(c.hour) FILTER (type = 'PS') * 24
       / sum(count(c.hour) FILTER (type = 'PS')) OVER () AS regular, count(c.hour) AS n
FROM (SELECT unnest(range(24)) AS hour) h LEFT JOIN (SELECT * FROM calls WHERE isodow(day) IN (7, 1, 2, 3, 4)) c ON c.hour = h.hour
GROUP BY 1 ORDER BY 1;

-- [i5] calls_per_day | sample | calls per day
-- Anonymous bank: full working days (Sunday to Thursday) and the others.
SELECT CASE WHEN isodow(day) IN (7, 1, 2, 3, 4) THEN 'full_day' ELSE 'friday_saturday' END AS label, count(*) AS x FROM calls
GROUP BY 1, day ORDER BY 1, 2;

-- [j1] approved_by_offer_calls_raw | share | share approved, of ended applications with an offer
-- By number of W_Nabellen offertes items begun. Not an effect of calling: those who answer at once need no second call.
SELECT CASE WHEN k >= 6 THEN '6+' ELSE k::VARCHAR END AS label, count(*) FILTER (outcome = 'approved') AS hits, count(*) AS n
FROM (SELECT cases.id, any_value(outcome) AS outcome, count(log.id) AS k FROM cases LEFT JOIN log
      ON log.id = cases.id AND act = 'W_Nabellen offertes' AND step = 'START' WHERE offered IS NOT NULL AND outcome <> 'open' GROUP BY 1)
GROUP BY 1 ORDER BY 1;

-- [j2] approved_by_offer_contacts | share | share approved, of ended applications with an offer
-- By number of contact attempts (setup).
SELECT CASE WHEN k >= 6 THEN '6+' ELSE k::VARCHAR END AS label, count(*) FILTER (outcome = 'approved') AS hits, count(*) AS n
FROM (SELECT cases.id, any_value(outcome) AS outcome, count(contacts.id) AS k FROM cases LEFT JOIN contacts
      ON contacts.id = cases.id AND act = 'W_Nabellen offertes' WHERE offered IS NOT NULL AND outcome <> 'open' GROUP BY 1)
GROUP BY 1 ORDER BY 1;

-- [j3] approved_by_contacts_in_10_days | share | share approved, of offers still out on day 10
-- Landmark: only attempts of the first ten days, only cases still waiting then; fair in time, still not causal.
SELECT CASE WHEN k >= 4 THEN '4+' ELSE k::VARCHAR END AS label, count(*) FILTER (outcome = 'approved') AS hits, count(*) AS n
FROM (SELECT cases.id, any_value(outcome) AS outcome, count(contacts.id) AS k FROM cases LEFT JOIN contacts
      ON contacts.id = cases.id AND act = 'W_Nabellen offertes' AND start < offered + INTERVAL 10 DAY
      WHERE offered IS NOT NULL AND coalesce(returned, stop) > offered + INTERVAL 10 DAY AND outcome <> 'open' GROUP BY 1)
GROUP BY 1 ORDER BY 1;

-- [k1] by_first_touch_wait | table | shares of applications
-- Quarters of the wait to the first touch, made within each track (b5) and hour of the week of submission, so that neither the
-- track nor night and weekend confound; what becomes of them. Still open ones left out.
WITH q AS (SELECT *, epoch(touched) - epoch(submitted) AS secs, ntile(4) OVER (PARTITION BY preaccepted, isodow(clock), hour(clock)
                  ORDER BY epoch(touched) - epoch(submitted), id) AS quarter
           FROM cases WHERE touched IS NOT NULL AND decliner IS DISTINCT FROM '112' AND outcome <> 'open')
SELECT CASE WHEN preaccepted THEN 'preaccepted' ELSE 'to_a_person' END AS track, quarter, count(*) AS n,
       median(secs) / 3600 AS median_hours, avg((offered IS NOT NULL)::INT) AS offered, avg((outcome = 'approved')::INT) AS approved,
       avg((outcome = 'cancelled')::INT) AS cancelled, avg((outcome = 'declined')::INT) AS declined
FROM q GROUP BY 1, 2 ORDER BY 1, 2;

-- [k2] by_offer_wait | table | shares of applications with an offer
-- Quarters of submission to first offer (bank's time, and the customer's in being reached): outcome; open cases left out.
WITH q AS (SELECT *, epoch(offered) - epoch(submitted) AS secs, ntile(4) OVER (ORDER BY epoch(offered) - epoch(submitted), id) AS quarter
           FROM cases WHERE offered IS NOT NULL AND outcome <> 'open')
SELECT quarter, count(*) AS n, median(secs) / 86400 AS median_days, avg((returned IS NOT NULL)::INT) AS returned,
       avg((outcome = 'approved')::INT) AS approved, avg((outcome = 'cancelled')::INT) AS cancelled,
       avg((outcome = 'declined')::INT) AS declined
FROM q GROUP BY 1 ORDER BY 1;

-- [k3] by_assessment_wait | table | shares of returned offers
-- Quarters of offer back to the first assessment begun (the bank's time alone): outcome; open cases left out.
WITH t AS (SELECT cases.id, any_value(outcome) AS outcome, epoch(min(start)) - epoch(any_value(returned)) AS secs
           FROM cases JOIN items USING (id) WHERE act = 'W_Valideren aanvraag' AND start >= returned AND outcome <> 'open' GROUP BY 1),
     q AS (SELECT *, ntile(4) OVER (ORDER BY secs, id) AS quarter FROM t)
SELECT quarter, count(*) AS n, median(secs) / 86400 AS median_days, avg((outcome = 'approved')::INT) AS approved,
       avg((outcome = 'cancelled')::INT) AS cancelled, avg((outcome = 'declined')::INT) AS declined
FROM q GROUP BY 1 ORDER BY 1;

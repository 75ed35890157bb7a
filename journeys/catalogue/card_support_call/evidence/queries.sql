-- Evidence for the card-support-call journey: every figure of figures.toml has its query here.
-- DuckDB, through loan_application/evidence/derive.py, which says what the kinds of queries are.

-- [setup]
CREATE TABLE calls AS
SELECT type, outcome, day, CAST(split_part(vru_entry, ':', 1) AS INT) AS hour, epoch(CAST(vru_entry AS TIME)) AS began,
       CAST(vru_time AS INT) AS menu, CAST(q_time AS INT) AS waited, CAST(ser_time AS INT) AS served, server,
       CASE WHEN customer_id <> '0' THEN customer_id END AS who, isodow(day) IN (7, 1, 2, 3, 4) AS full_day
FROM (SELECT *, CAST(strptime('19' || date, '%Y%m%d') AS DATE) AS day
      FROM read_csv(getvariable('folder') || '/anonymous-bank-january-1999/january_1999.txt.gz', all_varchar = true, delim = '\t'))
WHERE outcome <> 'PHANTOM';

-- [l1] calls_per_day | sample | calls per day
-- Calls between 7:00 and midnight on full working days (Sunday to Thursday; Israel), all types.
SELECT count(*) AS x FROM calls WHERE full_day AND hour >= 7 GROUP BY day ORDER BY day;

-- [l2] calls_by_hour | table | relative rate
-- Calls a full working day, by hour; none counted before 7:00.
SELECT hour, count(c.day) / (SELECT count(DISTINCT day) FROM calls WHERE full_day) AS per_day
FROM (SELECT unnest(range(24)) AS hour) h LEFT JOIN (SELECT * FROM calls WHERE full_day AND hour >= 7) c USING (hour)
GROUP BY hour ORDER BY hour;

-- [l3] handling | sample | seconds
-- Service time of calls that an agent took, above 10 s (shorter ones are likely hang-ups).
SELECT served AS x FROM calls WHERE outcome = 'AGENT' AND served > 10;

-- [l4] menu | sample | seconds
-- Time in the voice response unit of calls that joined the queue or reached an agent.
SELECT menu AS x FROM calls WHERE menu > 0 AND (outcome = 'AGENT' OR waited > 0);

-- [l5] patience | times | seconds
-- Time in the queue until hanging up; being served is censoring; of calls that queued.
SELECT waited AS t, outcome = 'HANG' AS event FROM calls WHERE waited > 0 ORDER BY t, event;

-- [l6] in_the_queue | share | share
-- Full working days from 7:00: calls that waited at all; of these, those that hung up; of all that reached the queue or an agent, those served within 20 s.
SELECT unnest(['waited', 'hung_up_of_waited', 'within_20_s']) AS label,
       unnest([count(*) FILTER (waited > 0), count(*) FILTER (waited > 0 AND outcome = 'HANG'), count(*) FILTER (outcome = 'AGENT' AND waited <= 20)]) AS hits,
       unnest([count(*), count(*) FILTER (waited > 0), count(*) FILTER (outcome = 'AGENT' OR waited > 0)]) AS n
FROM calls WHERE full_day AND hour >= 7;

-- [l7] wait | sample | seconds
-- Time in the queue of calls that an agent took, full working days from 7:00; 0 for those taken at once.
SELECT waited AS x FROM calls WHERE outcome = 'AGENT' AND full_day AND hour >= 7;

-- [l8] calls_again | share | share
-- Of calls of known customers that hung up in the queue: those followed by another call of the same customer on the same day.
SELECT count(*) FILTER (again) AS hits, count(*) AS n
FROM (SELECT outcome, waited, lead(began) OVER (PARTITION BY who, day ORDER BY began) IS NOT NULL AS again FROM calls WHERE who IS NOT NULL)
WHERE outcome = 'HANG' AND waited > 0;

-- [l9] until_calling_again | sample | seconds
-- Of these, the time from hanging up to the next call.
SELECT again - began - menu - waited AS x
FROM (SELECT *, lead(began) OVER (PARTITION BY who, day ORDER BY began) AS again FROM calls WHERE who IS NOT NULL)
WHERE outcome = 'HANG' AND waited > 0 AND again - began - menu - waited > 0;

-- [l10] agents_at_work | table | agents
-- Agents who took a call in the hour, a full working day (a ceiling: few are there for the whole hour), and the hours that they spent on calls.
SELECT hour, sum(agents) / count(*) AS took_calls, sum(spent) / count(*) AS busy
FROM (SELECT day, hour, count(DISTINCT server) AS agents, sum(served) / 3600.0 AS spent FROM calls
      WHERE full_day AND hour >= 7 AND outcome = 'AGENT' GROUP BY ALL) GROUP BY hour ORDER BY hour;

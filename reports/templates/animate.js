"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const space = "http://www.w3.org/2000/svg", still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const play = document.getElementById("play"), scrub = document.getElementById("scrub");
  const clock = document.getElementById("clock"), speed = document.getElementById("speed");
  const inside = document.querySelector(".clock-in");
  const FADE = 900, RING = 700, DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
  let now = 0, running = false, before = 0;

  const made = (parent, name) => parent.appendChild(document.createElementNS(space, name));
  const panels = [...document.querySelectorAll(".panel")].map((group, index) => {
    const own = data.panels[index], at = group.querySelector(".dots");
    const dots = own.dots.map(([fate, saved, path, begins]) => {
      const circle = made(at, "circle");
      circle.setAttribute("class", `f${fate}${saved ? " saved" : ""}`);
      circle.setAttribute("r", 2.5);
      return {path, begins, circle, x: NaN, y: NaN, shown: null, calls: []};
    });
    own.calls.forEach(([dot, begin]) => dots[dot].calls.push(begin));
    const rings = Array.from({length: 24}, () => { const ring = made(at, "circle"); ring.setAttribute("class", "call"); ring.style.display = "none"; return ring; });
    const found = (selector, key) => [...group.querySelectorAll(`[data-${key}]`)].map(one => [one, one.dataset[key]]);
    return {own, dots, rings, steps: [...group.querySelectorAll(".step")], count: found("", "count"), fill: found("", "fill"), share: found("", "share")};
  });

  // which of a dot's places it is at: the last that has begun, -1 before the first
  const placeOf = dot => {
    let low = 0, high = dot.begins.length;
    while (low < high) { const middle = (low + high) >> 1; if (dot.begins[middle] <= now) low = middle + 1; else high = middle; }
    return low - 1;
  };
  const slot = (step, inside, place) => {
    if (inside && step.people) {
      const room = Math.max(1, Math.floor((step.w - 10) / data.dot));
      return [step.x + 7 + (place % room) * data.dot, step.y + step.h - 6 - Math.floor(place / room) % 2 * data.dot];
    }
    return [step.x + 3 + (place % step.columns) * step.gap, step.pile + Math.floor(place / step.columns) * step.gap];
  };

  function drawn(panel, ease) {
    const {own, dots} = panel, taken = new Map(), waiting = [];
    let rings = 0;
    for (const dot of dots) {
      const at = placeOf(dot), place = at < 0 ? null : dot.path[at], since = at < 0 ? 0 : now - dot.begins[at];
      if (place === null || (place < 0 && since > FADE)) { hide(dot); continue; }
      waiting.push([dot.begins[at], dot, place, since, at]);
    }
    waiting.sort((one, other) => one[0] - other[0]);
    for (const [, dot, place, since, at] of waiting) {
      let x, y, seen = 1;
      if (place >= 0) {
        const step = own.steps[place >> 1], key = step.people ? place : place | 1, order = taken.get(key) || 0;
        taken.set(key, order + 1);
        [x, y] = slot(step, place & 1, order);
      } else {
        seen = 1 - since / FADE;
        if (place === -3) {
          const last = at > 0 ? own.steps[dot.path[at - 1] >> 1] : own.steps[0];
          x = last ? last.x + last.w / 2 : 100; y = own.foot + 12;
        } else { x = data.right + 28; y = place === -1 ? 100 : 166; }
      }
      if (Number.isNaN(dot.x)) { const first = place >= 0 && at === 0; dot.x = first ? 60 : x; dot.y = first ? y - 20 : y; }
      const part = place === -3 ? Math.max(ease, since / FADE) * (ease < 1 ? 0.5 : 1) : ease;
      dot.x += (x - dot.x) * part; dot.y += (y - dot.y) * part;
      dot.circle.setAttribute("cx", dot.x.toFixed(1)); dot.circle.setAttribute("cy", dot.y.toFixed(1));
      if (dot.shown !== seen) { dot.circle.style.display = ""; dot.circle.style.opacity = seen.toFixed(2); dot.shown = seen; }
      for (const begin of dot.calls) {
        const age = now - begin;
        if (age >= 0 && age < RING && rings < panel.rings.length) {
          const ring = panel.rings[rings++];
          ring.style.display = ""; ring.style.opacity = (1 - age / RING).toFixed(2);
          ring.setAttribute("cx", dot.x.toFixed(1)); ring.setAttribute("cy", dot.y.toFixed(1)); ring.setAttribute("r", (3 + 11 * age / RING).toFixed(1));
        }
      }
    }
    for (; rings < panel.rings.length; rings++) panel.rings[rings].style.display = "none";
  }
  function hide(dot) {
    if (dot.shown !== 0) { dot.circle.style.display = "none"; dot.shown = 0; }
    dot.x = dot.y = NaN;
  }

  function counted(panel) {
    const {own} = panel, sample = Math.min(data.samples, Math.floor(now / data.plays * data.samples));
    const ended = ["completed", "denied", "dropped"].reduce((sum, name) => sum + own.counts[name][sample], 0);
    for (const [one, name] of panel.count) said(one, own.counts[name][sample].toLocaleString("en"));
    for (const [one, name] of panel.fill) one.setAttribute("width", ended ? (150 * own.counts[name][sample] / ended).toFixed(1) : 0);
    for (const [one, name] of panel.share) said(one, ended ? `${Math.round(100 * own.counts[name][sample] / ended)}%` : "");
    panel.steps.forEach((step, index) => {
      const queue = own.queues[index][sample], lost = own.lost[index][sample];
      said(step.querySelector(".queue"), queue > 0 ? `${queue.toLocaleString("en")} waiting` : "");
      said(step.querySelector(".gone"), lost > 0 ? lost.toLocaleString("en") : "");
    });
  }
  function said(one, text) { if (one.textContent !== text) one.textContent = text; }

  function told() {
    const at = data.from + (data.until - data.from) * now / data.plays, whole = Math.floor(at);
    const two = value => String(value).padStart(2, "0"), seconds = ((whole % 86400) + 86400) % 86400, day = Math.floor(at / 86400);
    const time = `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}`;
    const text = data.days ? `Day ${day + 1}, ${DAYS[((day % 7) + 7) % 7]} ${two(Math.floor(seconds / 3600))}:00` : `${time}:${two(seconds % 60)}`;
    said(clock, text);
    if (inside) said(inside, text);
    scrub.setAttribute("aria-valuetext", text);
  }
  function frame(ease) { for (const panel of panels) { drawn(panel, ease); counted(panel); } told(); }

  function tick(at) {
    if (!running) return;
    const passed = Math.max(0, Math.min(100, at - before)); before = at;
    now = Math.min(data.plays, now + passed * Number(speed.value));
    scrub.value = now;
    frame(still ? 1 : 1 - Math.exp(-passed * Math.max(1, Number(speed.value)) / 90));
    if (now >= data.plays) return stop();
    requestAnimationFrame(tick);
  }
  function start() { if (now >= data.plays) now = 0; running = true; before = performance.now(); play.textContent = "Pause"; play.setAttribute("aria-pressed", "true"); requestAnimationFrame(tick); }
  function stop() { running = false; play.textContent = "Play"; play.setAttribute("aria-pressed", "false"); }
  function seek(to) { now = Math.max(0, Math.min(data.plays, to)); scrub.value = now; frame(1); }

  play.addEventListener("click", () => running ? stop() : start());
  scrub.addEventListener("input", () => seek(Number(scrub.value)));
  document.addEventListener("keydown", event => {
    if (event.target.matches("input, select, button, summary")) return;
    if (event.key === " ") { event.preventDefault(); running ? stop() : start(); }
    if (event.key === "ArrowRight" || event.key === "ArrowLeft") seek(now + (event.key === "ArrowRight" ? 1000 : -1000));
  });
  document.getElementById("controls").hidden = false;
  // a picture at a time, for who makes a film of it: frames follow each other as they do when it plays
  window.journeywright = {
    plays: data.plays, seek,
    advance(by) { now = Math.min(data.plays, now + by); scrub.value = now; frame(1 - Math.exp(-by / 90)); },
  };
  seek(still ? data.plays : 0);
  if (!still) start();
})();

"use strict";
// Adds to a page that is whole without it: tables that sort and are searched, commands that are copied, parts unfolded.
(() => {
  const made = (tag, words, more = {}) => Object.assign(document.createElement(tag), {textContent: words}, more);
  const told = made("p", "", {className: "told"});
  told.setAttribute("role", "status");
  document.body.append(told);

  const units = {ms: .001, s: 1, min: 60, h: 3600, d: 86400, "%": 1};
  function worth(cell) {
    const first = cell.firstChild && cell.firstChild.nodeType === 3 ? cell.firstChild.textContent : cell.textContent;
    const found = first.trim().replace("−", "-").match(/^(?:[A-Z]{3} )?([-+]?[\d,]*\.?\d+)\s*(ms|min|s|h|d|%)?/);
    return found ? Number(found[1].replaceAll(",", "")) * (units[found[2]] || 1) : null;
  }
  function sort(table, place, button) {
    const body = table.tBodies[0], up = button.parentNode.getAttribute("aria-sort") !== "ascending";
    const keyed = [...body.rows].map((row, at) => ({row, at, value: worth(row.cells[place]), words: row.cells[place].textContent}));
    const numbers = keyed.some(one => one.value !== null) && place > 0;
    keyed.sort((a, b) => numbers && (a.value === null || b.value === null) ? (a.value === null) - (b.value === null)
      : (up ? 1 : -1) * (numbers ? a.value - b.value : a.words.localeCompare(b.words)) || a.at - b.at);
    body.append(...keyed.map(one => one.row));
    table.tHead.querySelectorAll("th").forEach(head => head.removeAttribute("aria-sort"));
    button.parentNode.setAttribute("aria-sort", up ? "ascending" : "descending");
    told.textContent = `Sorted by ${button.textContent}, ${up ? "lowest" : "highest"} first`;
  }
  function search(table, box) {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of table.tBodies[0].rows) {
      const text = row.textContent.toLowerCase();
      row.hidden = !words.every(word => text.includes(word));
      shown += !row.hidden;
    }
    told.textContent = `${shown} of ${table.tBodies[0].rows.length} rows`;
  }
  for (const table of document.querySelectorAll("main table")) {
    const rows = table.tBodies.length === 1 && table.tHead ? table.tBodies[0].rows.length : 0;
    if (rows < 4 || table.querySelector("tr.group, [colspan]")) continue;
    [...table.tHead.rows[0].cells].forEach((head, place) => {
      const button = made("button", "", {type: "button", className: "sort"});
      button.append(...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => sort(table, place, button));
    });
    if (rows < 12) continue;
    const label = made("label", "Search these rows ", {className: "search"}), box = made("input", "", {type: "search"});
    label.append(box);
    box.addEventListener("input", () => search(table, box));
    (table.closest(".scroll") || table).before(label);
  }
  for (const command of document.querySelectorAll("pre")) {
    const button = made("button", "Copy", {type: "button", className: "copy"});
    button.setAttribute("aria-label", `Copy the command ${command.textContent.slice(0, 60)}`);
    button.addEventListener("click", async () => {
      try { await navigator.clipboard.writeText(command.textContent.trim()); } catch {
        const range = document.createRange();
        range.selectNodeContents(command);
        getSelection().removeAllRanges();
        getSelection().addRange(range);
        document.execCommand("copy");
      }
      button.textContent = told.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    });
    command.before(button);
  }
  const parts = [...document.querySelectorAll("main details")], contents = document.querySelector("nav ul");
  if (parts.length > 1 && contents) {
    const all = made("button", "Unfold everything", {type: "button", className: "unfold"}), item = made("li", "");
    all.addEventListener("click", () => {
      const open = parts.some(part => !part.open);
      parts.forEach(part => { part.open = open; });
      all.textContent = open ? "Fold everything" : "Unfold everything";
    });
    item.append(all);
    contents.append(item);
  }
  // what is folded is on paper, too
  const folded = [];
  addEventListener("beforeprint", () => parts.filter(part => !part.open).forEach(part => { part.open = true; folded.push(part); }));
  addEventListener("afterprint", () => { folded.splice(0).forEach(part => { part.open = false; }); });
  // the place where one reads is marked in the contents
  const links = new Map([...document.querySelectorAll("nav a")].map(link => [link.hash.slice(1), link]));
  const seen = new IntersectionObserver(found => found.filter(one => one.isIntersecting).forEach(one => {
    links.forEach(link => link.removeAttribute("aria-current"));
    const link = links.get(one.target.id);
    if (!link) return;
    link.setAttribute("aria-current", "true");
    contents.scrollLeft = link.offsetLeft - contents.offsetLeft - 40;
  }), {rootMargin: "-25% 0px -70% 0px"});
  document.querySelectorAll("main > section").forEach(section => seen.observe(section));
})();

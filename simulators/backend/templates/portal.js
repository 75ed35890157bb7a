(() => {
  "use strict";
  const main = document.querySelector("main");
  const pause = (ms) => new Promise((wake) => setTimeout(wake, ms));

  // a waiting page asks until something concerns it, and then loads itself anew
  const watch = async ({ case: id, step, acts, version, poll }) => {
    for (;;) {
      try {
        const answer = await fetch(`/api/cases/${id}?wait_ms=${poll}&since=${version}`);
        if (answer.ok) {
          const now = await answer.json();
          if (String(now.version) !== version || now.step !== step || String(now.acts) !== acts) {
            location.reload();
            return;
          }
        } else {
          await pause(2000);
        }
      } catch {
        await pause(2000);
      }
    }
  };

  // the operations page is taken over by its own newer self
  const refresh = async (every) => {
    for (;;) {
      await pause(every);
      try {
        const text = await (await fetch(location.href)).text();
        main.innerHTML = new DOMParser().parseFromString(text, "text/html").querySelector("main").innerHTML;
      } catch {
        // not reachable just now: what was last known stays
      }
    }
  };

  // a phone's keys type into the field that was chosen last; without this script they stay hidden
  const keypad = document.getElementById("keypad");
  if (keypad) {
    const fields = document.querySelectorAll(".keyed input");
    let chosen = fields[0];
    const choose = (field) => {
      chosen.closest(".keyed").classList.remove("chosen");
      chosen = field;
      chosen.closest(".keyed").classList.add("chosen");
    };
    for (const field of fields) field.addEventListener("focus", () => choose(field));
    choose(chosen);
    keypad.hidden = false;
    keypad.addEventListener("click", (event) => {
      const key = event.target.closest("button");
      if (!key) return;
      chosen.value = key.dataset.key ? chosen.value + key.dataset.key : "";
      chosen.dispatchEvent(new Event("input", { bubbles: true }));
    });
  }

  document.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button) button.setAttribute("aria-busy", "true");
  });
  const alert = document.getElementById("alert");
  if (alert) { alert.tabIndex = -1; alert.focus(); }
  if (main.dataset.poll) watch(main.dataset);
  if (main.dataset.refresh) refresh(Number(main.dataset.refresh));
})();

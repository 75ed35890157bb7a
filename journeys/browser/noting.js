// Notes what a person does on a page, by role and accessible name. Runs in every document before its own scripts.
// What is typed into a secret field never leaves the page.
(() => {
  "use strict";
  const send = window.__journeywrightNote;
  if (!send) return;
  const clean = (text) => (text || "").replace(/\s+/g, " ").trim();
  const SECRET = /pass ?(word|code|phrase)|\bpin\b|card number|\bcv[vc2]?\b|\bcsc\b|security code|\biban\b|one.time|secret/i;
  const SECRET_FILL = /password|one-time-code|^cc-(number|csc)$/;

  const textOf = (ids) => clean(ids.split(/\s+/).map((id) => (document.getElementById(id) || {}).textContent).join(" "));
  const own = (element) => {
    const copy = element.cloneNode(true);
    copy.querySelectorAll("input, select, textarea, script, style").forEach((inner) => inner.remove());
    for (const image of copy.querySelectorAll("img[alt]")) image.replaceWith(image.alt);
    return clean(copy.textContent);
  };
  // the accessible name, in the order of the standard as far as forms, buttons and links need it
  const nameOf = (element) => {
    const by = element.getAttribute("aria-labelledby");
    if (by && textOf(by)) return textOf(by);
    if (clean(element.getAttribute("aria-label"))) return clean(element.getAttribute("aria-label"));
    if (element.labels && element.labels.length) return clean([...element.labels].map(own).join(" "));
    if (element.tagName === "FIELDSET") {
      const legend = element.querySelector("legend");
      if (legend) return clean(legend.textContent);
    }
    if (element.tagName === "INPUT" && /^(submit|button|reset|image)$/.test(element.type)) {
      return clean(element.value || element.alt || { submit: "Submit", reset: "Reset" }[element.type]);
    }
    if (!/^(INPUT|SELECT|TEXTAREA)$/.test(element.tagName) && own(element)) return own(element);
    return clean(element.getAttribute("title") || element.getAttribute("placeholder"));
  };
  const roleOf = (element) => {
    const said = element.getAttribute("role");
    if (said) return said;
    if (element.tagName === "A" || element.tagName === "AREA") return element.hasAttribute("href") ? "link" : "";
    if (element.tagName === "BUTTON" || element.tagName === "SUMMARY") return "button";
    if (element.tagName === "INPUT" && /^(submit|button|reset|image)$/.test(element.type)) return "button";
    return "";
  };
  const heading = () => {
    for (const found of document.querySelectorAll("h1, [role=heading][aria-level='1'], h2")) {
      if (found.checkVisibility && found.checkVisibility() && clean(found.innerText)) return clean(found.innerText);
    }
    return "";
  };
  const place = () => ({
    at_ms: now(), url: location.href, document_ms: performance.timeOrigin,
    heading: heading(), title: clean(document.title), framed: window !== window.top,
  });
  const note = (kind, more) => send({ kind, ...place(), ...more });

  const fieldOf = (element) => ({
    label: nameOf(element), name: element.name || "", type: element.type || element.tagName.toLowerCase(), required: !!element.required,
    autocomplete: element.getAttribute("autocomplete") || "", low: element.min || "", high: element.max || "",
    secret: element.type === "password" || SECRET_FILL.test(element.getAttribute("autocomplete") || "")
      || SECRET.test(nameOf(element)),
  });
  const groupOf = (radio) => {
    const group = radio.closest("fieldset, [role=radiogroup], [role=group]");
    return group ? nameOf(group) : "";
  };
  // of several that are called alike, the text that tells the part of the page with this one from the others'
  const among = (pressed) => {
    const [role, name] = [roleOf(pressed), nameOf(pressed)];
    const alike = [...document.querySelectorAll("button, summary, a[href], input, [role]")]
      .filter((other) => roleOf(other) === role && nameOf(other) === name);
    if (alike.length < 2) return { alike: alike.length };
    let part = pressed;
    while (part.parentElement && alike.filter((other) => part.parentElement.contains(other)).length < 2) {
      part = part.parentElement;
    }
    const texts = [...part.querySelectorAll("h1, h2, h3, h4, h5, h6, [role=heading], a, strong, th, td, p, span")]
      .map((found) => clean(found.textContent)).concat(clean(own(part).replace(name, "")));
    const others = alike.filter((other) => other !== pressed).map((other) => {
      let theirs = other;
      while (theirs.parentElement && !theirs.parentElement.contains(pressed)) theirs = theirs.parentElement;
      return clean(theirs.textContent);
    });
    const tells = (text) => text && text !== name && text.length < 80 && !others.some((other) => other.includes(text));
    return { alike: alike.length, within: texts.find(tells) || "" };
  };
  const source = (event) => event.composedPath()[0];

  const inputs = new Map(); // when a field was typed into last: that it changed is told only when it is left
  const now = () => performance.timeOrigin + performance.now();
  const typedAt = (element) => (inputs.has(element) ? { at_ms: inputs.get(element) } : {});
  document.addEventListener("input", (event) => inputs.set(source(event), now()), true);

  const filled = new Map(); // a field's last value, so that leaving it unchanged is no second note
  const changed = (element) => {
    if (!(element instanceof Element)) return;
    if (element.tagName === "SELECT") {
      const options = [...element.options].filter((option) => !option.disabled && option.value !== "");
      note("choose", { ...fieldOf(element), value: clean((element.selectedOptions[0] || {}).label),
        choices: options.map((option) => clean(option.label)) });
    } else if (element.tagName === "TEXTAREA" || element.isContentEditable || element.tagName === "INPUT") {
      const field = fieldOf(element);
      if (field.type === "checkbox") note(element.checked ? "check" : "uncheck", field);
      else if (field.type === "radio") {
        const others = document.getElementsByName(element.name);
        note("choose", { ...field, label: groupOf(element), value: nameOf(element),
          choices: [...others].filter((other) => other.type === "radio").map(nameOf) });
      } else if (field.type === "file") {
        note("attach", { ...field, value: element.files.length ? element.files[0].name : "" });
      } else if (!/^(submit|button|reset|image|hidden)$/.test(field.type) && filled.get(element) !== element.value) {
        filled.set(element, element.value);
        note("fill", { ...field, value: field.secret ? "" : element.value, ...typedAt(element) });
      }
    }
  };
  document.addEventListener("change", (event) => changed(source(event)), true);

  document.addEventListener("click", (event) => {
    const path = event.composedPath().filter((one) => one instanceof Element);
    const pressed = path.find((one) => roleOf(one));
    // what is being typed when a button is pressed by the keyboard has not changed yet
    if (document.activeElement && document.activeElement !== path[0]) changed(typed(document.activeElement));
    if (pressed) note("press", { role: roleOf(pressed), label: nameOf(pressed), ...among(pressed) });
    else if (path[0] && !path.some((one) => /^(LABEL|INPUT|SELECT|TEXTAREA|OPTION|FIELDSET)$/.test(one.tagName))
        && getComputedStyle(path[0]).cursor === "pointer") note("press", { role: "", label: own(path[0]) });
  }, true);
  const typed = (element) => /^(INPUT|TEXTAREA)$/.test(element.tagName)
    && !/^(checkbox|radio|file)$/.test(element.type) && element.value !== element.defaultValue ? element : null;

  document.addEventListener("keydown", (event) => {
    const element = source(event);
    if (event.key === "Enter" && element.tagName === "INPUT") {
      changed(typed(element));
      // a form with a button presses it by itself, which is noted as a click
      const form = element.form;
      if (!form || !form.querySelector("button:not([type=button]):not([type=reset]), input[type=submit], input[type=image]")) {
        note("key", { label: nameOf(element), value: "Enter" });
      }
    }
  }, true);

  if (window !== window.top) return;
  const here = () => note("page", {});
  document.addEventListener("DOMContentLoaded", here);
  addEventListener("load", () => { here(); setTimeout(here, 300); setTimeout(here, 1500); });
  let path = location.pathname; // a page that a script changes in place is another one all the same
  setInterval(() => {
    if (location.pathname !== path) {
      path = location.pathname;
      here();
      setTimeout(here, 1000);
    }
  }, 200);
})();

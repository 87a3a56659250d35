"use strict";
// Leafs through the errors that the page holds as JSON. What is shown follows from the part of the address after #.
(() => {
  const AT_ONCE = 50; // sentences of a page
  const LONG = 80; // tokens of a sentence that is shown as a whole; of a longer one what stands near its errors
  const NEAR = 15;
  const report = JSON.parse(document.getElementById("report").textContent);
  const cases = report.layers.flatMap((layer) => layer.cases.map((one) => ({ ...one, layer: layer.name })));
  const form = document.querySelector("form");
  const list = document.getElementById("cases");
  const [previous, next] = document.querySelectorAll(".leaf button");
  const said = document.querySelector(".leaf output");
  const USUAL = { layer: "", kind: "", gold: "", predicted: "", least: "0", most: "1", text: "", order: "", page: "1" };
  let state = { ...USUAL };

  const element = (name, className, ...children) => {
    const made = document.createElement(name);
    if (className) made.className = className;
    made.append(...children);
    return made;
  };

  const controls = (text) =>
    text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, (c) => "\\x" + c.charCodeAt(0).toString(16).padStart(2, "0"));
  const TURNS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/; // characters that turn the direction of what follows
  const FIRST = /[\p{L}]/u;
  const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
  const direction = (tokens) => (RIGHT_TO_LEFT.test((tokens.join(" ").match(FIRST) || [""])[0]) ? "rtl" : "ltr");

  const isolated = (tokens, dir) => {
    const run = element("bdi");
    run.dir = dir;
    tokens.forEach((token, n) => {
      if (n) run.append(" ");
      run.append(TURNS.test(token) ? element("bdi", "", controls(token)) : controls(token));
    });
    return run;
  };

  const keeps = (one, mistakes) => {
    if (one.tokens.length <= LONG) return null;
    const kept = new Set();
    for (const [, gold, predicted] of mistakes) {
      for (const span of [one.gold[gold], one.predicted[predicted]]) {
        if (!span) continue;
        for (let n = span[0] - NEAR; n < Math.max(span[1], 1) + NEAR; n++) kept.add(n);
      }
    }
    return kept;
  };

  const side = (one, name, wrong, kept, dir) => {
    const line = element("p");
    line.dir = dir;
    let cut = false;
    const between = (start, end) => {
      let run = [];
      const flush = () => {
        if (run.length) line.append(isolated(run, dir), " ");
        run = [];
      };
      for (let n = start; n < end; n++) {
        if (!kept || kept.has(n)) {
          run.push(one.tokens[n]);
          cut = false;
        } else if (!cut) {
          flush();
          line.append(element("span", "cut", "… "));
          cut = true;
        }
      }
      flush();
    };
    let place = 0;
    one[name].forEach((span, number) => {
      const [start, end, label, sure] = span;
      between(place, start);
      place = Math.max(place, end);
      const isWrong = wrong.has(number);
      if (kept && !isWrong && end && !kept.has(start)) return between(start, end);
      const mark = element("mark", isWrong ? "wrong" : "");
      if (end) mark.append(isolated(one.tokens.slice(start, end), dir));
      mark.append(element("b", "", element("bdi", "", controls(label))));
      if (sure !== null && sure !== undefined) mark.append(element("small", "", sure.toFixed(2)));
      line.append(mark, " ");
    });
    between(place, one.tokens.length);
    const beside = element("div", "side " + name, element("span", "", name), line);
    return beside;
  };

  const fits = (one, [kind, g, p]) => {
    const gold = one.gold[g];
    const predicted = one.predicted[p];
    if (state.kind && kind !== state.kind) return false;
    if (state.gold && (!gold || gold[2] !== state.gold)) return false;
    if (state.predicted && (!predicted || predicted[2] !== state.predicted)) return false;
    const [least, most] = [Number(state.least || 0), Number(state.most || 1)];
    if (least > 0 || most < 1) {
      if (!predicted || predicted[3] === null) return false;
      if (predicted[3] < least || predicted[3] > most) return false;
    }
    return true;
  };

  const surest = (one, mistakes) => Math.max(0, ...mistakes.map(([, , p]) => (one.predicted[p] || [])[3] || 0));

  const chosen = () => {
    const text = state.text.toLowerCase();
    const found = [];
    for (const one of cases) {
      if (state.layer && one.layer !== state.layer) continue;
      if (text && !`${one.tokens.join(" ")} ${one.place}`.toLowerCase().includes(text)) continue;
      const mistakes = one.mistakes.filter((mistake) => fits(one, mistake));
      if (mistakes.length) found.push([one, mistakes]);
    }
    if (state.order) {
      const sign = state.order === "sure" ? -1 : 1;
      const keyed = found.map((pair) => [surest(...pair), pair]);
      return keyed.sort((a, b) => sign * (a[0] - b[0])).map((pair) => pair[1]);
    }
    return found;
  };

  const card = ([one, mistakes]) => {
    const dir = direction(one.tokens);
    const kept = keeps(one, mistakes);
    const head = element("header", "", element("span", "soft", controls(one.place)));
    if (report.layers.length > 1) head.append(element("span", "soft", one.layer));
    for (const mistake of one.mistakes) {
      const [kind, g, p] = mistake;
      const labels = [one.gold[g], one.predicted[p]].filter(Boolean).map((span) => controls(span[2]));
      if (labels[0] === labels[1]) labels.pop();
      const chip = element("span", mistakes.includes(mistake) ? "kind" : "kind other", kind + ": ");
      labels.forEach((label, n) => chip.append(n ? " → " : "", element("bdi", "", label)));
      head.append(chip);
    }
    const of = (place) => new Set(mistakes.map((mistake) => mistake[place]).filter((n) => n !== null));
    return element("li", "case", head, side(one, "gold", of(1), kept, dir), side(one, "predicted", of(2), kept, dir));
  };

  const number = (n, noun) => `${n.toLocaleString("en")} ${noun}${n === 1 ? "" : "s"}`;

  const show = () => {
    const found = chosen();
    const pages = Math.max(1, Math.ceil(found.length / AT_ONCE));
    const page = Math.min(Math.max(1, Math.floor(Number(state.page)) || 1), pages);
    state.page = String(page);
    const errors = found.reduce((sum, [, mistakes]) => sum + mistakes.length, 0);
    const sheet = pages > 1 ? `, page ${page} of ${pages.toLocaleString("en")}` : "";
    said.textContent = `${number(errors, "error")} in ${number(found.length, "sentence")}${sheet}`;
    previous.disabled = page === 1;
    next.disabled = page === pages;
    list.replaceChildren(...found.slice((page - 1) * AT_ONCE, page * AT_ONCE).map(card));
    for (const [name, value] of Object.entries(state)) {
      const control = form.elements[name];
      if (control && control !== document.activeElement) control.value = value; // not while it is typed into
    }
  };

  const address = () => {
    const changed = Object.entries(state).filter(([name, value]) => value !== USUAL[name]);
    return "#" + (new URLSearchParams(changed).toString() || "errors=all");
  };

  const read = () => {
    const hash = location.hash.slice(1);
    if (!hash.includes("=")) return false; // an anchor
    const given = Object.fromEntries(new URLSearchParams(hash));
    state = { ...USUAL };
    for (const name of Object.keys(USUAL)) if (name in given) state[name] = given[name];
    return true;
  };

  const turn = (by) => {
    state.page = String(Number(state.page) + by);
    history.replaceState(null, "", address());
    show();
    document.getElementById("errors").scrollIntoView();
  };

  form.addEventListener("input", () => {
    for (const name of Object.keys(USUAL)) if (form.elements[name]) state[name] = form.elements[name].value;
    state.page = "1";
    history.replaceState(null, "", address());
    show();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", (event) => {
    event.preventDefault();
    state = { ...USUAL };
    history.replaceState(null, "", address());
    show();
  });
  previous.addEventListener("click", () => turn(-1));
  next.addEventListener("click", () => turn(1));
  addEventListener("hashchange", () => {
    if (!read()) return;
    show();
    document.getElementById("errors").scrollIntoView();
  });
  document.getElementById("browser").hidden = false;
  const asked = read();
  show();
  if (asked) document.getElementById("errors").scrollIntoView();
})();

// The table of cases: filter, sort, turn pages, open one. What is chosen stands in the address, to be linked.

function startCases() {
  const place = document.getElementById("table");
  if (!place) return;
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const { strings, metrics, units, groups, rows } = read("data-table");
  const PAGE = 50;

  // --- what each row is ---------------------------------------------------------------------------

  // Sign, words and tone of a row; the order is that of "worst first". New cases have no state before.
  const KINDS = [["✗", "newly failing", "bad"], ["!", "error", "warn"], ["✗", "still failing", "bad"], ["✗", "new, failing", "bad"],
    ["✓", "newly passing", "good"], ["✓", "new, passing", ""], ["✓", "passing", ""], ["–", "skipped", "muted"],
    ["✗", "failing", "bad"], ["–", "undecided", "muted"]];

  function kindOf(state, before, gate) {
    if (gate && state !== 2) return state === 0 ? 6 : state === 1 ? 8 : 9;
    if (state === 1) return before === -1 || before === 3 ? 3 : before === 0 ? 0 : 2;
    if (state === 0) return before === -1 || before === 3 ? 5 : before === 0 ? 6 : 4;
    return state === 2 ? 1 : 7;
  }

  function pairs(flat) {
    const values = new Map();
    for (let at = 0; at < flat.length; at += 2) values.set(flat[at], flat[at + 1]);
    return values;
  }

  const keys = new Map();
  const checks = rows.map((row, at) => {
    const [group, gate, name, state, before, blocking, message, path, line, seconds, now, was, facts] = row;
    const check = {
      at, group, gate, state, before, blocking, path: strings[path], line, seconds, facts,
      name: strings[name], message: strings[message], kind: kindOf(state, before, gate),
      now: pairs(now), was: pairs(was), text: null,
    };
    const key = `${strings[groups[group][1]]}/${check.name}`, seen = (keys.get(key) || 0) + 1;
    keys.set(key, seen);
    check.key = seen > 1 ? `${key}/${seen}` : key;
    return check;
  });

  function words(check) {
    if (check.text === null) {
      const facts = check.facts.map((at) => strings[at]);
      check.text = [check.name, check.message, check.path, ...facts].join("\n").toLowerCase();
    }
    return check.text;
  }

  function valueOf(check, metric) {
    const now = check.now.get(metric), was = check.was.get(metric);
    const known = now !== undefined && now !== null && was !== undefined && was !== null;
    return { now: now === undefined ? null : now, was: was === undefined ? null : was, change: known ? now - was : null,
      there: now !== undefined || was !== undefined };
  }

  const COST = units.indexOf("usd");
  const scores = metrics.map((name, at) => at).filter((at) => at !== COST);
  const graded = scores.filter((at) => units[at] === "graded");
  const FIRST = graded.length ? graded[0] : scores.length ? scores[0] : -1;
  const timed = checks.some((check) => check.seconds !== null);

  // --- what is chosen -----------------------------------------------------------------------------

  const DEFAULTS = { show: "all", q: "", suite: "", kind: "", score: FIRST < 0 ? "" : metrics[FIRST], sort: "worst", page: 1, case: "" };
  let chosen = { ...DEFAULTS };
  let matching = [];

  function fromAddress() {
    if (!location.hash.includes("=")) return;
    const asked = new URLSearchParams(location.hash.slice(1));
    chosen = { ...DEFAULTS };
    for (const name of Object.keys(DEFAULTS)) if (asked.has(name)) chosen[name] = asked.get(name);
    chosen.page = Math.max(1, Number(chosen.page) || 1);
    if (!metrics.includes(chosen.score)) chosen.score = DEFAULTS.score;
    if (!SORTS.some(([id]) => id === chosen.sort.replace(/^-/, ""))) chosen.sort = "worst";
  }

  function toAddress() {
    const asked = new URLSearchParams();
    for (const [name, value] of Object.entries(chosen)) if (value !== DEFAULTS[name]) asked.set(name, value);
    const hash = asked.toString();
    if (!hash && !location.hash.includes("=")) return; // an address such as #charts stays
    if (hash === location.hash.slice(1)) return;
    try {
      history.replaceState(null, "", hash ? `#${hash}` : "#cases");
    } catch { // a viewer that shows the page in a frame of its own, or a browser that counts the changes
    }
  }

  const metric = () => metrics.indexOf(chosen.score);
  const formsOf = (at) => FORMS[at < 0 ? "graded" : units[at]];
  const RANKS = [0, 1, 2, 2, 3, 4, 4, 5, 0, 5];
  const worst = (check) => RANKS[check.kind] * 2 + 1 - check.blocking - (check.blocking && check.state !== 0 ? 100 : 0);
  // id, words, value to sort by, whether large comes first; what is unknown is always last.
  const SORTS = [
    ["worst", "Worst first", worst],
    ["name", "Name", (check) => check.name],
    ["score", "Score", (check) => valueOf(check, metric()).now],
    ["change", "Change of the score", (check) => valueOf(check, metric()).change],
    ["cost", "Cost", (check) => valueOf(check, COST).now, true],
    ["time", "Time", (check) => check.seconds, true],
  ].filter(([id]) => (id !== "cost" || COST >= 0) && (id !== "time" || timed) && (!/score|change/.test(id) || FIRST >= 0));

  const collator = new Intl.Collator("en", { numeric: true });

  function sorted(list) {
    const backwards = chosen.sort.startsWith("-");
    const [, , value, large] = SORTS.find(([id]) => id === chosen.sort.replace(/^-/, ""));
    const way = backwards !== Boolean(large) ? -1 : 1;
    return list.map((check) => [value(check), check]).sort(([one, a], [other, b]) => {
      if (one === null || other === null) return (one === null) - (other === null) || a.at - b.at;
      const order = typeof one === "string" ? collator.compare(one, other) : one - other;
      return order * way || worst(a) - worst(b) || a.at - b.at;
    }).map(([, check]) => check);
  }

  const SHOWS = [["all", "All", () => true], ["blocking", "Blocking", (check) => check.blocking && check.state !== 0],
    ["newly-failing", "Newly failing", (check) => check.kind === 0], ["failing", "Failing", (check) => check.state === 1],
    ["error", "Error", (check) => check.state === 2], ["newly-passing", "Newly passing", (check) => check.kind === 4],
    ["passing", "Passing", (check) => check.state === 0], ["skipped", "Skipped", (check) => check.state === 3]];

  function filter() {
    const asked = chosen.q.toLowerCase().split(/\s+/).filter(Boolean);
    const shows = (SHOWS.find(([id]) => id === chosen.show) || SHOWS[0])[2];
    matching = sorted(checks.filter((check) =>
      shows(check) &&
      (!chosen.suite || strings[groups[check.group][0]] === chosen.suite) &&
      (!chosen.kind || Boolean(check.gate) === (chosen.kind === "gate")) &&
      asked.every((word) => words(check).includes(word))));
    chosen.page = Math.min(chosen.page, Math.max(1, Math.ceil(matching.length / PAGE)));
  }

  // --- controls -----------------------------------------------------------------------------------

  function choose(changes, focus) {
    Object.assign(chosen, { page: 1, case: "" }, changes);
    filter();
    draw();
    if (focus) focus();
  }

  function select(name, label, options) {
    const list = make("select", { name }, ...options.map(([value, text]) => make("option", { value }, text)));
    list.addEventListener("change", () => choose({ [name]: list.value, ...(name === "suite" ? { score: scoreFor(list.value) } : {}) }));
    controls[name] = list;
    return options.length > 1 ? make("label", null, make("span", null, label), list) : null;
  }

  // The score that is shown, or the first that the suite has.
  function scoreFor(suite) {
    const some = checks.filter(({ group }) => !suite || strings[groups[group][0]] === suite);
    const has = (at) => some.some((check) => valueOf(check, at).there);
    if (has(metric())) return chosen.score;
    const first = [...graded, ...scores].find(has);
    return first === undefined ? chosen.score : metrics[first];
  }

  const controls = {};
  const search = make("input", { type: "search", name: "q", placeholder: "id, message, tag, model", "aria-keyshortcuts": "/", autocomplete: "off", spellcheck: "false" });
  search.addEventListener("input", () => choose({ q: search.value }));
  const shows = SHOWS.map(([id, label, test]) => {
    const count = checks.filter(test).length;
    const button = make("button", { type: "button", "data-show": id }, `${label} `, make("span", { class: "count" }, count.toLocaleString("en-US")));
    button.addEventListener("click", () => choose({ show: id }));
    return count ? button : null;
  }).filter(Boolean);

  const plainly = new Set(groups.map(([, suite]) => suite)).size === groups.length; // a suite says which group
  const suites = [...new Set(groups.map(([group]) => strings[group]))];
  const clear = make("button", { type: "button", class: "small" }, "Clear filters");
  clear.addEventListener("click", () => choose({ ...DEFAULTS }, () => search.focus()));
  const form = make("form", { role: "search", "aria-label": "Filter the cases" },
    make("div", { class: "shows", role: "group", "aria-label": "Show" }, ...shows),
    make("div", { class: "fields" },
      make("label", { class: "grow" }, make("span", null, "Search"), search),
      select("suite", "Suite", suites.length > 1 ? [["", "All suites"], ...suites.map((name) => [name, name])] : []),
      select("kind", "Kind", checks.some((c) => c.gate) && checks.some((c) => !c.gate) ? [["", "Cases and gates"], ["case", "Cases"], ["gate", "Gates"]] : []),
      select("score", "Score", scores.map((at) => [metrics[at], metrics[at]])),
      select("sort", "Sort by", SORTS.flatMap(([id, label, , large]) => id === "worst" ? [[id, label]] :
        id === "name" ? [[id, label], [`-${id}`, `${label}, Z to A`]] :
          [[id, `${label}, ${large ? "highest" : "lowest"} first`], [`-${id}`, `${label}, ${large ? "lowest" : "highest"} first`]]))));
  form.addEventListener("submit", (event) => event.preventDefault());
  const status = make("p", { role: "status", "aria-live": "polite" });

  // --- the table ----------------------------------------------------------------------------------

  const columns = [["worst", "State", "state"], ["name", "Case", "name"],
    ...(FIRST >= 0 ? [["score", null, "num extra"], ["change", "Change", "num extra"]] : []),
    ...(COST >= 0 ? [["cost", "Cost", "num extra money"]] : []), ...(timed ? [["time", "Time", "num extra"]] : [])];
  const heads = columns.map(([id, label, kind]) => {
    const button = make("button", { type: "button" }, label || "");
    button.addEventListener("click", () => choose({ sort: chosen.sort === id && id !== "worst" ? `-${id}` : id }));
    return make("th", { scope: "col", class: kind }, button);
  });
  const body = make("tbody");
  const table = make("table", { class: "cases" },
    make("caption", { class: "hidden" }, "Cases; each opens with a button. The keys j and k go to the next and the previous case."),
    make("thead", null, make("tr", null, ...heads)), body);
  const turn = (by) => () => {
    Object.assign(chosen, { page: chosen.page + by, case: "" });
    draw();
    table.scrollIntoView({ block: "nearest" });
    const first = body.querySelector("button");
    if (first) first.focus();
  };
  const previous = make("button", { type: "button" }, "Previous"), next = make("button", { type: "button" }, "Next");
  previous.addEventListener("click", turn(-1));
  next.addEventListener("click", turn(1));
  const where = make("span");
  const pager = make("nav", { class: "pager", "aria-label": "Pages of the table" }, previous, where, next);

  function state(check) {
    const [sign, said, tone] = KINDS[check.kind];
    const mark = make("span", { class: `mark ${tone}` }, make("span", { class: "sign", "aria-hidden": "true" }, sign), said);
    return [mark, check.blocking && check.state !== 0 ? make("span", { class: "blocking" }, "blocks") : null];
  }

  function shortly(check) { // the numbers of a row, where a phone has no columns for them
    const parts = [];
    const [text, change] = formsOf(metric());
    const score = valueOf(check, metric());
    if (score.there) parts.push(`${chosen.score} ${text(score.now)}${score.change ? ` (${change(score.change)})` : ""}`);
    if (check.now.has(COST)) parts.push(costText(check.now.get(COST)));
    if (check.seconds !== null) parts.push(secondsText(check.seconds));
    return parts.join(" · ");
  }

  function line(check) {
    const [text, change] = formsOf(metric());
    const score = valueOf(check, metric());
    const open = check.key === chosen.case;
    const button = make("button", { type: "button", class: "open", "aria-expanded": String(open), "aria-controls": open ? "detail" : null }, make("bdi", null, check.name));
    button.addEventListener("click", () => toggle(check));
    const under = [check.gate ? "gate" : "", suites.length > 1 ? strings[groups[check.group][plainly ? 1 : 0]] : ""].filter(Boolean).join(" · ");
    const name = make("th", { scope: "row", class: "name" }, button,
      under ? make("span", { class: "suite" }, under) : null,
      check.message ? make("span", { class: "message" }, check.message) : null,
      make("span", { class: "short" }, shortly(check)));
    const cells = { worst: () => make("td", { class: "state" }, ...state(check)), name: () => name,
      score: () => make("td", { class: "num extra" }, score.there ? text(score.now) : "–"),
      change: () => make("td", { class: `num extra ${score.change ? "" : "muted"}` }, score.change === null ? "–" : change(score.change)),
      cost: () => make("td", { class: "num extra money" }, check.now.has(COST) ? costText(check.now.get(COST)) : "–"),
      time: () => make("td", { class: "num extra" }, check.seconds === null ? "–" : secondsText(check.seconds)) };
    return make("tr", { class: open ? "opened" : null }, ...columns.map(([id]) => cells[id]()));
  }

  function draw() {
    const from = (chosen.page - 1) * PAGE, pages = Math.max(1, Math.ceil(matching.length / PAGE));
    const lines = [];
    for (const check of matching.slice(from, from + PAGE)) {
      lines.push(line(check));
      if (check.key === chosen.case) lines.push(detail(check));
    }
    body.replaceChildren(...lines);
    table.hidden = !lines.length;
    const count = matching.length.toLocaleString("en-US"), all = checks.length.toLocaleString("en-US");
    const said = matching.length ? `${count} of ${all} shown` : `None of ${all} shown: nothing matches the filters`;
    if (status.textContent !== said) status.textContent = said;
    clear.hidden = matching.length === checks.length;
    pager.hidden = pages < 2;
    where.textContent = `Page ${chosen.page} of ${pages}`;
    previous.disabled = chosen.page <= 1;
    next.disabled = chosen.page >= pages;
    for (const button of shows) button.setAttribute("aria-pressed", String(button.dataset.show === chosen.show));
    for (const [name, control] of Object.entries(controls)) control.value = chosen[name];
    if (search.value !== chosen.q) search.value = chosen.q;
    heads.forEach((head, at) => {
      const [id, label] = columns[at], is = chosen.sort.replace(/^-/, "") === id;
      const [, , , large] = SORTS.find(([sort]) => sort === id);
      const down = chosen.sort.startsWith("-") !== Boolean(large);
      if (is) head.setAttribute("aria-sort", down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
      head.firstChild.replaceChildren(label || chosen.score, make("span", { class: "arrow", "aria-hidden": "true" }, is && id !== "worst" ? (down ? " ↓" : " ↑") : ""));
    });
    if (chosen.case) focusableWhereWide();
    toAddress();
  }

  const narrow = matchMedia("(max-width: 48rem)"); // the numbers have no columns there
  narrow.addEventListener("change", () => draw());

  // --- one case -----------------------------------------------------------------------------------

  let opened = null; // the second part of the data, read for the first case that is opened

  function detail(check) {
    if (!opened) {
      opened = read("data-details");
      opened.draw = blockDrawer(opened.strings);
    }
    const facts = [];
    if (check.path) facts.push(["place", check.line ? `${check.path}:${check.line}` : check.path]);
    for (let at = 0; at < check.facts.length; at += 2) facts.push([strings[check.facts[at]], strings[check.facts[at + 1]]]);
    const box = make("div", { id: "detail", role: "region", "aria-label": `Case ${check.name}` });
    if (facts.length) box.append(make("dl", { class: "facts" }, ...facts.map(([name, value]) => make("div", null, make("dt", null, name), make("dd", null, value)))));
    for (const [title, folded, ...blocks] of opened.cases[check.at]) {
      const name = opened.strings[title];
      const drawn = blocks.map((at) => opened.draw(opened.blocks[at], name || check.name));
      if (folded && name) box.append(make("details", null, make("summary", null, make("h3", null, name)), ...drawn));
      else box.append(make("section", null, name ? make("h3", null, name) : null, ...drawn));
    }
    const values = numbers(check);
    if (values) box.append(make("details", null, make("summary", null, make("h3", null, "All numbers, before and now")), values));
    const shut = make("button", { type: "button", class: "small" }, "Close");
    shut.addEventListener("click", () => close());
    box.append(shut);
    return make("tr", { class: "detail" }, make("td", { colspan: narrow.matches ? 2 : columns.length }, box));
  }

  function numbers(check) {
    const shown = metrics.map((name, at) => [at, valueOf(check, at)]).filter(([, value]) => value.there);
    if (!shown.length) return null;
    const cell = (text, tone) => make("td", { class: `num ${tone || ""}` }, text);
    const lines = shown.map(([at, { now, was, change }]) => {
      const [text, changed] = formsOf(at);
      return make("tr", null, make("th", { scope: "row" }, metrics[at]), cell(was === null ? "–" : text(was)), cell(text(now)), cell(change === null ? "–" : changed(change), change ? "strong" : "muted"));
    });
    const head = ["metric", "baseline", "now", "change"].map((name, at) => make("th", { scope: "col", class: at ? "num" : null }, name));
    return make("div", { class: "wide" }, make("table", null, make("caption", { class: "hidden" }, `Metrics of ${check.name}`),
      make("thead", null, make("tr", null, ...head)), make("tbody", null, ...lines)));
  }

  function buttonOf(check) {
    const at = matching.slice((chosen.page - 1) * PAGE, chosen.page * PAGE).indexOf(check);
    return body.querySelectorAll("button.open")[at];
  }

  function toggle(check) {
    chosen.case = chosen.case === check.key ? "" : check.key;
    const top = buttonOf(check).getBoundingClientRect().top;
    draw();
    const button = buttonOf(check);
    window.scrollBy(0, button.getBoundingClientRect().top - top); // the row stays under the finger
    button.focus({ preventScroll: true });
  }

  function close() { // the way back for who has read to the end of a case
    const check = checks.find(({ key }) => key === chosen.case);
    if (!check) return;
    chosen.case = "";
    draw();
    const button = buttonOf(check);
    button.focus();
    button.scrollIntoView({ block: "nearest" });
  }

  function showAsked() { // a case that the address names, on whichever page it is
    filter();
    let at = matching.findIndex(({ key }) => key === chosen.case);
    if (chosen.case && at < 0 && checks.some(({ key }) => key === chosen.case)) {
      chosen = { ...DEFAULTS, case: chosen.case };
      filter();
      at = matching.findIndex(({ key }) => key === chosen.case);
    }
    if (at >= 0) chosen.page = Math.floor(at / PAGE) + 1;
    draw();
    if (at >= 0) buttonOf(matching[at]).scrollIntoView({ block: "start" });
  }

  function step(by) {
    const buttons = [...body.querySelectorAll("button.open")];
    const at = document.activeElement.closest("tr"), detail = document.activeElement.closest("tr.detail");
    const row = detail ? detail.previousSibling : at;
    const target = buttons[buttons.findIndex((button) => button.closest("tr") === row) + by];
    if (target) target.focus();
  }

  document.addEventListener("keydown", (event) => {
    const inField = event.target.closest("input, select, textarea");
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && !inField) {
      event.preventDefault();
      search.focus();
      search.select();
    } else if (event.key === "Escape" && chosen.case && !inField) {
      close();
    } else if ((event.key === "j" || event.key === "k") && event.target.closest("table.cases")) {
      step(event.key === "j" ? 1 : -1);
    }
  });
  window.addEventListener("hashchange", () => {
    if (!location.hash.includes("=")) return;
    fromAddress();
    showAsked();
  });

  place.replaceChildren(form, make("div", { class: "above" }, status, clear), table, pager);
  fromAddress();
  showAsked();
}

// A table wider than its place is scrolled by keyboard too.
function focusableWhereWide() {
  for (const wide of document.querySelectorAll(".wide")) {
    if (wide.scrollWidth > wide.clientWidth) wide.setAttribute("tabindex", "0");
    else wide.removeAttribute("tabindex");
  }
}

startCases();
focusableWhereWide();
window.addEventListener("resize", focusableWhereWide);
performance.mark("ready");

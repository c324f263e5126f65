// Blocks of a case, drawn when it is opened. Texts only ever become text nodes.

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined && !(name === "class" && !value.trim())) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

function pre(child, kind) {
  return make("pre", { class: kind }, child);
}

// --- what differs between two texts, word by word -----------------------------------------------

const CJK = "\\u3040-\\u30ff\\u3400-\\u9fff\\uac00-\\ud7af";
const WORD = new RegExp(`[${CJK}]|(?:(?![${CJK}])[\\p{L}\\p{N}\\p{M}_])+|\\s+|.`, "gsu");
const MOST_PAIRS = 6000000, ALIKE = 0.6, MOST_COLUMNS = 4;

// Parts [mark, text]: what stayed "=", went "-" or came "+".
function differences(before, after) {
  const old = before.match(WORD) || [], now = after.match(WORD) || [];
  let head = 0, tail = 0;
  const most = Math.min(old.length, now.length);
  while (head < most && old[head] === now[head]) head++;
  while (tail < most - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail++;
  const middle = aligned(old.slice(head, old.length - tail), now.slice(head, now.length - tail));
  const parts = [["=", old.slice(0, head).join("")], ...middle, ["=", old.slice(old.length - tail).join("")]];
  return parts.filter(([, text]) => text);
}

function aligned(old, now) {
  const rows = old.length, width = now.length + 1;
  if (rows * width > MOST_PAIRS) return [["-", old.join("")], ["+", now.join("")]];
  const longest = new Uint16Array((rows + 1) * width);
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = width - 2; j >= 0; j--) {
      const at = i * width + j;
      longest[at] = old[i] === now[j] ? longest[at + width + 1] + 1 : Math.max(longest[at + width], longest[at + 1]);
    }
  }
  const parts = [];
  let i = 0, j = 0, went = "", came = "";
  while (i < rows || j < width - 1) {
    if (i < rows && j < width - 1 && old[i] === now[j]) {
      let same = "";
      while (i < rows && j < width - 1 && old[i] === now[j]) { same += old[i]; i++; j++; }
      if (same.trim()) {
        parts.push(["-", went], ["+", came], ["=", same]);
        went = came = "";
      } else { // a space between two differences belongs to both
        went += same;
        came += same;
      }
    } else if (j >= width - 1 || (i < rows && longest[(i + 1) * width + j] >= longest[i * width + j + 1])) {
      went += old[i++];
    } else {
      came += now[j++];
    }
  }
  parts.push(["-", went], ["+", came]);
  return parts;
}

function sides(before, after) {
  const parts = differences(before, after);
  const changed = parts.reduce((sum, [mark, text]) => sum + (mark === "=" ? 0 : text.length), 0);
  if (changed > ALIKE * (before.length + after.length)) return [before, after];
  const only = (skip, mark, tag) => {
    const side = document.createDocumentFragment();
    for (const [is, text] of parts) if (is !== skip) side.append(is === mark ? make(tag, null, text) : text);
    return side;
  };
  return [only("+", "-", "del"), only("-", "+", "ins")];
}

// --- one function for each kind of block --------------------------------------------------------

function blockDrawer(strings) {
  const tone = (cell) => (typeof cell === "number" || cell[1] === "plain" ? null : cell[1]);
  const words = (cell) => {
    if (typeof cell === "number") return strings[cell];
    const said = strings[cell[0]], command = strings[cell[2]], part = document.createDocumentFragment();
    part.append(said);
    if (command) part.append(said ? ": " : "", make("code", { class: "command" }, command));
    return part;
  };
  const side = (name, text, shown) =>
    make("div", null, make("h5", null, name),
      text ? pre(shown) : make("p", { class: "muted" }, text === null ? "not known" : "an empty text"));

  const kinds = {
    text: (cell) => make("p", { class: `lines ${tone(cell) || ""}` }, words(cell)),

    list: (items) => make("ul", null, ...items.map((item) => make("li", { class: tone(item) }, words(item)))),

    code: (text, diff, label) => {
      const shown = strings[text].replace(/\n$/, ""), box = document.createDocumentFragment();
      if (strings[label]) box.append(make("p", { class: "label muted" }, strings[label]));
      if (!diff) {
        box.append(pre(make("code", null, shown)));
        return box;
      }
      const tones = { "+": "came", "-": "went", "@": "muted" };
      const lines = shown.split("\n").map((row, at, all) =>
        make("span", { class: tones[row[0]] || null }, row + (at < all.length - 1 ? "\n" : "")));
      box.append(pre(make("code", null, ...lines), "diff"));
      return box;
    },

    table: (columns, rows, named) => {
      if (!rows.length) return make("p", { class: "muted" }, "(no rows)");
      const kind = (at, more) => [columns[at][1] ? "num" : "", more || ""].join(" ").trim();
      const heads = columns.map(([name], at) => make("th", { scope: "col", class: kind(at) }, strings[name]));
      const lines = rows.map((row) => make("tr", null, ...row.map((cell, at) => {
        const classes = `lines ${kind(at, tone(cell))}`;
        const name = columns.length > MOST_COLUMNS ? strings[columns[at][0]] : null;
        return at ? make("td", { class: classes, "data-name": name }, words(cell)) : make("th", { scope: "row", class: classes }, words(cell));
      })));
      const table = make("table", { class: columns.length > MOST_COLUMNS ? "many" : null },
        make("caption", { class: "hidden" }, named), make("thead", null, make("tr", null, ...heads)), make("tbody", null, ...lines));
      return make("div", { class: "wide" }, table);
    },

    change: (label, beforeAt, afterAt, kind, note, toned, place, only) => {
      const title = make("h4", null, make("bdi", null, strings[label]));
      if (strings[note]) title.append(": ", make("span", { class: toned === "plain" ? null : toned }, strings[note]));
      const head = make("div", { class: "head" }, title);
      if (strings[place]) head.append(make("span", { class: "place" }, strings[place]));
      const box = make("div", { class: "change" }, head);
      const before = beforeAt < 0 ? null : strings[beforeAt], after = afterAt < 0 ? null : strings[afterAt];
      const both = make("div", { class: only || kind === "same" ? "sides one" : "sides" });
      if (kind === "same") {
        box.append(make("p", { class: "muted" }, "the text is the same"));
        both.append(side("before and now", after, after));
      } else {
        if (kind === "space") box.append(make("p", { class: "muted" }, "only white space differs (· ⇥ ⏎)"));
        const [old, now] = before && after ? sides(before, after) : [before, after];
        if (only !== "after") both.append(side("before", before, old));
        if (only !== "before") both.append(side("now", after, now));
      }
      box.append(both);
      return box;
    },

    chart: (title, kind, labels, series) => {
      const figure = make("figure", { class: "chart" }, make("figcaption", null, strings[title]));
      for (const [name, values, texts] of series) {
        const known = values.map((value, at) => at).filter((at) => values[at] !== null);
        const ends = known.length ? `${strings[texts[known[0]]]} … ${strings[texts[known.at(-1)]]}` : "no values";
        figure.append(make("p", null, make("bdi", null, strings[name]), " ", spark(values), " ", known.length > 1 ? ends : ends.split(" … ")[0]));
      }
      const columns = [[-1, 0], ...series.map(([name]) => [name, 1])];
      const rows = labels.map((label, at) => [label, ...series.map(([, , texts]) => texts[at])]);
      const table = kinds.table(columns, rows, strings[title]);
      table.querySelector("th").append("label");
      figure.append(make("details", null, make("summary", null, "Values"), table));
      return figure;
    },
  };
  // `named` is the title of the section: what a table is called that has no name of its own.
  return ([kind, ...rest], named) => (kind === "table" ? kinds.table(...rest, named) : kinds[kind](...rest));
}

// A line of the height of the text; the words beside it say its ends.
function spark(values) {
  const NS = "http://www.w3.org/2000/svg";
  const known = values.filter((value) => value !== null);
  const low = Math.min(...known), high = Math.max(...known), step = 96 / Math.max(1, values.length - 1);
  let path = "", pen = "M";
  values.forEach((value, at) => {
    if (value === null) { pen = "M"; return; }
    const y = high > low ? 18 - 16 * (value - low) / (high - low) : 10;
    path += `${pen}${(2 + at * step).toFixed(1)} ${y.toFixed(1)}`;
    pen = "L";
  });
  const svg = document.createElementNS(NS, "svg"), line = document.createElementNS(NS, "path");
  svg.setAttribute("viewBox", "0 0 100 20");
  svg.setAttribute("class", "spark");
  svg.setAttribute("aria-hidden", "true");
  line.setAttribute("class", "line s0");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

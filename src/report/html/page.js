// The table of findings: its data stands in the page, rows are drawn when they are to be seen.
// Every text is set as text, never as markup.
(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("data").textContent);
  const { texts, rules, findings } = data;
  const [STATUS, RULE, PRODUCT, VENDOR, VERSION, ASSET, PLACE, SOURCE, LINE, ROWS, QUANTITY, SINCE, NEXT, NEXT_ON, MEASURES, MATCH,
    NOTES, MISSING, WAIVER, PATH, CONCERN, MARK, WHERE] = Array.from({ length: 23 }, (_, at) => at);
  const PAGE = 100, PRINTED = 1000;
  const byId = (id) => document.getElementById(id);
  const text = (at) => texts[at];

  function make(name, content, attributes) {
    const element = document.createElement(name);
    if (content instanceof Node) element.append(content);
    else if (content !== undefined && content !== null) element.textContent = content;
    for (const [key, value] of Object.entries(attributes || {})) element.setAttribute(key, value);
    return element;
  }
  function link(url, label) {
    return url ? make("a", label, { href: url, rel: "noopener noreferrer", target: "_blank" }) : make("span", label);
  }
  function name(finding) {
    return text(finding[PRODUCT]) || text(finding[VENDOR]) || "(no name)";
  }

  // Returns what tells whether a word stands in a finding. Each text is looked into once, however many
  // findings share it.
  let small = null;
  function holds(word) {
    small ||= texts.map((text) => text.toLowerCase());
    const inTexts = Uint8Array.from(small, (text) => text.includes(word) ? 1 : 0);
    const inStatuses = data.statuses.map((status) => status.includes(word));
    const inRules = rules.map((rule) => [rule.id, rule.title, rule.authority, rule.citation].join("\n").toLowerCase().includes(word));
    return (finding, at) => inTexts[finding[PRODUCT]] || inTexts[finding[VENDOR]] || inTexts[finding[VERSION]]
      || inTexts[finding[ASSET]] || inTexts[finding[PLACE]] || inTexts[finding[SOURCE]]
      || inStatuses[finding[STATUS]] || inRules[finding[RULE]] || data.prints[at].includes(word);
  }

  // Ranks of a column's texts, so that sorting compares numbers. Nothing comes last.
  const collator = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  const ranks = new Map();
  function rank(column) {
    if (!ranks.has(column)) {
      const order = [...new Set(findings.map((finding) => finding[column]))].sort((a, b) => collator.compare(texts[a], texts[b]) || a - b);
      const positions = new Int32Array(texts.length);
      order.forEach((at, position) => { positions[at] = texts[at] === "" ? texts.length : position; });
      ranks.set(column, positions);
    }
    const positions = ranks.get(column);
    return (finding) => positions[finding[column]];
  }
  const keys = {
    status: () => (finding) => (finding[WAIVER] === 0 ? 0 : 100) + finding[STATUS],
    product: () => rank(PRODUCT),
    asset: () => rank(ASSET),
    place: () => rank(PLACE),
    act: () => (finding) => finding[RULE],
    since: () => rank(SINCE),
    next: () => rank(NEXT_ON),
  };

  const state = { words: [], status: "", jurisdiction: "", act: "", waived: "", sort: "", down: false, page: 0, shown: [], open: new Set() };

  function select() {
    const of = (finding) => {
      const rule = rules[finding[RULE]];
      return (!state.status || data.statuses[finding[STATUS]] === state.status)
        && (!state.jurisdiction || rule.jurisdiction === state.jurisdiction)
        && (!state.act || rule.id === state.act)
        && (!state.waived || (finding[WAIVER] > 0) === (state.waived === "yes"));
    };
    const words = state.words.map(holds);
    let shown = [];
    findings.forEach((finding, at) => {
      if (of(finding) && words.every((holds) => holds(finding, at))) shown.push(at);
    });
    if (state.sort) {
      const key = keys[state.sort](), sign = state.down ? -1 : 1;
      const value = shown.map((at) => key(findings[at]));
      shown = shown.map((at, position) => [at, value[position]]).sort((a, b) => sign * (a[1] - b[1]) || a[0] - b[0]).map(([at]) => at);
    }
    state.shown = shown;
    state.page = 0;
    draw(PAGE);
  }

  function draw(size) {
    const body = byId("rows"), total = state.shown.length, first = state.page * PAGE;
    const part = state.shown.slice(first, first + size);
    body.replaceChildren(...part.flatMap(row));
    const number = (count) => count.toLocaleString("en");
    byId("count").textContent = total === 0 ? "No finding is like that."
      : `Findings ${number(first + 1)} to ${number(first + part.length)} of ${number(total)}`
        + (total === findings.length ? "." : `; ${number(findings.length)} in all.`)
        + (size === PRINTED && total > PRINTED
          ? ` No more than ${number(PRINTED)} are printed: select fewer, or write csv or xlsx for all.` : "");
    byId("back").disabled = state.page === 0;
    byId("on").disabled = first + PAGE >= total;
  }

  function row(at) {
    const finding = findings[at], rule = rules[finding[RULE]];
    const line = make("tr");
    const cell = (label, ...content) => {
      const cell = make("td", undefined, { "data-label": label });
      cell.append(...content);
      line.append(cell);
    };
    const soft = (content) => make("div", content, { class: "soft" });
    const status = [make("span", data.statuses[finding[STATUS]], { class: "status " + data.statuses[finding[STATUS]] })];
    if (text(finding[MARK])) status.push(soft(text(finding[MARK])));
    if (rule.exit) status.push(soft("by vendor, no law"));
    if (finding[WAIVER] > 0) status.push(soft("waived until " + data.waivers[finding[WAIVER] - 1].until));
    cell("Status", ...status);
    const button = make("button", make("bdi", name(finding)), { type: "button", "aria-expanded": state.open.has(at) });
    button.addEventListener("click", () => {
      const open = !state.open.has(at);
      if (open) { state.open.add(at); line.after(detail(at)); } else { state.open.delete(at); line.nextElementSibling.remove(); }
      button.setAttribute("aria-expanded", open);
    });
    const product = [button];
    if (text(finding[VERSION])) product.push(" ", make("bdi", text(finding[VERSION])));
    if (text(finding[VENDOR]) && text(finding[PRODUCT])) product.push(soft(make("bdi", text(finding[VENDOR]))));
    cell("Product", ...product);
    cell("Asset", text(finding[ASSET]) ? make("bdi", text(finding[ASSET])) : soft(`${finding[ROWS]} row${finding[ROWS] === 1 ? "" : "s"}, no asset`));
    cell("Place", text(finding[PLACE]) ? make("bdi", text(finding[PLACE])) : soft("not given"));
    cell("Act", link(rule.url, rule.id), soft(rule.title));
    cell("Since / from", text(finding[SINCE]) || soft("–"));
    cell("Next", ...(finding[NEXT] === 0 ? [soft("–")] : [data.nexts[finding[NEXT] - 1], soft(text(finding[NEXT_ON]))]));
    return state.open.has(at) ? [line, detail(at)] : [line];
  }

  function detail(at) {
    const finding = findings[at], rule = rules[finding[RULE]], match = data.matches[finding[MATCH]];
    const list = make("dl");
    const add = (term, content) => {
      if (content === undefined || content === null || content === "" || (Array.isArray(content) && content.length === 0)) return;
      const value = make("dd");
      if (Array.isArray(content)) {
        const items = make("ul");
        items.append(...content.map((item) => make("li", item)));
        value.append(items);
      } else value.append(content);
      list.append(make("dt", term), value);
    };
    const like = match.kind === "similar" ? "resembles" : "agrees with";
    add("Matched by", `${match.kind}: ${match.field} “${match.value}” ${like} “${match.alias}” of ${match.entity}`
      + (match.product ? `, product ${match.product}` : "") + (match.score < 1 ? ` (score ${match.score})` : ""));
    add("By way of", match.via);
    add("Act", `${rule.title} (${rule.jurisdiction}; ${rule.kind}${rule.exit ? ", no law" : ""}${rule.stage === "enacted" ? "" : "; " + rule.stage})`);
    add("Says who", `${rule.authority}${rule.citation ? ", " + rule.citation : ""}`);
    add("Source", link(rule.url, rule.url || "no link"));
    const day = (date) => date.slice(0, 10) + (date.slice(11, 16) && date.slice(11, 16) !== "00:00" ? " " + date.slice(11, 16) : "");
    add("Measures", data.measures[finding[MEASURES]].map((measure) => {
      const dates = (measure.from ? `, from ${day(measure.from)}` : "") + (measure.until ? `, until ${day(measure.until)}` : "");
      const who = `; binds ${measure.binds.join(", ")}` + (measure.affects && measure.affects.length ? `, affects ${measure.affects.join(", ")}` : "");
      return `${measure.effect}: ${measure.state}${dates}${who}; by ${measure.nexus}` + (measure["ends-when"] ? `; ends when ${measure["ends-when"]}` : "");
    }));
    add("Dates in", rule.zone);
    add("It concerns you as", finding[CONCERN] ? "affected: others are bound" : "bound");
    add("Next", finding[NEXT] === 0 ? "" : `${data.nexts[finding[NEXT] - 1]} on ${text(finding[NEXT_ON])}`);
    add("What to do", rule.advice);
    add("Alternatives", rule.alternatives.join(", "));
    add("Waiver", finding[WAIVER] === 0 ? "" : data.waivers[finding[WAIVER] - 1].text);
    add("Notes", data.notes[finding[NOTES]].map((note) => data.words[note] || note));
    add("Not known", data.missing[finding[MISSING]]);
    add("Act checked", rule.verified ? "against its source on " + rule.verified : "not yet against its source");
    add("Dependency path", data.paths[finding[PATH]].join(" > "));
    add("Rows", `${text(finding[WHERE])}` + (finding[QUANTITY] !== finding[ROWS] ? ` (${finding[QUANTITY]} units)` : ""));
    add("Fingerprint", make("code", data.prints[at]));
    const line = make("tr", undefined, { class: "detail" });
    line.append(make("td", list, { colspan: "7" }));
    return line;
  }

  function option(list, value) { list.append(make("option", value, { value })); }
  const used = (value) => [...new Set(findings.map(value))];
  data.statuses.filter((status) => used((finding) => data.statuses[finding[STATUS]]).includes(status)).forEach((status) => option(byId("status"), status));
  used((finding) => rules[finding[RULE]].jurisdiction).sort().forEach((code) => option(byId("jurisdiction"), code));
  used((finding) => rules[finding[RULE]].id).sort().forEach((id) => option(byId("act"), id));
  for (const key of ["status", "jurisdiction", "act", "waived"]) {
    byId(key).addEventListener("change", (event) => { state[key] = event.target.value; select(); });
  }
  let timer = 0;
  byId("search").addEventListener("input", (event) => {
    clearTimeout(timer);
    timer = setTimeout(() => { state.words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean); select(); }, 120);
  });
  byId("reset").addEventListener("click", () => {
    for (const id of ["search", "status", "jurisdiction", "act", "waived"]) byId(id).value = "";
    Object.assign(state, { words: [], status: "", jurisdiction: "", act: "", waived: "" });
    select();
  });
  for (const header of document.querySelectorAll("#findings th[data-key]")) {
    header.firstElementChild.addEventListener("click", () => {
      const key = header.dataset.key;
      state.down = state.sort === key ? !state.down : false;
      state.sort = key;
      for (const other of document.querySelectorAll("#findings th[data-key]")) other.removeAttribute("aria-sort");
      header.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      select();
    });
  }
  const turn = (by) => { state.page += by; draw(PAGE); byId("findings").scrollIntoView(); byId("findings-title").focus(); };
  byId("back").addEventListener("click", () => turn(-1));
  byId("on").addEventListener("click", () => turn(1));
  let page = 0;
  addEventListener("beforeprint", () => { page = state.page; state.page = 0; draw(PRINTED); });
  addEventListener("afterprint", () => { state.page = page; draw(PAGE); });
  byId("interactive").hidden = false;
  select();
  // What takes longest is made ready while nobody waits for it.
  (window.requestIdleCallback || setTimeout)(() => rank(ASSET));
})();

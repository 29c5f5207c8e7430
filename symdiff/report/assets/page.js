"use strict";
// Switch between levels, open what is inside of a node, step through its runs, walk through the
// backward pass, light up the lines of one source line.
const data = JSON.parse(document.getElementById("data").textContent);
const at = {}; // the step of each level
const runOf = {}; // the run that is shown of each page, by "level-page"

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const level = () => document.querySelector('[role="tab"][aria-selected="true"]').dataset.level;
const panelOf = (name) => document.querySelector(`.level[data-level="${name}"]`);

function show(name) {
  for (const tab of all('[role="tab"]')) {
    const on = tab.dataset.level === name;
    tab.setAttribute("aria-selected", on);
    tab.tabIndex = on ? 0 : -1;
  }
  for (const panel of all(".level")) panel.hidden = panel.dataset.level !== name;
}

// -- what is inside of a node

const insides = (node) => all(`details.inside[data-of="${node}"]`);

function setOpen(node, on) {
  for (const part of insides(node)) part.open = on && part.querySelector(".frame") !== null;
}

// Show a run of a page, and in what is inside of it the runs that were in this one.
function setRun(name, page, run) {
  const { runs: every, parents } = data[name];
  const runs = every[page];
  if (!runs.length) return;
  const k = Math.max(0, Math.min(run, runs.length - 1));
  runOf[`${name}-${page}`] = k;
  parents.forEach((parent, child) => {
    if (parent !== page || child === page) return;
    const mine = every[child].findLastIndex((r) => r[4] === k);
    const elsewhere = every[child].length > 0 && mine < 0 && every[child][0][4] >= 0;
    document.getElementById(`${name}-${child}`)?.classList.toggle("idle", elsewhere);
    if (mine >= 0) setRun(name, child, mine);
  });
  const [label, values, gradients] = runs[k];
  values.forEach((value, n) => {
    const spot = document.getElementById(`${name}-${page}-n${n}`);
    if (!spot) return;
    spot.querySelector(".value").textContent = value;
    spot.querySelector(".gradient").textContent = gradients[n];
  });
  const part = document.getElementById(`${name}-${page}`);
  if (!part) return;
  const told = part.querySelector(":scope > .runs > .run") ?? part.querySelector("summary .run");
  if (told) told.textContent = runs.length > 1 ? `${label} (${k + 1} of ${runs.length} runs)` : label;
  for (const button of all(":scope > .runs > [data-run]", part)) {
    button.disabled = button.dataset.run < 0 ? k === 0 : k === runs.length - 1;
  }
}

for (const node of all("[data-opens]")) {
  const toggle = () => setOpen(node.id, node.getAttribute("aria-expanded") !== "true");
  node.addEventListener("click", toggle);
  node.addEventListener("keydown", (e) => {
    if (e.key !== "Enter" && e.key !== " ") return;
    e.preventDefault();
    toggle();
  });
}
for (const part of all("details.inside")) {
  part.addEventListener("toggle", () => {
    const node = document.getElementById(part.dataset.of);
    node?.setAttribute("aria-expanded", insides(part.dataset.of).some((p) => p.open));
  });
  const [name, page] = [part.closest(".level").dataset.level, Number(part.id.split("-").pop())];
  for (const button of all(":scope > .runs > [data-run]", part)) {
    button.addEventListener("click", () => {
      setRun(name, page, runOf[`${name}-${page}`] + Number(button.dataset.run));
      mark(name);
    });
  }
}
window.addEventListener("beforeprint", () => {
  for (const part of all("details.inside")) part.open = part.querySelector(".frame") !== null;
});

// -- the backward pass

function mark(name) {
  const { steps, runs } = data[name];
  const now = at[name] ?? -1;
  const panel = panelOf(name);
  for (const frame of all(".frame", panel)) frame.classList.toggle("walking", now >= 0);
  for (const lit of all(".lit, .done", panel)) lit.classList.remove("lit", "done");
  if (now < 0) return;
  const reached = new Set([steps[0].ids[0]]);
  for (let k = 0; k <= now; k++) reached.add(steps[k].ids[1]);
  for (let k = now + 1; k < steps.length; k++) reached.delete(steps[k].ids[1]);
  runs.forEach((list, page) => {
    const ids = list.length ? list[runOf[`${name}-${page}`]][3] : [];
    ids.forEach((id, n) => {
      if (reached.has(id)) document.getElementById(`${name}-${page}-n${n}`)?.classList.add("done");
    });
  });
  const s = steps[now];
  if (runOf[`${name}-${s.page}`] !== s.run) return;
  document.getElementById(`${name}-${s.page}-n${s.node}`)?.classList.add("lit");
  document.getElementById(`${name}-${s.page}-w${s.into}-${s.node}`)?.classList.add("lit");
}

// Open the page of a step at its run, and those around it at the runs that it was in.
function enter(name, s) {
  const { runs, parents } = data[name];
  const path = [];
  for (let page = s.page, run = s.run; page >= 0; page = parents[page]) {
    path.unshift([page, run]);
    run = runs[page][run]?.[4] ?? -1;
    if (run < 0) run = runOf[`${name}-${parents[page]}`] ?? 0;
  }
  for (const [page, run] of path) {
    setRun(name, page, run);
    const part = document.getElementById(`${name}-${page}`);
    if (part) part.open = true;
  }
}

function walk(name, to) {
  const { steps, runs, titles } = data[name];
  const now = Math.max(-1, Math.min(to, steps.length - 1));
  at[name] = now;
  const text = panelOf(name).querySelector(".step");
  if (now < 0) {
    mark(name);
    text.textContent = !steps.length
      ? "There is nothing to walk through: nothing is differentiated here, or too much is executed."
      : `${steps.length} steps. The result's own gradient is 1; each step multiplies ` +
      "the gradient that arrives at a gate by the gate's local gradient.";
    return;
  }
  const s = steps[now];
  enter(name, s);
  mark(name);
  const say = (tag, t) => {
    const e = document.createElement(tag);
    e.textContent = t;
    return e;
  };
  const run = runs[s.page][s.run][0];
  const where = s.page ? `, in ${titles[s.page]}${run ? `, ${run}` : ""}` : "";
  text.replaceChildren(
    say("span", `Step ${now + 1} of ${steps.length}${where}: through ${s.gate} into ${s.wire}: ` +
      `upstream ${s.upstream} \u00d7 local ${s.local} = `),
    say("b", s.product), document.createElement("br"),
    say("code", s.rule ? `local gradient: ${s.rule}` : ""));
}

for (const tab of all('[role="tab"]')) {
  tab.addEventListener("click", () => show(tab.dataset.level));
  tab.addEventListener("keydown", (e) => {
    const tabs = all('[role="tab"]');
    const move = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (!move) return;
    const next = tabs[(tabs.indexOf(tab) + move + tabs.length) % tabs.length];
    show(next.dataset.level);
    next.focus();
  });
}
for (const button of all("[data-walk]")) {
  button.addEventListener("click", () => {
    const name = level();
    const by = button.dataset.walk;
    walk(name, by === "start" ? -1 : (at[name] ?? -1) + Number(by));
  });
}

// -- sources

for (const line of all(".l[data-line]")) {
  const twins = () => all(`.l[data-line="${line.dataset.line}"]`);
  const light = (on) => () => twins().forEach((t) => t.classList.toggle("same", on));
  line.addEventListener("mouseenter", light(true));
  line.addEventListener("mouseleave", light(false));
  line.addEventListener("focus", light(true));
  line.addEventListener("blur", light(false));
}

for (const name of Object.keys(data)) {
  data[name].runs.forEach((runs, page) => setRun(name, page, runs.length - 1));
  walk(name, -1);
}
// page.html#fused:3 opens a level at a step, page.html#fused:open opens all that is inside
const [wanted, step] = decodeURIComponent(location.hash.slice(1)).split(":");
const first = wanted in data ? wanted : Object.keys(data)[0];
if (first) {
  show(first);
  if (step === "open") for (const node of all("[data-opens]", panelOf(first))) setOpen(node.id, true);
  else if (step) walk(first, Number(step) - 1);
}

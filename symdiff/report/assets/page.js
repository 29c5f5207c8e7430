"use strict";
// Switch between levels, walk through the backward pass, light up the lines of one source line.
const steps = JSON.parse(document.getElementById("steps").textContent);
const at = {};

function level() {
  return document.querySelector('[role="tab"][aria-selected="true"]').dataset.level;
}

function show(name) {
  for (const tab of document.querySelectorAll('[role="tab"]')) {
    const on = tab.dataset.level === name;
    tab.setAttribute("aria-selected", on);
    tab.tabIndex = on ? 0 : -1;
  }
  for (const panel of document.querySelectorAll(".level")) {
    panel.hidden = panel.dataset.level !== name;
  }
}

function walk(name, to) {
  const panel = document.querySelector(`.level[data-level="${name}"]`);
  const list = steps[name];
  const now = Math.max(-1, Math.min(to, list.length - 1));
  at[name] = now;
  panel.querySelector(".frame").classList.toggle("walking", now >= 0);
  for (const lit of panel.querySelectorAll(".lit, .done")) lit.classList.remove("lit", "done");
  const text = panel.querySelector(".step");
  if (now < 0) {
    text.textContent = !list.length
      ? "A loop or a branch is one node of this picture: there is nothing to walk through."
      : `${list.length} steps. The result's own gradient is 1; each step multiplies ` +
      "the gradient that arrives at a gate by the gate's local gradient.";
    return;
  }
  const mark = (id) => document.getElementById(`${name}-n${id}`)?.classList;
  mark(list[0].node)?.add("done");
  for (let k = 0; k <= now; k++) {
    const later = list.slice(now + 1).some((s) => s.into === list[k].into);
    if (!later) mark(list[k].into)?.add("done");
  }
  const s = list[now];
  mark(s.node)?.add("lit");
  document.getElementById(`${name}-w${s.into}-${s.node}`)?.classList.add("lit");
  const say = (tag, t) => {
    const e = document.createElement(tag);
    e.textContent = t;
    return e;
  };
  text.replaceChildren(
    say("span", `Step ${now + 1} of ${list.length}: through ${s.gate} into ${s.wire}: upstream ${s.upstream} × local ${s.local} = `),
    say("b", s.product), document.createElement("br"), say("code", s.rule ? `local gradient: ${s.rule}` : ""));
}

for (const tab of document.querySelectorAll('[role="tab"]')) {
  tab.addEventListener("click", () => show(tab.dataset.level));
  tab.addEventListener("keydown", (e) => {
    const tabs = [...document.querySelectorAll('[role="tab"]')];
    const move = { ArrowRight: 1, ArrowLeft: -1 }[e.key];
    if (!move) return;
    const next = tabs[(tabs.indexOf(tab) + move + tabs.length) % tabs.length];
    show(next.dataset.level);
    next.focus();
  });
}
for (const button of document.querySelectorAll("[data-walk]")) {
  button.addEventListener("click", () => {
    const name = level();
    const by = button.dataset.walk;
    walk(name, by === "start" ? -1 : (at[name] ?? -1) + Number(by));
  });
}
for (const line of document.querySelectorAll(".l[data-line]")) {
  const twins = () => document.querySelectorAll(`.l[data-line="${line.dataset.line}"]`);
  const mark = (on) => () => twins().forEach((t) => t.classList.toggle("same", on));
  line.addEventListener("mouseenter", mark(true));
  line.addEventListener("mouseleave", mark(false));
  line.addEventListener("focus", mark(true));
  line.addEventListener("blur", mark(false));
}
for (const name of Object.keys(steps)) walk(name, -1);
// page.html#fused:3 opens a level at a step
const [wanted, step] = decodeURIComponent(location.hash.slice(1)).split(":");
const first = wanted in steps ? wanted : Object.keys(steps)[0];
if (first) {
  show(first);
  if (step) walk(first, Number(step) - 1);
}

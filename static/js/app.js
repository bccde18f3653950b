// Behaviour that mark-up asks for by data attributes (templates/components/README.md). Everything works without it.

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const csrf = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
const worded = (bar, number) => (number === 1 ? bar.dataset.one : bar.dataset.many.replace("%n", String(number)));

// --- toasts: dismissed by hand, or by themselves after a while unless somebody is at them

function arm(toast) {
  const leave = () => (toast.matches(":hover, :focus-within") ? setTimeout(leave, 4000) : toast.remove());
  setTimeout(leave, 8000);
}

function showToast({ text, tone = "ok" }) {
  const toast = $("#toast-template")?.content.firstElementChild?.cloneNode(true);
  if (!toast) return;
  toast.classList.remove("is-ok");
  toast.classList.add(`is-${tone}`);
  const picture = $("use", toast);
  if (tone !== "ok") picture.setAttribute("href", picture.getAttribute("href").replace("#i-done", "#i-stop"));
  $("[data-toast-text]", toast).textContent = text;
  $("#toasts").append(toast);
  arm(toast);
}

// --- theme: at once here, and kept for the user at the server

async function switchTheme(event) {
  event.preventDefault();
  const form = event.target;
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  labelTheme(form);
  const body = new FormData(form);
  body.set("theme", root.dataset.theme);
  await fetch(form.action, { method: "POST", body, headers: { "X-CSRFToken": csrf() }, redirect: "manual" });
}

function labelTheme(form) {
  const chosen = document.documentElement.dataset.theme;
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  $("button", form).setAttribute("aria-label", dark ? form.dataset.toLight : form.dataset.toDark);
}

// --- dialogs: native modal, focus trapped and returned by the browser; Escape and Back close

let pushed = false;

function openModal(dialog) {
  if (dialog.open) dialog.close();
  dialog.removeAttribute("popover");
  dialog.showModal();
}

function upgradeLayer(root = document) {
  const dialog = $("#layer dialog", root);
  if (!dialog || dialog.matches(":modal")) return;
  for (const inert of $$("[inert]")) inert.inert = false;
  dialog.parentElement.replaceWith(dialog);
  openModal(dialog);
  // Re-opening it as modal fires a late “close” of its first opening: only a closed dialog leaves.
  dialog.addEventListener("close", () => dialog.open || leaveLayer(dialog));
}

function leaveLayer(dialog) {
  dialog.remove();
  if (pushed) {
    pushed = false;
    if (history.state?.dialog) history.back();
    return;
  }
  const back = new URL(dialog.dataset.back || ".", location.href);
  const before = document.referrer && new URL(document.referrer);
  if (before && before.origin === location.origin && before.pathname === back.pathname) history.back();
  else location.assign(back);
}

async function openLink(link) {
  const answer = await fetch(link.href, { headers: { "HX-Request": "true", "HX-Target": "layer" } });
  if (!answer.ok || answer.redirected) return location.assign(link.href);
  const open = $("#layer dialog");
  $("#layer").innerHTML = await answer.text();
  if (open) history.replaceState(history.state, "", link.href);
  else {
    history.pushState({ dialog: true }, "", link.href);
    pushed = true;
  }
  window.htmx?.process($("#layer"));
  prepare($("#layer"));
  upgradeLayer();
}

addEventListener("popstate", () => {
  const dialog = $("#layer dialog[open]");
  if (dialog && pushed) dialog.close();
  else if (!dialog && history.state?.dialog) location.reload();
});

// --- figures that explain themselves in a popover

function placeBeside(popover, place) {
  const { offsetWidth: width, offsetHeight: height } = popover;
  const below = place.bottom + 4;
  const top = below + height <= innerHeight ? below : Math.max(8, place.top - height - 4);
  const left = Math.max(8, Math.min(place.right - width, innerWidth - width - 8));
  popover.style.inset = `${top}px auto auto ${left}px`;
}

async function explain(link) {
  const popover = $("#why");
  const answer = await fetch(link.href, { headers: { "HX-Request": "true" } });
  if (!popover?.showPopover || !answer.ok || answer.redirected) return location.assign(link.href);
  popover.innerHTML = await answer.text();
  popover.showPopover({ source: link });
  if (!CSS.supports("position-area: block-end")) placeBeside(popover, link.getBoundingClientRect());
  popover.focus();
}

// --- forms that say what is unsaved

const isChanged = (control) => {
  if (control.type === "checkbox" || control.type === "radio") return control.checked !== control.defaultChecked;
  if (control.tagName !== "SELECT") return control.type !== "hidden" && control.value !== control.defaultValue;
  const defaults = [...control.options].filter((item) => item.defaultSelected);
  const before = defaults.length ? defaults : control.multiple ? [] : [control.options[0]];
  const now = [...control.selectedOptions];
  return now.length !== before.length || now.some((item) => !before.includes(item));
};

function labelOf(control) {
  const own = control.closest(".option")?.querySelector(".label") || control.closest("fieldset")?.querySelector("legend");
  return (own || control.labels?.[0])?.textContent.trim() || control.getAttribute("aria-label") || control.name;
}

function reviewForm(form) {
  const controls = [...form.elements].filter((control) => control.name && control.willValidate !== undefined);
  const changed = controls.filter(isChanged);
  for (const row of $$(".option", form)) {
    const isNew = changed.some((control) => row.contains(control));
    row.classList.toggle("is-new", isNew);
    const tag = $("[data-unsaved-tag]", row);
    if (tag) tag.hidden = !isNew;
  }
  const names = [...new Set(changed.map(labelOf))];
  form.toggleAttribute("data-dirty", names.length > 0 || form.hasAttribute("data-unsaved"));
  const bar = $(".savebar", form);
  if (!bar) return;
  $("[data-savebar-count]", bar).textContent = names.length ? worded(bar, names.length) : "";
  $("[data-savebar-names]", bar).textContent = names.slice(0, 4).join(", ") + (names.length > 4 ? " …" : "");
}

addEventListener("beforeunload", (event) => {
  if ($$("form[data-savebar][data-dirty]:not([data-sent])").length) event.preventDefault();
});

// --- options that depend on others, and the word beside a switch

function reviewDependents(form) {
  for (const row of $$("[data-depends]", form)) {
    const [name, values] = row.dataset.depends.split("=");
    const control = form.elements[name];
    if (!control) continue;
    const value = control.type === "checkbox" ? (control.checked ? "on" : "") : control.value;
    row.hidden = !values.split("|").includes(value);
  }
  for (const input of $$("input[role=switch]", form)) {
    const word = input.parentElement.querySelector("[data-on]");
    if (word) word.textContent = input.checked ? word.dataset.on : word.dataset.off;
  }
}

const lastStep = (form) => [...form.elements].find((control) => control.matches("button.danger"));

// --- selection in a list

const within = (form, selector) => [...form.elements].filter((control) => control.matches(selector));

function reviewSelection(form, matching = false) {
  const boxes = within(form, "[data-select-row]:not(:disabled)");
  const chosen = boxes.filter((box) => box.checked);
  for (const box of boxes) box.closest("tr")?.classList.toggle("selected", box.checked);
  const [head] = within(form, "[data-select-all]");
  if (head) {
    head.checked = boxes.length > 0 && chosen.length === boxes.length;
    head.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
  }
  const all = matching && chosen.length === boxes.length;
  const field = form.elements.all_matching;
  if (field) field.value = all ? "1" : "";
  form.toggleAttribute("data-any", chosen.length > 0);
  const count = $("[data-selection-count]", form);
  if (count) count.textContent = all ? count.dataset.all : worded(count, chosen.length);
  const ticked = $("[data-when-ticked]", form);
  if (ticked && chosen.length) ticked.checked = true;
  const more = $("[data-select-matching]", form);
  if (more) more.hidden = all || !head?.checked;
}

function check(form, on) {
  for (const box of within(form, "[data-select-row]")) box.checked = on && !box.disabled;
}

// --- one listener a kind, so that fragments need no wiring

document.addEventListener("click", (event) => {
  const hit = (selector) => event.target.closest(selector);
  if (hit("[data-dismiss]")) hit("[data-toast]").remove();
  const opener = hit("[data-dialog]");
  if (opener) {
    event.preventDefault();
    openModal(document.getElementById(opener.dataset.dialog));
  }
  if (hit("[data-close]") && hit("dialog:modal")) {
    event.preventDefault();
    hit("dialog").close();
  }
  const link = hit("a[data-open-dialog], a[data-explain]");
  if (link && event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)) {
    event.preventDefault();
    if (link.dataset.explain === undefined) openLink(link);
    else explain(link);
  }
  const form = event.target.closest("form[data-selection]");
  if (form && hit("[data-select-matching]")) reviewSelection(form, true);
  if (form && hit("[data-select-none]")) {
    check(form, false);
    reviewSelection(form);
  }
  const printer = hit("[data-print]");
  if (printer) window.print();
});

function review(event) {
  const control = event.target;
  const form = control.form;
  if (control.dataset.submit !== undefined && event.type === "change") return form.requestSubmit();
  if (control.dataset.confirmWord !== undefined) {
    lastStep(form).disabled = control.value.trim() !== control.dataset.confirmWord;
  }
  if (!form) return;
  if (form.matches("[data-savebar]")) reviewForm(form);
  reviewDependents(form);
  if (event.type !== "change" || !form.matches("[data-selection]")) return;
  if (control.matches("[data-select-all]")) check(form, control.checked);
  if (control.matches("[data-select-all], [data-select-row]")) reviewSelection(form);
}

document.addEventListener("input", review);
document.addEventListener("change", review);

document.addEventListener("reset", (event) =>
  setTimeout(() => {
    reviewDependents(event.target);
    if (event.target.matches("[data-savebar]")) reviewForm(event.target);
  }),
);

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-theme-switch]")) switchTheme(event);
  else if (form.matches("[data-savebar]")) form.toggleAttribute("data-sent", true);
});

document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey || $("dialog:modal")) return;
  event.preventDefault();
  $("[data-search]")?.select();
});

function guessZone(select) {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (select.value === "UTC" && [...select.options].some((item) => item.value === zone)) select.value = zone;
}

function prepare(root) {
  for (const select of $$("select[data-guess-zone]", root)) guessZone(select);
  for (const toast of $$("[data-toast]", root)) arm(toast);
  for (const form of $$("form", root)) reviewDependents(form);
  for (const form of $$("form[data-savebar]", root)) reviewForm(form);
  for (const form of $$("form[data-selection]", root)) reviewSelection(form);
  for (const word of $$("[data-confirm-word]", root)) lastStep(word.form).disabled = true;
}

document.addEventListener("htmx:afterSwap", (event) => {
  prepare(event.target);
  upgradeLayer();
});
// A session that ended answers with the log-in page; what a person sent and nobody answered is said.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!new URL(event.detail.xhr.responseURL).pathname.startsWith(document.body.dataset.logIn)) return;
  event.detail.shouldSwap = false;
  location.reload();
});
for (const failure of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(failure, (event) => {
    if (event.detail.requestConfig?.triggeringEvent) showToast({ text: document.body.dataset.failed, tone: "bad" });
  });
}
document.addEventListener("toast", (event) => showToast(event.detail));

prepare(document);
for (const form of $$("[data-theme-switch]")) labelTheme(form);
upgradeLayer();
$("[data-focus]")?.focus();
$(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
addEventListener("pageshow", (event) => event.persisted && prepare(document));

// The page's hands: presses, keys and files become acts; the server shows what came of them.
(() => {
  const $ = (id) => document.getElementById(id);
  const words = JSON.parse($("js-words").textContent);
  // What is written and not sent outlives a reload, which follows when the page was started again.
  const drafts = JSON.parse(sessionStorage.getItem("drafts") || "{}");
  function draft(chat, text) { if (text) drafts[chat] = text; else delete drafts[chat]; sessionStorage.setItem("drafts", JSON.stringify(drafts)); }
  let answering = null, editing = null, before = "", stick = true, files = [], sending = false;

  const composer = () => $("composer");
  const where = () => {
    const form = composer();
    if (!form) { const head = $("page").dataset; return { chat: +head.chat, user: +head.user }; }
    const thread = form.dataset.thread ? +form.dataset.thread : null;
    return { chat: +form.dataset.chat, user: +form.dataset.user, thread, reply_to: answering };
  };

  function toast(text) {
    if (!text) return;
    $("toast").textContent = text;
    clearTimeout(toast.timer);
    toast.timer = setTimeout(() => { $("toast").textContent = ""; }, Math.max(2500, text.length * 110));
  }
  function alertBox(text) { $("alert-words").textContent = text; $("alert").showModal(); }

  // -- acts: every act is answered; what was not taken stays where it was -------------------------------
  async function call(path, options) {
    try {
      const answer = await fetch(path, options);
      const said = await answer.json();
      if (said.error) { toast(said.error); return null; }
      return said;
    } catch { toast(words.unreachable); return null; }
  }
  const lang = document.documentElement.lang.slice(0, 2);
  const act = (name, more = {}) => call(`/act?lang=${lang}`, {
    method: "POST", headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ act: name, ...where(), ...more }),
  });

  async function upload(chosen, kind, caption) {
    const form = new FormData();
    for (const [name, value] of Object.entries(where())) if (value !== null && value !== undefined) form.set(name, value);
    form.set("kind", kind); form.set("text", caption);
    for (const file of chosen) {
      if (file.size > words.most_bytes) { toast(words.too_big.replace("{name}", file.name)); return null; }
      form.append("files", file);
    }
    return call(`/upload?lang=${lang}`, { method: "POST", body: form });
  }

  function show(answer) {
    if (!answer) return;
    if (answer.copied) { navigator.clipboard?.writeText(answer.copied).catch(() => {}); toast(words.copied.replace("{text}", answer.copied)); }
    if (answer.flash) (answer.alert ? alertBox : toast)(answer.flash);
    if (answer.url) openLink(answer.url);
    if (answer.chat) { emitEvent("choose", answer.chat); panel("chat"); stick = true; }
  }
  function openLink(url) {
    const found = /^(?:https:\/\/t\.me\/|tg:\/\/resolve\?domain=)(\w+)(?:[?&]start=([\w-]+))?/.exec(url);
    if (found && found[1] === words.bot) act("follow", { payload: found[2] || "" }).then(show);
    else if (/^https?:/.test(url)) window.open(url, "_blank", "noopener");
  }

  // -- writing -------------------------------------------------------------------------------------------
  async function send() {
    const field = $("words");
    if (!field || sending) return;
    const text = field.value, chat = composer().dataset.chat, rest = editing ? before : "";
    const photos = files.length || editing ? [] : [...document.querySelectorAll(".sample:checked")];
    if (!text.trim() && !files.length && !photos.length) return;
    sending = true;
    const done = photos.length ? await act("send_samples", { names: photos.map((one) => one.value), text })
      : files.length ? await upload(files, files.kind, text)
      : editing ? await act("edit", { message: editing, text }) : await act("send_text", { text });
    sending = false;
    if (!done) return;
    photos.forEach((one) => { one.checked = false; });
    close();
    if (drafts[chat] === text) draft(chat, "");
    if (composer()?.dataset.chat !== chat) return;
    if ($("words").value === text) { $("words").value = rest; grow($("words")); }
    forget(); stick = true; $("words").focus();
  }
  function leave() { if (editing) put(before); forget(); }
  function forget() {
    answering = editing = null; files = [];
    if ($("answering")) $("answering").hidden = true;
    if ($("chosen-files")) $("chosen-files").hidden = true;
    document.querySelectorAll("input[type=file]").forEach((input) => { input.value = ""; });
  }
  function grow(field) { field.style.height = "auto"; field.style.height = `${Math.min(field.scrollHeight + 2, 180)}px`; }
  function put(text) { const field = $("words"); if (field) { field.value = text; grow(field); field.focus(); } }
  function fill(text) { put(text); if (composer()) draft(composer().dataset.chat, text); }
  function note(text) { const line = $("answering"); line.querySelector("span").textContent = text; line.hidden = false; $("words").focus(); }

  function panel(name) { document.body.dataset.panel = name; }

  const doing = {
    panel: (it) => panel(it.dataset.panel),
    language: (it) => { it.search = location.search; },
    choose: (it) => { emitEvent("choose", +it.dataset.chat); panel("chat"); stick = true; },
    // What is written at once goes there already: nobody waits until the server has shown it.
    topic: (it) => { composer().dataset.thread = it.dataset.thread; emitEvent("topic", it.dataset.thread ? +it.dataset.thread : null); },
    older: () => emitEvent("older"),
    reply: (it) => { const one = it.closest(".message"); if (editing) put(before); editing = null; answering = +one.dataset.message; note(`${words.reply} ${(one.querySelector(".words")?.textContent || "").slice(0, 50)}`); },
    edit: (it) => { const one = it.closest(".message"); if (!editing) before = $("words").value; editing = +one.dataset.message; answering = null; put(one.querySelector(".words").innerText); note(words.editing); },
    unreply: () => { leave(); $("words").focus(); },
    show: (it, event) => { event.preventDefault(); reveal(+it.dataset.id); },
    press: async (it) => {
      if (it.getAttribute("aria-busy")) return;
      it.setAttribute("aria-busy", "true");
      pressed = { piece: it.closest("#messages > *"), at: performance.now() };
      show(await act("press", { message: +it.closest(".message").dataset.message, place: +it.dataset.place, label: it.dataset.label }));
      it.removeAttribute("aria-busy");
    },
    link: (it, event) => { event.preventDefault(); openLink(it.getAttribute("href") === "#" ? it.textContent : it.href); },
    command: (it, event) => { event.preventDefault(); close(); at_once("send_text", { text: it.dataset.command ? `/${it.dataset.command}` : it.textContent }); },
    say: (it) => at_once("send_text", { text: it.dataset.say }),
    join: () => act("join"),
    block: () => act("block"),
    send_samples: async () => {
      const chosen = [...document.querySelectorAll(".sample:checked")];
      if (!chosen.length) { toast(words.no_photo); return; }
      await send();
    },
    send_place: (it) => { close(); at_once("send_place", { name: it.dataset.name }); },
    place_key: () => document.querySelector(".menu [data-act=send_place]")?.click(),
    send_contact: () => { close(); at_once("send_contact"); },
    fill: (it) => {
      emitEvent("choose", +it.dataset.chat); panel("chat"); draft(it.dataset.chat, it.dataset.say); pending = it.dataset;
      if (composer()?.dataset.chat === it.dataset.chat) composed();
    },
    clock_next: (it) => slow(it, "clock_next"), clock_hour: (it) => slow(it, "clock_hour"), clock_ask: (it) => slow(it, "clock_ask"),
    clock_to: async (it) => {
      const given = it.dataset.moment || $("moment").value;
      if (await slow(it, "clock_to", { moment: given }) && moment === given) moment = null;
    },
    kill: (it) => slow(it, "kill"), start: async (it) => { if (!await slow(it, "start")) document.querySelector(".log")?.scrollIntoView({ block: "center" }); },
    down: () => { stick = true; $("messages").scrollTop = $("messages").scrollHeight; $("news").hidden = true; },
    fault: (it) => act("fault", { name: it.dataset.name }),
  };
  let pending = null, moment = null, pressed = { piece: null, at: 0 };
  async function slow(it, name, more) {
    if (it.getAttribute("aria-busy")) return;
    it.setAttribute("aria-busy", "true");
    const done = await act(name, more);
    it.removeAttribute("aria-busy");
    return done;
  }
  // Something without words of its own: a reply that was chosen is answered by it, and is over then.
  async function at_once(name, more) {
    stick = true;
    const chosen = answering;
    // Another reply may have been chosen meanwhile; it stays.
    if (await act(name, more) && chosen && answering === chosen) forget();
  }
  function close(but) {
    for (const one of document.querySelectorAll("details.menu[open]")) {
      if (one === but) continue;
      if (one.contains(document.activeElement)) one.querySelector("summary").focus();
      one.open = false;
    }
  }
  function reveal(id) {
    const found = $(`m-${id}`);
    if (!found) { emitEvent("reveal", id); return; }
    stick = false;
    found.scrollIntoView({ block: "center" });
    const bubble = found.querySelector(".bubble");
    bubble.classList.remove("flash"); void bubble.offsetWidth; bubble.classList.add("flash");
  }

  window.revealMessage = (id) => setTimeout(() => { if ($(`m-${id}`)) reveal(id); else toast(words.further_up); }, 300);

  document.addEventListener("click", (event) => {
    const it = event.target.closest("[data-act]");
    close(event.target.closest("details"));
    if (it && it.tagName !== "SELECT" && doing[it.dataset.act]) doing[it.dataset.act](it, event);
  });
  document.addEventListener("change", (event) => {
    const it = event.target;
    if (it.dataset.act === "as") { composer().dataset.user = it.value; emitEvent("as", +it.value); }
    if (it.type === "file" && it.files.length) {
      files = [...it.files]; files.kind = it.dataset.kind; close();
      const line = $("chosen-files"); line.querySelector("span").textContent = `${words.chosen} ${files.map((one) => one.name).join("、")}`; line.hidden = false; $("words").focus();
    }
  });
  document.addEventListener("submit", (event) => { if (event.target.id === "composer") { event.preventDefault(); send(); } });
  document.addEventListener("input", (event) => {
    if (event.target.id === "moment") moment = event.target.value;
    if (event.target.id === "find") find();
    if (event.target.id === "words") { if (!editing) draft(composer().dataset.chat, event.target.value); grow(event.target); }
  });

  // -- keys: Enter sends, Esc leaves, arrows move between chats ------------------------------------------
  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.target.id === "words" && event.key === "Enter" && !event.shiftKey) { event.preventDefault(); send(); return; }
    if (event.key === "Escape" && !$("alert").open) {
      if (document.querySelector("details.menu[open]")) { close(); return; }
      if (answering || editing || files.length) { leave(); return; }
      if (event.target.id === "words") { event.target.blur(); }
      document.querySelector(".chat-line.chosen")?.focus();
      return;
    }
    if (event.target.id === "moment" && event.key === "Enter") document.querySelector("[data-act=clock_to]").click();
    if ((event.key === "ArrowDown" || event.key === "ArrowUp") && event.target.closest?.("#chats")) {
      const lines = [...document.querySelectorAll(".chat-line")].filter((one) => one.offsetParent);
      const next = lines[lines.indexOf(event.target) + (event.key === "ArrowDown" ? 1 : -1)];
      if (next) { event.preventDefault(); next.focus(); next.click(); }
    }
  });

  // -- what the server changed: the scroll, the draft and the focus stay where they were -----------------
  let focused = null;
  document.addEventListener("focusin", (event) => { focused = event.target.dataset?.focus || null; });
  // A button that is gone leaves the focus to its message's first button, or to the messages.
  const again = (name) => [...document.querySelectorAll("[data-focus]")].find((one) => one.dataset.focus === name)
    || (/^m-/.test(name) ? document.querySelector(`#${/^m-\d+/.exec(name)[0]} .key`) || $("messages") : null);
  document.addEventListener("pointerdown", () => { focused = null; });
  // What stands under the finger after a press was not meant: it takes no pointer for a moment.
  function settle(changes) {
    const piece = pressed.piece;
    if (!piece || performance.now() - pressed.at > 1500 || !changes.some((one) => piece.contains(one.target))) return;
    piece.classList.add("fresh");
    setTimeout(() => piece.classList.remove("fresh"), 500);
  }
  function find() {
    const sought = $("find").value.trim();
    for (const one of document.querySelectorAll("#chat-lines > *")) one.hidden = Boolean(sought) && !one.querySelector(".chat-line")?.textContent.includes(sought);
  }
  let shownChat = null;
  function composed() {
    const field = $("words");
    if (!field) return;
    const chat = composer().dataset.chat;
    if (shownChat !== chat || pending) { shownChat = chat; $("news").hidden = true; document.querySelector(".chat-line.chosen")?.scrollIntoView({ block: "nearest" }); field.value = drafts[chat] || ""; grow(field); forget(); }
    else if (!field.dataset.known) { field.value = editing ? field.value : drafts[chat] || ""; grow(field); }
    field.dataset.known = "1";
    if (pending && pending.chat === chat) {
      document.querySelectorAll(".sample").forEach((one) => { one.checked = one.value === pending.photo; });
      const menu = document.querySelector("details.menu");
      if (pending.photo && menu) menu.open = true; else field.focus();
      pending = null;
    }
  }
  window.addEventListener("load", () => {
    const box = $("messages");
    box.addEventListener("scroll", () => {
      stick = box.scrollHeight - box.scrollTop - box.clientHeight < 60;
      if (stick) $("news").hidden = true;
      const older = box.querySelector(".older");
      if (older && box.scrollTop < 40 && !older.disabled) { older.disabled = true; emitEvent("older"); }
    });
    // A message that is longer than the screen is read from its beginning.
    function end(newest) {
      if (newest && newest.offsetHeight > box.clientHeight) newest.scrollIntoView({ block: "start" });
      else box.scrollTop = box.scrollHeight;
    }
    let height = 0, last = null, chat = null;
    new MutationObserver((changes) => {
      settle(changes);
      const newest = box.querySelector(":scope > :last-child .message"), same = chat === $("page").dataset.chat;
      const more = same && newest && last && newest.id !== last && !newest.classList.contains("own");
      last = newest?.id; chat = $("page").dataset.chat;
      if (stick) end(newest);
      else if (more && performance.now() - pressed.at < 8000) newest.scrollIntoView({ block: "nearest" });
      else if (more) $("news").hidden = false;
      else if (box.scrollTop < 60 && height && box.scrollHeight > height) box.scrollTop += box.scrollHeight - height;
      height = box.scrollHeight;
    }).observe(box, { childList: true, subtree: true });
    // A phone's keyboard makes the page lower: what was at the end stays there.
    window.addEventListener("resize", () => { if (stick) box.scrollTop = box.scrollHeight; });
    box.addEventListener("load", () => { if (stick) box.scrollTop = box.scrollHeight; }, true);
    new MutationObserver(composed).observe($("below"), { childList: true, subtree: true });
    new MutationObserver(() => {
      if (moment !== null && $("moment").value !== moment) $("moment").value = moment;
      if (focused && document.activeElement === document.body) again(focused)?.focus({ preventScroll: true });
    }).observe($("page"), { childList: true, subtree: true });
    new MutationObserver(() => history.replaceState(null, "", `?chat=${$("page").dataset.chat}`)).observe($("page"), { attributeFilter: ["data-chat"] });
    panel($("page").dataset.chat ? "chat" : "side");
    composed();
    window.socket?.on("disconnect", () => { $("offline").hidden = false; });
    window.socket?.on("connect", () => { $("offline").hidden = true; });
    window.pageShown = true;
  });
})();

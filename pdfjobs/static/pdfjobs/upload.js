// Hands decks to the API one after another, shows how far each is, and follows it until it is a job or refused.
"use strict";

const form = document.getElementById("upload");
const drop = document.getElementById("drop");
const chooser = document.getElementById("deck");
const list = document.getElementById("sent-list");
const together = document.getElementById("together");
const words = list.dataset;
const FOLLOW_MS = 700;
let queue = Promise.resolve();

drop.querySelector("[data-dropping]").hidden = false;
drop.querySelector("[data-choosing]").hidden = true;
together.addEventListener("change", showTogether);
showTogether();

for (const name of ["dragenter", "dragover"]) {
  drop.addEventListener(name, (event) => {
    event.preventDefault();
    drop.classList.add("is-over");
  });
}
for (const name of ["dragleave", "drop"]) {
  drop.addEventListener(name, () => drop.classList.remove("is-over"));
}
drop.addEventListener("drop", async (event) => {
  event.preventDefault();
  const dropped = await entriesOf(event.dataTransfer);
  for (const folder of dropped.folders) handIn(folder.files, folder.name);
  handInFiles(dropped.files);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  handInFiles([...chooser.files].map((file) => ({ file, path: file.name })));
  chooser.value = "";
});

// A folder's name and its deck are asked for only where there is a folder.
function showTogether() {
  for (const field of form.querySelectorAll("[data-if-together]")) field.hidden = !together.checked;
}

function handInFiles(files) {
  if (together.checked && files.length > 1) {
    handIn(files, form.elements.folder.value || files[0].file.name.replace(/\.[^.]*$/, ""));
  } else {
    for (const one of files) handIn([one], "");
  }
}

// What was dropped: files, and folders with everything in them that is not hidden.
async function entriesOf(transfer) {
  const found = { files: [], folders: [] };
  const items = [...transfer.items].filter((item) => item.kind === "file");
  // All at once: after the first wait the browser has taken them back.
  const dropped = items.map((item) => [item.webkitGetAsEntry(), item.getAsFile()]);
  for (const [entry, file] of dropped) {
    if (entry?.isDirectory) {
      const files = [];
      await collect(entry, "", files);
      if (files.length) found.folders.push({ name: entry.name, files });
    } else if (file) {
      found.files.push({ file, path: file.name });
    }
  }
  return found;
}

async function collect(folder, prefix, files) {
  const reader = folder.createReader();
  for (;;) {
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (!some.length) return;
    for (const entry of some) {
      if (entry.name.startsWith(".")) continue;
      if (entry.isDirectory) await collect(entry, `${prefix}${entry.name}/`, files);
      else files.push({ file: await fileOf(entry), path: prefix + entry.name });
    }
  }
}

function fileOf(entry) {
  return new Promise((done, failed) => entry.file(done, failed));
}

function handIn(files, folder) {
  document.getElementById("sent").hidden = false;
  const row = rowOf(folder || files[0].file.name);
  const size = files.reduce((sum, one) => sum + one.file.size, 0);
  if (size > Number(form.dataset.most)) {
    row.say(words.large, "is-refused");
    return;
  }
  const body = new FormData();
  for (const name of ["project", "info", "base_runs", "main"]) body.append(name, form.elements[name].value);
  if (folder) body.append("folder", folder);
  for (const one of files) {
    body.append("deck", one.file, one.file.name);
    if (folder) body.append("paths", one.path);
  }
  // One after another: the first is whole before the next takes its share of the line.
  queue = queue.then(() => send(body, row));
}

function send(body, row) {
  return new Promise((done) => {
    if (row.stopped) return done();
    const request = new XMLHttpRequest();
    request.open("POST", form.dataset.api);
    request.setRequestHeader("X-CSRFToken", form.elements.csrfmiddlewaretoken.value);
    request.upload.addEventListener("progress", (event) => row.progress(event.loaded / event.total));
    request.addEventListener("load", () => {
      const answer = parsed(request.responseText);
      if (request.status === 201) follow(answer, row);
      else row.say(answer?.detail ? `${answer.detail} ${answer.remedy}` : words.failed, "is-refused");
      done();
    });
    request.addEventListener("error", () => { row.say(words.failed, "is-refused"); done(); });
    request.addEventListener("abort", () => { row.say(words.stopped, "is-refused"); done(); });
    row.onStop(() => request.abort());
    row.say(words.sending);
    request.send(body);
  });
}

async function follow(drop, row) {
  row.progress(1);
  while (drop && ["arriving", "claimed"].includes(drop.state)) {
    row.say(words[drop.state]);
    await new Promise((done) => setTimeout(done, FOLLOW_MS));
    const answer = await fetch(`${form.dataset.api}/${drop.id}`).catch(() => null);
    if (answer?.status === 404) break;
    if (answer?.ok) drop = await answer.json();
  }
  if (drop?.job) row.lead(drop.job);
  else row.say(`${words[drop.state]} ${drop.reason}`, "is-refused");
}

function rowOf(name) {
  const item = document.createElement("li");
  const title = document.createElement("span");
  title.className = "name";
  title.textContent = title.title = name;
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", name);
  const said = document.createElement("span");
  said.className = "said";
  const stop = document.createElement("button");
  stop.type = "button";
  stop.className = "small";
  stop.textContent = words.stop;
  stop.setAttribute("aria-label", `${words.stop} ${name}`);
  item.append(title, bar, said, stop);
  list.prepend(item);
  const row = {
    stopped: false,
    progress: (share) => { bar.value = share; if (share >= 1) stop.remove(); },
    say: (text, kind) => {
      if (said.textContent !== text) said.textContent = text;
      if (kind) { item.className = kind; bar.remove(); stop.remove(); }
    },
    lead: (number) => {
      item.className = "is-taken";
      bar.remove();
      const link = document.createElement("a");
      link.href = form.dataset.job.replace("/0/", `/${number}/`);
      link.textContent = `${words.taken} ${number}`;
      said.replaceChildren(link);
    },
    onStop: (act) => { stop.onclick = act; },
  };
  row.onStop(() => { row.stopped = true; row.say(words.stopped, "is-refused"); });
  return row;
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

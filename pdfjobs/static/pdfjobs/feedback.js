// The feedback dialog: opens over the page, copies the address, and puts this page's address into the mail.
"use strict";

document.addEventListener("click", async (event) => {
  const opener = event.target.closest("[data-feedback]");
  const dialog = document.getElementById("feedback");
  if (opener && dialog) {
    event.preventDefault();
    opener.closest("details")?.removeAttribute("open");
    const mail = dialog.querySelector("[data-feedback-mail]");
    if (mail) {
      const body = encodeURIComponent(`\n\n${location.href}`);
      mail.href = `${mail.href.split("?")[0]}?subject=${encodeURIComponent(`${mail.dataset.subject} ${document.title}`)}&body=${body}`;
    }
    dialog.showModal();
    return;
  }
  const copier = event.target.closest("[data-copy]");
  if (copier) await copy(copier);
});

async function copy(button) {
  const said = button.closest("form, section")?.querySelector("[data-copied]");
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
  } catch {
    // Without https there is no clipboard: mark the text, so that Ctrl+C takes it.
    const text = button.parentElement.querySelector("[data-copy-text]");
    getSelection().selectAllChildren(text);
    document.execCommand("copy");
  }
  if (said) said.hidden = false;
}

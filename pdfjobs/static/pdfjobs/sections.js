// Brings in the plot's choices and the list of files anew when the run has series or logs it had not before.
(() => {
  "use strict";
  const SECTIONS = ["job-plot", "job-log"];
  const known = () => document.getElementById("job-header").dataset.known;
  let shown = known();

  document.addEventListener("patched", async () => {
    const now = known();
    if (now === shown) return;
    shown = now;
    try {
      const answer = await fetch(location.pathname, { cache: "no-store" });
      if (!answer.ok || answer.redirected) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      window.localTimes(fresh);
      for (const id of SECTIONS) {
        const section = fresh.getElementById(id);
        if (section) document.getElementById(id).replaceWith(document.adoptNode(section));
      }
      document.dispatchEvent(new Event("sections"));
    } catch {
      shown = null; // asked again with the next change
    }
  });
})();


"use strict";
(function () {
  const form = document.getElementById("filters");
  const findings = Array.from(document.querySelectorAll(".finding"));
  const shown = document.getElementById("shown");

  function filter() {
    const data = new FormData(form);
    const verdicts = data.getAll("verdict");
    const region = data.get("region");
    let count = 0;
    for (const f of findings) {
      f.hidden = !verdicts.includes(f.dataset.verdict) || region !== "" && f.dataset.region !== region;
      if (!f.hidden) count++;
    }
    shown.textContent = count + " of " + findings.length + " shown";
  }

  form.hidden = false;
  form.addEventListener("change", filter);
  form.addEventListener("submit", function (e) { e.preventDefault(); });
  filter();

  // A page that was opened as a file has no clipboard API everywhere: then the
  // text is selected, ready to copy.
  for (const button of document.querySelectorAll(".copy button")) {
    const pre = button.previousElementSibling;
    button.hidden = false;
    button.addEventListener("click", function () {
      getSelection().selectAllChildren(pre);
      const done = function () { button.textContent = "Copied"; };
      if (navigator.clipboard) {
        navigator.clipboard.writeText(pre.textContent).then(done, function () {});
      } else if (document.execCommand("copy")) {
        done();
      }
    });
  }

  const closed = [];
  addEventListener("beforeprint", function () {
    for (const d of document.querySelectorAll("details:not([open])")) { d.open = true; closed.push(d); }
  });
  addEventListener("afterprint", function () {
    while (closed.length) closed.pop().open = false;
  });
})();

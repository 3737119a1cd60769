"use strict";
/* Filters rows and details, and opens what a link leads to. No less-than or ampersand stands here, so that
   the page is XML as well. */
(function () {
  function all(where, what) { return Array.prototype.slice.call(where.querySelectorAll(what)); }
  function byId(id) { return document.getElementById(id); }
  var form = byId("filter");
  var fields = ["state", "target", "topic", "text"];
  var count = byId("f-count");

  function wanted() {
    var w = {};
    fields.forEach(function (f) { w[f] = byId("f-" + f).value; });
    w.text = w.text.toLowerCase();
    return w;
  }

  /* A row of a table of cases has a cell for each target, in the order of the list of targets. */
  function fitsRow(row, topic, w, column) {
    if (w.topic !== "" ? topic !== w.topic : false) { return false; }
    if (w.text !== "" ? row.textContent.toLowerCase().indexOf(w.text) === -1 : false) { return false; }
    if (w.state === "" ? column === 0 : false) { return true; }
    return all(row, "td").some(function (cell, at) {
      var here = column === 0 ? true : at === column - 1;
      var state = cell.textContent.trim();
      return here ? (w.state === "" ? state !== "" : state === w.state) : false;
    });
  }

  function fitsDetail(detail, w) {
    return ["state", "target", "topic"].every(function (f) {
      return w[f] === "" ? true : detail.getAttribute("data-" + f) === w[f];
    }) ? (w.text === "" ? true : detail.querySelector("summary").textContent.toLowerCase().indexOf(w.text) !== -1)
       : false;
  }

  function filter() {
    var w = wanted();
    var column = byId("f-target").selectedIndex;
    var narrow = fields.some(function (f) { return w[f] !== ""; });
    var shown = 0;
    all(document, "details.topic").forEach(function (topic) {
      var here = 0;
      all(topic, "tbody tr").forEach(function (row) {
        var fits = fitsRow(row, topic.getAttribute("data-topic"), w, column);
        row.hidden = !fits;
        here += fits ? 1 : 0;
      });
      topic.hidden = here === 0;
      topic.open = narrow ? here !== 0 : false;
      shown += here;
    });
    all(document, "details.case").forEach(function (detail) { detail.hidden = !fitsDetail(detail, w); });
    count.textContent = shown + (shown === 1 ? " case" : " cases");
  }

  function reveal() {
    var to = location.hash.length > 1 ? byId(decodeURIComponent(location.hash.slice(1))) : null;
    var box = to ? to.closest("details") : null;
    for (; box; box = box.parentElement ? box.parentElement.closest("details") : null) {
      box.hidden = false;
      box.open = true;
    }
    if (to) { to.scrollIntoView(); }
  }

  form.hidden = false;
  form.addEventListener("submit", function (e) { e.preventDefault(); });
  form.addEventListener("input", filter);
  window.addEventListener("hashchange", reveal);
  filter();
  reveal();
}());

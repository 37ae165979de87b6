// What the pages do better with scripts; everything works without this file.
"use strict";

// after "Weitere Treffer": say so, and go on reading at the first new hit
document.addEventListener("htmx:beforeRequest", (event) => {
  const link = event.target;
  if (!(link instanceof HTMLElement) || !("more" in link.dataset)) return;
  const hits = document.getElementById("hits");
  hits.dataset.shown = String(hits.children.length);
  hits.dataset.loaded = link.dataset.loaded;
});

document.addEventListener("htmx:afterSettle", (event) => {
  const hits = document.getElementById("hits");
  if (!hits || event.target !== hits || !hits.dataset.shown) return;
  const first = hits.children[Number(hits.dataset.shown)];
  delete hits.dataset.shown;
  document.getElementById("said").textContent = hits.dataset.loaded;
  if (first) first.querySelector("a").focus();
});

// an answer that is no page of hits is shown as the page it is
for (const name of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(name, (event) => {
    const link = event.target;
    if (link instanceof HTMLAnchorElement && "more" in link.dataset) window.location.assign(link.href);
  });
}

// not every page has a picture; images do not bubble their errors
document.addEventListener("error", (event) => {
  if (event.target instanceof HTMLImageElement) dropPicture(event.target);
}, true);
for (const image of document.querySelectorAll("[data-picture] img")) {
  if (image.complete && image.naturalWidth === 0) dropPicture(image);
}

function dropPicture(image) {
  const figure = image.closest("[data-picture]");
  if (!figure) return;
  figure.closest(".sheet").classList.remove("sheet--pictured");
  figure.remove();
}

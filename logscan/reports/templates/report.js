"use strict";
// Search and filter over the findings. The page does not need it: without it everything is shown.
(() => {
  const box = document.getElementById("filter");
  const stories = [...document.querySelectorAll("article[id^='finding-']")];
  if (!box || !stories.length) return;
  const search = box.querySelector("input[type=search]");
  const levels = [...box.querySelectorAll("input[type=checkbox]")];
  const told = box.querySelector("output");
  const texts = stories.map((story) => story.textContent.toLowerCase());

  function apply() {
    const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const hidden = levels.filter((level) => !level.checked).map((level) => level.value);
    let shown = 0;
    stories.forEach((story, at) => {
      const fits = !hidden.includes(story.className) && wanted.every((word) => texts[at].includes(word));
      story.hidden = !fits;
      shown += fits;
    });
    told.textContent = told.dataset.words.replace("#1", shown).replace("#2", stories.length);
  }

  // A link to a finding opens it; a link to one that is filtered out brings it back.
  function arrive() {
    const story = stories.find((one) => `#${one.id}` === location.hash);
    if (!story) return;
    if (story.hidden) {
      search.value = "";
      for (const level of levels) level.checked = true;
      apply();
    }
    story.querySelector("details").open = true;
    story.scrollIntoView();
  }

  // Opens all that is shown; when all of it is open, closes it.
  function unfold() {
    const shown = stories.filter((story) => !story.hidden).map((story) => story.querySelector("details"));
    const open = !shown.every((one) => one.open);
    for (const one of shown) one.open = open;
  }

  box.addEventListener("input", apply);
  box.querySelector("button").addEventListener("click", unfold);
  addEventListener("hashchange", arrive);
  box.hidden = false;
  apply();
  arrive();
})();

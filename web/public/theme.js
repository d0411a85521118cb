// Runs before the first paint, so that a page never flashes in the wrong theme.
(() => {
  const wanted = localStorage.getItem("watchllm.theme");
  const dark =
    wanted === "dark" || (wanted !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
})();

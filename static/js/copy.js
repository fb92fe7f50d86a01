// Copying an address with one press. Without a clipboard the button stays hidden; the field can be marked by hand.
for (const line of document.querySelectorAll("[data-copy]")) {
  const button = line.querySelector("button"), field = line.querySelector("input"), word = button.querySelector("span");
  if (!navigator.clipboard) continue;
  button.hidden = false;
  const usual = word.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(field.value);
    word.textContent = button.dataset.copied;
    setTimeout(() => { word.textContent = usual; }, 2000);
  });
}

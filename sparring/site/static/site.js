// Keeps dates fresh, and lets pages that nobody looks at rest.

const AGES = [
  [60, 1, "s"],
  [3600, 60, "min"],
  [86400, 3600, "h"],
  [30 * 86400, 86400, "d"],
  [365 * 86400, 30 * 86400, "months"],
];

/** The same words as `age_text` in templatetags/arena.py. */
export function ageText(seconds) {
  if (seconds < 5) return "just now";
  const age = AGES.find(([limit]) => seconds < limit);
  if (!age) return `${Math.floor(seconds / (365 * 86400))} years ago`;
  return `${Math.floor(seconds / age[1])} ${age[2]} ago`;
}

function refreshDates() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const text = ageText((Date.now() - Date.parse(time.dateTime)) / 1000);
    if (time.textContent !== text) time.textContent = text;
  }
}

setInterval(refreshDates, 5000);
document.addEventListener("htmx:afterSwap", refreshDates);
document.addEventListener("htmx:beforeRequest", (event) => {
  if (document.hidden) event.preventDefault();
});

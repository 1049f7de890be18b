// Which language the widget speaks. Its words come with its style sheet, in one file for each language.

const LANGUAGES = ["en", "de", "es", "ar"];
const RIGHT_TO_LEFT = ["ar"];

/** The first of the wanted languages that the widget speaks. */
function pickLanguage(...wanted) {
  return wanted.map((tag) => tag.split("-")[0].toLowerCase()).find((tag) => LANGUAGES.includes(tag)) || "en";
}

function fill(pattern, values) {
  return pattern.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

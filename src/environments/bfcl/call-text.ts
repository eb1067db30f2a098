/**
 * What the official engine does to the text of a call before it evaluates it. It finds names before a "(" with a
 * regular expression, so string literals are rewritten too: blanks before "(" vanish and a known method's name in a
 * text gets its instance's name in front. Kept, because scores of result files depend on it.
 */

/** A word character as Python's `\w` has it; JavaScript's knows ASCII only. */
const WORD = "[\\p{L}\\p{N}_]";
/** Python's `\s` for str: Unicode white space with the information separators, without the byte order mark. */
const BLANK = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const NAME_BEFORE_PARENTHESIS = new RegExp(`(?<!${WORD})([a-zA-Z_]${WORD}*)${BLANK}*(?=\\()`, "gu");

/** Names that the official engine refuses to call, looked up as the part after the first dot. */
const REFUSED: ReadonlySet<string> = new Set(["kill", "exit", "quit", "remove", "unlink", "popen", "Popen", "run"]);

/** Puts the instance's name before every known method name that stands before a "(". */
export function addInstanceNames(callText: string, instanceNameOf: (method: string) => string | undefined): string {
  return callText.replace(NAME_BEFORE_PARENTHESIS, (_whole, name: string) => {
    const instance = instanceNameOf(name);
    return instance === undefined ? name : `${instance}.${name}`;
  });
}

/** The refused name that a call text begins with (after its first dot, when it has one), or null. */
export function refusedName(callText: string): string | null {
  const parenthesis = callText.indexOf("(");
  const target = parenthesis === -1 ? callText : callText.slice(0, parenthesis);
  const name = target.includes(".") ? (target.split(".")[1] ?? "") : target;
  return REFUSED.has(name) ? name : null;
}

/** The name that the official engine gives the object of a class: it shows only in rewritten string literals. */
export function instanceName(prefix: string, taskId: string, className: string): string {
  return `${prefix}_${taskId}_${className}_instance`.replace(/[-./:]/g, "_");
}

import { memoryError } from "../python/errors.ts";
import { str } from "../python/repr.ts";
import { codePoints, pyLen } from "../python/strings.ts";
import { PyDict, type PyValue } from "../python/values.ts";
import { Api, type ApiContext, defineApi } from "./api.ts";

const MAX_LENGTH = 10_000;

/** UTF-16 units that a replacement may grow the memory to unless told: the official class has no bound there. */
const MAX_REPLACED = 2 ** 27;

/** The official memory_rec_sum.py: one text that the model always sees and rewrites. */
export class MemoryRecSum extends Api {
  memory: string;
  readonly #limit: number;

  /** The scenario is the snapshot of the session before; without one the memory is empty. */
  constructor(scenario: PyDict, { maxText = MAX_REPLACED }: Pick<ApiContext, "maxText"> = {}) {
    super();
    this.#limit = maxText;
    const memory = scenario.get("memory");
    this.memory = typeof memory === "string" ? memory : "";
  }

  memory_append(given: PyValue): PyValue {
    const combined = this.memory + str(given);
    if (pyLen(combined) > MAX_LENGTH) return tooLong("appending");
    this.memory = combined;
    return PyDict.of({ status: "Memory appended." });
  }

  memory_update(given: PyValue): PyValue {
    const text = str(given);
    if (pyLen(text) > MAX_LENGTH) return tooLong("updating");
    this.memory = text;
    return PyDict.of({ status: "Memory updated." });
  }

  memory_clear(): PyValue {
    this.memory = "";
    return PyDict.of({ status: "Short term memory cleared." });
  }

  memory_replace(givenOld: PyValue, givenNew: PyValue): PyValue {
    const [old, text] = [str(givenOld), str(givenNew)];
    if (!this.memory.includes(old)) return PyDict.of({ error: `Text '${old}' not found in memory.` });
    if (pyLen(text) > MAX_LENGTH) return tooLong("replacing");
    // An empty text stands before and after every character, of which a surrogate pair is one.
    const parts = old === "" ? ["", ...codePoints(this.memory), ""] : this.memory.split(old);
    const length = this.memory.length - (parts.length - 1) * old.length + (parts.length - 1) * text.length;
    if (length > this.#limit) throw memoryError();
    this.memory = parts.join(text);
    return PyDict.of({ status: "Memory updated." });
  }

  memory_retrieve(): PyValue {
    return PyDict.of(this.memory === "" ? { error: "Memory is empty." } : { memory_content: this.memory });
  }
}

function tooLong(doing: string): PyDict {
  return PyDict.of({
    error: `Entry will be too long after ${doing}. Please shorten the entry to less than ${MAX_LENGTH} characters.`,
  });
}

export const memoryRecSum = defineApi("MemoryAPI_rec_sum", (scenario, context) => new MemoryRecSum(scenario, context), {
  memory_append: "(text)",
  memory_clear: "()",
  memory_replace: "(old_text, new_text)",
  memory_retrieve: "()",
  memory_update: "(text)",
});

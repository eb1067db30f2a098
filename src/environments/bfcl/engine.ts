import { ApiObject, type LongContextData } from "./apis/api.ts";
import { apiDefinition } from "./apis/classes.ts";
import { callBuiltin } from "./call-builtins.ts";
import { addInstanceNames, instanceName, refusedName } from "./call-text.ts";
import type { Embedder } from "./embedder/embedder.ts";
import type { PyDateTime } from "./python/datetime.ts";
import { nameError, PyError, recursionError, syntaxError } from "./python/errors.ts";
import { dumps } from "./python/json.ts";
import { attributeError } from "./python/lookup-errors.ts";
import { parseCall } from "./python/parse.ts";
import { repr, str } from "./python/repr.ts";
import { copyOfJson, deepCopy, PyDict, type PyValue } from "./python/values.ts";
import type { WebAnswers } from "./web-search/web.ts";

/** What an engine needs of a task. */
export interface EngineTask {
  readonly id: string;
  readonly involved_classes: readonly string[];
  readonly initial_config: PyDict;
}

export interface EngineContext {
  /** The long texts and lists of the long_context category; shared by all engines and never changed. */
  readonly longContext: LongContextData;
  /** The only clock that a class may ask. */
  readonly today: () => PyDateTime;
  /** See ApiContext. */
  readonly maxText?: number;
  /** See ApiContext. */
  readonly embedder?: Embedder;
  /** See ApiContext. */
  readonly web?: () => WebAnswers;
  /** What instance names begin with; "stepwell" unless told. */
  readonly namePrefix?: string;
}

/** A call in one of its two forms: the text that the official engine evaluates, or a name with Python values. */
export type EngineCall = string | NamedCall;

interface NamedCall {
  readonly name: string;
  readonly args: readonly PyValue[];
  readonly kwargs: readonly (readonly [string, PyValue])[];
}

const IDENTIFIER = /^[\p{L}_][\p{L}\p{N}_]*(?:\.[\p{L}_][\p{L}\p{N}_]*)*$/u;

/**
 * The API objects of one task: everything mutable of an instance hangs here and nothing is shared with another engine.
 * Results and error texts are those of the official `execute_multi_turn_func_call`. As there, every public method of an
 * involved class can be called, also one that the task withholds or never describes; where two classes have a method
 * of the same name the later class of the task has it.
 */
export class Engine {
  readonly #task: EngineTask;
  readonly #context: EngineContext;
  readonly #objects = new Map<string, ApiObject>();
  readonly #classOf: ReadonlyMap<string, string>;

  /** Throws an Error on a class that does not exist: broken data, not a model's mistake. */
  constructor(task: EngineTask, context: EngineContext) {
    this.#task = task;
    this.#context = context;
    this.#classOf = methodOwners(task.involved_classes);
  }

  /** Runs a call in whichever form it has; never throws for what a model wrote. */
  run(call: EngineCall): string {
    return typeof call === "string" ? this.runText(call) : this.runCall(call.name, call.args, call.kwargs);
  }

  /** Runs call text with the official rewriting of it (see call-text.ts); the result or error text. */
  runText(callText: string): string {
    const text = addInstanceNames(callText, (method) => {
      const owner = this.#classOf.get(method);
      return owner === undefined ? undefined : this.#instanceName(owner);
    });
    return this.#guarded(() => {
      refuse(text);
      const call = parseCall(text);
      return this.#call(this.#withoutInstanceName(call.name), call.args, call.kwargs);
    });
  }

  /**
   * Runs a call of a live step: strings stay as they are. A dotted name ("GorillaFileSystem.cd") is as unknown here as in
   * the official engine, which defines no class names; tools are offered without a class, so nothing is lost.
   */
  runCall(name: string, args: readonly PyValue[], kwargs: readonly (readonly [string, PyValue])[]): string {
    return this.#guarded(() => {
      refuse(name);
      if (!this.#classOf.has(name) && !IDENTIFIER.test(name)) throw syntaxError("invalid syntax (<string>, line 1)");
      // A value may be stored and changed by the engine, while the log of calls must stay what the model wrote.
      return this.#call(
        name,
        args.map(deepCopy),
        kwargs.map(([key, value]) => [key, deepCopy(value)] as const),
      );
    });
  }

  /** The classes whose state may have left its beginning; any other is as `initial_config` made it. */
  touched(className: string): boolean {
    return this.#objects.has(className);
  }

  /** Calls that have reached a class: as long as there are no more, its state is what it was. */
  callsOf(className: string): number {
    return this.#objects.get(className)?.calls ?? 0;
  }

  /** The attributes of a class that the checker compares, in the official order. Live values: not to be changed. */
  publicState(className: string): [string, PyValue][] {
    return this.#object(className).api.publicState();
  }

  get classes(): readonly string[] {
    return this.#task.involved_classes;
  }

  #guarded(run: () => PyValue): string {
    try {
      return resultText(run());
    } catch (error) {
      if (error instanceof PyError) return `Error during execution: ${error.message}`;
      // JavaScript's own stack gave out before Python's limit was counted: the same end, by another name.
      if (error instanceof RangeError && /call stack/i.test(error.message)) {
        return `Error during execution: ${recursionError().message}`;
      }
      throw error;
    }
  }

  #call(name: string, args: readonly PyValue[], kwargs: readonly (readonly [string, PyValue])[]): PyValue {
    const owner = this.#classOf.get(name);
    if (owner !== undefined) return this.#object(owner).call(name, args, kwargs);
    const dot = name.indexOf(".");
    const first = dot === -1 ? name : name.slice(0, dot);
    const className = this.#task.involved_classes.find((each) => this.#instanceName(each) === first);
    if (dot !== -1 && className !== undefined) throw attributeError({ className }, name.slice(dot + 1));
    const result = callBuiltin(name, args, kwargs);
    if (result === undefined) throw nameError(first);
    return result;
  }

  /** Objects are made at their first call: creation is cheap then, and an unused class costs nothing. */
  #object(className: string): ApiObject {
    const known = this.#objects.get(className);
    if (known !== undefined) return known;
    const config = this.#task.initial_config.get(className) ?? new PyDict();
    const scenario = copyOfJson(config);
    const object = new ApiObject(apiDefinition(className), scenario instanceof PyDict ? scenario : new PyDict(), {
      longContext: isLongContext(this.#task.id) ? this.#context.longContext : null,
      today: this.#context.today,
      maxText: this.#context.maxText,
      embedder: this.#context.embedder,
      web: this.#context.web,
    });
    this.#objects.set(className, object);
    return object;
  }

  #instanceName(className: string): string {
    return instanceName(this.#context.namePrefix ?? "stepwell", this.#task.id, className);
  }

  /** "<instance>.cd" -> "cd" for the name that addInstanceNames put there. */
  #withoutInstanceName(name: string): string {
    const dot = name.indexOf(".");
    if (dot === -1) return name;
    const method = name.slice(dot + 1);
    const owner = this.#classOf.get(method);
    return owner !== undefined && this.#instanceName(owner) === name.slice(0, dot) ? method : name;
  }
}

function refuse(text: string): void {
  const name = refusedName(text);
  if (name !== null) throw new PyError("Exception", `Function call ${name} is not allowed.`);
}

/** str as it is; a dict as JSON, or as its repr where JSON can't; anything else as str() has it. */
function resultText(value: PyValue): string {
  if (typeof value === "string") return value;
  if (!(value instanceof PyDict)) return str(value);
  try {
    return dumps(value);
  } catch (error) {
    if (error instanceof PyError) return repr(value);
    throw error;
  }
}

/** As the official engine tells: by the category in the id, which is all before its last underscore. */
function isLongContext(taskId: string): boolean {
  const category = taskId.slice(0, Math.max(0, taskId.lastIndexOf("_")));
  return category.includes("long_context") || category.includes("composite");
}

const owners = new Map<string, ReadonlyMap<string, string>>();

/** Method name -> class, the same for all tasks with these classes: a cache of facts, holding no state of any. */
function methodOwners(classes: readonly string[]): ReadonlyMap<string, string> {
  const key = classes.join(",");
  const known = owners.get(key);
  if (known !== undefined) return known;
  const made = new Map<string, string>();
  for (const className of classes) {
    for (const method of apiDefinition(className).methods.keys()) made.set(method, className);
  }
  owners.set(key, made);
  return made;
}

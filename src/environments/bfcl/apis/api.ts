import type { Embedder } from "../embedder/embedder.ts";
import type { PyDateTime } from "../python/datetime.ts";
import { attributeError } from "../python/lookup-errors.ts";
import { bind, makeDefaults, type Signature, signature } from "../python/signature.ts";
import type { PyDict, PyValue } from "../python/values.ts";
import type { WebAnswers } from "../web-search/web.ts";

/** The literals of the official long_context module by name: shared by all instances, so never changed, only copied. */
export type LongContextData = ReadonlyMap<string, PyValue>;

/** What an API class gets from outside when an object of it is made. */
export interface ApiContext {
  /** Null outside of the long_context category. */
  readonly longContext: LongContextData | null;
  readonly today: () => PyDateTime;
  /** Characters that a text may grow to where the official class has no bound; each such class has its own default. */
  readonly maxText?: number | undefined;
  /** Only the vector memory has one. */
  readonly embedder?: Embedder | undefined;
  /** Only web search has one: what came from outside for the message at hand. */
  readonly web?: (() => WebAnswers) | undefined;
}

/**
 * An API class of the official engine. Its public state is its own enumerable fields without a leading underscore, named
 * and ordered as the official attributes: what the checker compares. Private state is in `#fields`.
 */
export abstract class Api {
  publicState(): [string, PyValue][] {
    return (Object.entries(this) as [string, PyValue][]).filter(([name]) => !name.startsWith("_"));
  }
}

type MethodTable = Readonly<Record<string, (...args: PyValue[]) => PyValue>>;

export interface ApiDefinition {
  /** The official class name, which stands in its error texts. */
  readonly name: string;
  readonly methods: ReadonlyMap<string, Signature>;
  create(scenario: PyDict, context: ApiContext): Api;
}

/** An API class: how an object is made of a scenario, and its public methods with their Python parameters. */
export function defineApi<T extends Api>(
  name: string,
  create: (scenario: PyDict, context: ApiContext) => T,
  methods: Readonly<Record<string, string>>,
): ApiDefinition {
  const signatures = Object.entries(methods).map(([method, text]) => [method, signature(text)] as const);
  return { name, create, methods: new Map(signatures) };
}

/** An object of an API class as calls reach it: arguments are bound as Python binds them, then the method runs. */
export class ApiObject {
  readonly api: Api;
  readonly #definition: ApiDefinition;
  readonly #defaults = new Map<string, readonly PyValue[]>();
  #calls = 0;

  constructor(definition: ApiDefinition, scenario: PyDict, context: ApiContext) {
    this.#definition = definition;
    this.api = definition.create(scenario, context);
  }

  /** Throws PyError: AttributeError on an unknown method, TypeError on arguments that do not fit, or the method's own. */
  call(method: string, args: readonly PyValue[], kwargs: readonly (readonly [string, PyValue])[]): PyValue {
    const { name, methods } = this.#definition;
    const parameters = methods.get(method);
    const run = (this.api as unknown as MethodTable)[method];
    if (!parameters || !run) throw attributeError({ className: name }, method);
    this.#calls++;
    const bound = bind(`${name}.${method}`, parameters, args, kwargs, this.#defaultsOf(method, parameters));
    return run.apply(this.api, bound);
  }

  /** Calls of its methods so far. */
  get calls(): number {
    return this.#calls;
  }

  #defaultsOf(method: string, parameters: Signature): readonly PyValue[] {
    const known = this.#defaults.get(method);
    if (known) return known;
    const made = makeDefaults(parameters);
    if (made.some((value) => typeof value === "object" && value !== null)) this.#defaults.set(method, made);
    return made;
  }
}

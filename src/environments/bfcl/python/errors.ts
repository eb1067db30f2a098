/** A Python exception: `kind` is its class, `message` what str(e) gives. */
export class PyError extends Error {
  readonly kind: string;

  constructor(kind: string, message: string) {
    super(message);
    this.kind = kind;
  }

  /** isinstance(e, TypeError) and the like, by class name; ZeroDivisionError and OverflowError are ArithmeticErrors. */
  is(...kinds: string[]): boolean {
    return kinds.includes(this.kind);
  }
}

export const typeError = (message: string): PyError => new PyError("TypeError", message);
export const valueError = (message: string): PyError => new PyError("ValueError", message);
export const indexError = (message: string): PyError => new PyError("IndexError", message);
export const zeroDivisionError = (message: string): PyError => new PyError("ZeroDivisionError", message);
export const overflowError = (message: string): PyError => new PyError("OverflowError", message);
export const memoryError = (): PyError => new PyError("MemoryError", "");
export const syntaxError = (message: string): PyError => new PyError("SyntaxError", message);
export const nameError = (name: string): PyError => new PyError("NameError", `name '${name}' is not defined`);

export function recursionError(what = ""): PyError {
  return new PyError("RecursionError", `maximum recursion depth exceeded${what}`);
}

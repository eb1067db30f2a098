import { PyDict } from "../../../src/environments/bfcl/python/values.ts";

/** Calls as a model writes them in Java or JavaScript. */
export function sourceText(calls: readonly PyDict[]): string {
  const texts = calls.flatMap((call) =>
    Array.from(call.entries(), ([name, args]) => {
      const pairs = args instanceof PyDict ? Array.from(args.entries(), ([key, value]) => `${key}=${value}`) : [];
      return `${name}(${pairs.join(", ")})`;
    }),
  );
  return `[${texts.join(", ")}]`;
}

import { memoryError, recursionError, valueError } from "../python/errors.ts";
import { f } from "../python/format.ts";
import { eq } from "../python/operators.ts";
import { PyDict, PyObject, type PyValue } from "../python/values.ts";

/**
 * Nesting at which Python's recursion ends: a directory that was copied into itself has no end of its own. Measured with
 * the official engine, whose three recursions take one, two and three frames a level.
 */
export const MAX_NESTING = { find: 990, du: 495, equality: 330 } as const;
/** Entries that one walk visits. Four calls of cp and mv double a tree, as the copies share what is in them. */
const MAX_VISITS = 2 ** 18;

export class File extends PyObject {
  override readonly pyType = "File";
  readonly name: PyValue;
  content: PyValue;

  constructor(name: PyValue, content: PyValue = "") {
    super();
    this.name = name;
    this.content = content;
  }

  override pyEquals(other: PyValue): boolean {
    return other instanceof File && eq(this.name, other.name) && eq(this.content, other.content);
  }

  override pyCopy(): File {
    return new File(this.name, this.content);
  }

  override pyRepr(): string {
    return f`<<File: ${this.name}, Content: ${this.content}>>`;
  }
}

/** A directory. `contents` may be the very dict of another one: a moved directory takes it along. */
export class Directory extends PyObject {
  override readonly pyType = "Directory";
  readonly name: PyValue;
  readonly parent: Directory | null;
  contents = new PyDict();
  static #comparing = 0;

  constructor(name: PyValue, parent: Directory | null) {
    super();
    this.name = name;
    this.parent = parent;
  }

  addFile(name: PyValue, content: PyValue = ""): void {
    if (this.contents.has(name)) throw valueError(f`File '${name}' already exists in directory '${this.name}'.`);
    this.contents.set(name, new File(name, content));
  }

  addDirectory(name: PyValue): Directory {
    if (this.contents.has(name)) throw valueError(f`Directory '${name}' already exists in directory '${this.name}'.`);
    const made = new Directory(name, this);
    this.contents.set(name, made);
    return made;
  }

  /** An entry, or this directory for "."; undefined for none. */
  item(name: PyValue): PyValue | undefined {
    return name === "." ? this : this.contents.get(name);
  }

  override pyEquals(other: PyValue): boolean {
    if (!(other instanceof Directory)) return false;
    if (Directory.#comparing >= MAX_NESTING.equality) throw recursionError(" in comparison");
    Directory.#comparing++;
    try {
      return eq(this.name, other.name) && eq(this.contents, other.contents);
    } finally {
      // Also when a comparison below ended in an exception: the count is of this thread, not of one tree.
      Directory.#comparing--;
    }
  }

  /** A copy to compare with: its contents are copied, it stands nowhere. For trees without an end there is none. */
  override pyCopy(copy: (value: PyValue) => PyValue): Directory {
    const made = new Directory(this.name, null);
    made.contents = copy(this.contents) as PyDict;
    return made;
  }

  override pyRepr(repr: (value: PyValue) => string): string {
    const parent = this.parent ? this.parent.name : "None";
    return f`<Directory: ${this.name}, Parent: ${parent}, Contents: ${repr(this.contents)}>`;
  }
}

type Visit = (name: PyValue, path: string, item: PyValue) => void;

/**
 * Calls `visit` for everything below a directory, parents first. Throws RecursionError below `maxNesting`, and MemoryError
 * past MAX_VISITS, where Python would go on.
 */
export function walk(directory: Directory, path: string, maxNesting: number, visit: Visit): void {
  let visits = 0;
  const below = (dir: Directory, dirPath: string, depth: number): void => {
    if (depth > maxNesting) throw recursionError(" while calling a Python object");
    for (const [name, item] of dir.contents.entries()) {
      if (++visits > MAX_VISITS) throw memoryError();
      const itemPath = f`${dirPath}/${name}`;
      visit(name, itemPath, item);
      if (item instanceof Directory) below(item, itemPath, depth + 1);
    }
  };
  below(directory, path, 0);
}

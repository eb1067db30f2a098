import { recursionError, valueError } from "../python/errors.ts";
import { f } from "../python/format.ts";
import { eq } from "../python/operators.ts";
import { PyDict, PyObject, type PyValue } from "../python/values.ts";

/** Nesting at which Python's recursion ends: a directory that was copied into itself has no end of its own. */
const MAX_NESTING = 300;

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
    if (++Directory.#comparing > MAX_NESTING) {
      Directory.#comparing = 0;
      throw recursionError(" in comparison");
    }
    const same = eq(this.name, other.name) && eq(this.contents, other.contents);
    Directory.#comparing = Math.max(0, Directory.#comparing - 1);
    return same;
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

/** Calls `visit` for everything below a directory, parents first. Throws RecursionError where there is no end. */
export function walk(
  directory: Directory,
  path: string,
  visit: (name: PyValue, path: string, item: PyValue) => void,
  depth = 0,
): void {
  if (depth > MAX_NESTING) throw recursionError(" while calling a Python object");
  for (const [name, item] of directory.contents.entries()) {
    const itemPath = f`${path}/${name}`;
    visit(name, itemPath, item);
    if (item instanceof Directory) walk(item, itemPath, visit, depth + 1);
  }
}

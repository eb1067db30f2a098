import { memoryError } from "../python/errors.ts";
import { f, format } from "../python/format.ts";
import { attributeError } from "../python/lookup-errors.ts";
import { callMethod, itemsOf, join } from "../python/methods.ts";
import { add, contains, getItem, getSlice, gt, iterate, len, lt, neg, truediv, truthy } from "../python/operators.ts";
import { compareStr, splitlines, splitWords } from "../python/strings.ts";
import { PyDict, type PyValue } from "../python/values.ts";
import { Api, type ApiContext, defineApi } from "./api.ts";
import { Directory, File, MAX_NESTING, walk } from "./file-tree.ts";
import { utf8Length } from "./utf8-length.ts";

const INVALID_CHARACTERS = [...'|/\\?%*:"><'];

/** Characters of the paths that `find` gives. */
const MAX_FOUND = 2 ** 24;
/** Bytes that `du` counts: copies share a large file, and counting it once for each would take without end. */
const MAX_BYTES = 2 ** 28;

/** The official gorilla_file_system.py: one tree, one current directory, shell commands by name. */
export class GorillaFileSystem extends Api {
  long_context: PyValue;
  root: Directory;
  #current: Directory;

  constructor(scenario: PyDict, { longContext }: ApiContext) {
    super();
    this.long_context = longContext !== null;
    this.root = new Directory("/", null);
    const given = scenario.get("root");
    if (given !== undefined) {
      const [name = null] = [...iterate(given)];
      const tail = longContext?.get("FILES_TAIL_USED") ?? null;
      const extension = longContext?.get("FILE_CONTENT_EXTENSION") ?? null;
      const populate = longContext?.get("POPULATE_FILE_EXTENSION") ?? null;
      this.root = load(
        getItem(getItem(given, name), "contents"),
        new Directory(name, null),
        (dir) => {
          if (populate !== null) for (const file of iterate(populate)) dir.addFile(file);
        },
        (file, content) => (tail !== null && !contains(tail, file) ? add(content, extension, "+=") : content),
      );
    }
    this.#current = this.root;
  }

  pwd(): PyValue {
    const path: PyValue[] = [];
    for (let dir: Directory | null = this.#current; dir !== null; dir = dir.parent) path.push(dir.name);
    return PyDict.of({ current_working_directory: `/${join("/", path.reverse())}` });
  }

  ls(a: PyValue): PyValue {
    const names = [...this.#current.contents.keys()];
    const shown = truthy(a) ? names : names.filter((name) => !callMethod(name, "startswith", "."));
    return PyDict.of({ current_directory_content: shown });
  }

  cd(given: PyValue): PyValue {
    const stripped = callMethod(given, "rstrip", "/");
    const folder = stripped === "" ? "/" : stripped;
    if (folder !== "." && folder !== ".." && folder !== "/" && contains(folder, "/")) {
      return error(f`cd: ${folder}: Unsupported path. Only one folder level at a time is supported.`);
    }
    if (folder === "..") {
      if (this.#current.parent) {
        this.#current = this.#current.parent;
        return new PyDict();
      }
      return error(
        this.root.pyEquals(this.#current)
          ? "Current directory is already the root. Cannot go back."
          : "cd: ..: No such directory",
      );
    }
    const target = this.#navigate(folder);
    if (!(target instanceof Directory)) return target;
    this.#current = target;
    return PyDict.of({ current_working_directory: target.name });
  }

  mkdir(dir_name: PyValue): PyValue {
    if (!isValidName(dir_name)) return error(f`mkdir: cannot create directory '${dir_name}': Invalid character`);
    if (this.#current.contents.has(dir_name))
      return error(f`mkdir: cannot create directory '${dir_name}': File exists`);
    this.#current.addDirectory(dir_name);
    return null;
  }

  touch(file_name: PyValue): PyValue {
    if (!isValidName(file_name)) return error(f`touch: cannot touch '${file_name}': Invalid character`);
    if (this.#current.contents.has(file_name)) return error(f`touch: cannot touch '${file_name}': File exists`);
    this.#current.addFile(file_name);
    return null;
  }

  echo(content: PyValue, file_name: PyValue): PyValue {
    if (file_name === null) return PyDict.of({ terminal_output: content });
    if (!isValidName(file_name)) return error(f`echo: cannot write to '${file_name}': Invalid character`);
    if (!truthy(file_name)) return PyDict.of({ terminal_output: content });
    if (!this.#current.contents.has(file_name)) return error(f`echo: cannot write to '${file_name}': No such file`);
    const item = this.#current.item(file_name) ?? null;
    if (!(item instanceof File)) throw attributeError(item, "_write");
    item.content = content;
    return null;
  }

  cat(file_name: PyValue): PyValue {
    if (!isValidName(file_name)) return error(f`cat: '${file_name}': Invalid character`);
    if (!this.#current.contents.has(file_name)) return error(f`cat: '${file_name}': No such file or directory`);
    const item = this.#current.item(file_name);
    return item instanceof File
      ? PyDict.of({ file_content: item.content })
      : error(f`cat: '${file_name}': Is a directory`);
  }

  find(path: PyValue, name: PyValue): PyValue {
    const target = this.#navigate(path);
    if (!(target instanceof Directory)) {
      const message = callMethod(target, "get", "error", "");
      return typeof message === "string" && message.startsWith("cd:") ? error(message.replace("cd:", "find:")) : target;
    }
    const matches: PyValue[] = [];
    let characters = 0;
    walk(target, f`${callMethod(path, "rstrip", "/")}`, MAX_NESTING.find, (itemName, itemPath) => {
      if (name !== null && !contains(itemName, name)) return;
      matches.push(itemPath);
      characters += itemPath.length;
    });
    if (characters > MAX_FOUND) throw memoryError();
    return PyDict.of({ matches });
  }

  wc(file_name: PyValue, mode: PyValue): PyValue {
    if (mode !== "l" && mode !== "w" && mode !== "c") return error(f`wc: invalid mode '${mode}'`);
    const content = this.#read(file_name);
    if (content === undefined) return error(f`wc: ${file_name}: No such file or directory`);
    switch (mode) {
      case "l":
        return count(lines(content).length, "lines");
      case "w":
        return count(splitWords(textOf(content, "split")).length, "words");
      case "c":
        return PyDict.of({ count: len(content), type: "characters" });
    }
  }

  sort(file_name: PyValue): PyValue {
    const content = this.#read(file_name);
    if (content === undefined) return error(f`sort: ${file_name}: No such file or directory`);
    return PyDict.of({ sorted_content: lines(content).sort(compareStr).join("\n") });
  }

  grep(file_name: PyValue, pattern: PyValue): PyValue {
    const content = this.#read(file_name);
    if (content === undefined) return error(f`grep: ${file_name}: No such file or directory`);
    return PyDict.of({ matching_lines: lines(content).filter((line) => contains(line, pattern)) });
  }

  du(human_readable: PyValue): PyValue {
    let bytes = 0;
    walk(this.#current, "", MAX_NESTING.du, (_name, _path, item) => {
      if (item instanceof File) bytes += utf8Length(textOf(item.content, "encode"));
      if (bytes > MAX_BYTES) throw memoryError();
    });
    if (!truthy(human_readable)) return PyDict.of({ disk_usage: `${bytes} bytes` });
    let size: PyValue = BigInt(bytes);
    for (const unit of ["B", "KB", "MB", "GB", "TB"]) {
      if (lt(size, 1024n)) return PyDict.of({ disk_usage: `${format(size, ".2f")} ${unit}` });
      size = truediv(size, 1024n);
    }
    return PyDict.of({ disk_usage: `${format(size, ".2f")} PB` });
  }

  tail(file_name: PyValue, count: PyValue): PyValue {
    const content = this.#read(file_name);
    if (content === undefined) return error(f`tail: ${file_name}: No such file or directory`);
    const all: PyValue[] = lines(content);
    const length = BigInt(all.length);
    const last = getSlice(all, neg(gt(count, length) ? length : count), null);
    return PyDict.of({ last_lines: (last as string[]).join("\n") });
  }

  diff(file_name1: PyValue, file_name2: PyValue): PyValue {
    const { contents } = this.#current;
    if (contents.has(file_name1) && contents.has(file_name2)) {
      const [one, two] = [this.#current.item(file_name1), this.#current.item(file_name2)];
      if (one instanceof File && two instanceof File) {
        const [own, others] = [lines(one.content), lines(two.content)];
        const differing = own
          .slice(0, others.length)
          .flatMap((line, index) => (line === others[index] ? [] : [`- ${line}\n+ ${others[index]}`]));
        return PyDict.of({ diff_lines: differing.join("\n") });
      }
    }
    return error(f`diff: ${file_name1} or ${file_name2}: No such file or directory`);
  }

  mv(source: PyValue, destination: PyValue): PyValue {
    const { contents } = this.#current;
    if (!contents.has(source)) return error(f`mv: cannot move '${source}': No such file or directory`);
    const item = this.#current.item(source) ?? null;
    if (contains(destination, "/")) {
      return error("mv: path not allowed in destination. Provide only a file or directory name.");
    }
    const into = contents.has(destination) ? this.#current.item(destination) : this.#current;
    if (!(into instanceof Directory)) return error(f`mv: cannot move '${source}' to '${destination}': Not a directory`);
    const nested = contents.has(destination);
    // Looked up as text: an entry whose name is no text is not found here, and addFile below raises after the removal.
    if (nested && into.contents.has(f`${source}`)) {
      return error(f`mv: cannot move '${source}' to '${destination}/${source}': File exists`);
    }
    contents.delete(source);
    const name = nested ? source : destination;
    if (item instanceof File) into.addFile(name, item.content);
    // The new directory takes the very dict: what lies in it still has the old directory as its parent.
    else if (item instanceof Directory) {
      into.addDirectory(name);
      const made = into.contents.get(name);
      if (made instanceof Directory) made.contents = item.contents;
    }
    return PyDict.of({
      result: nested ? f`'${source}' moved to '${destination}/${source}'` : f`'${source}' moved to '${destination}'`,
    });
  }

  rm(file_name: PyValue): PyValue {
    if (!this.#current.contents.has(file_name))
      return error(f`rm: cannot remove '${file_name}': No such file or directory`);
    this.#current.contents.delete(file_name);
    return PyDict.of({ result: f`'${file_name}' removed` });
  }

  rmdir(dir_name: PyValue): PyValue {
    const { contents } = this.#current;
    if (!contents.has(dir_name)) return error(f`rmdir: cannot remove '${dir_name}': No such file or directory`);
    const item = this.#current.item(dir_name);
    if (!(item instanceof Directory)) return error(f`rmdir: cannot remove '${dir_name}': Not a directory`);
    if (item.contents.size > 0) return error(f`rmdir: cannot remove '${dir_name}': Directory not empty`);
    contents.delete(dir_name);
    return PyDict.of({ result: f`'${dir_name}' removed` });
  }

  cp(source: PyValue, destination: PyValue): PyValue {
    const { contents } = this.#current;
    if (!contents.has(source)) return error(f`cp: cannot copy '${source}': No such file or directory`);
    const item = this.#current.item(source) ?? null;
    if (contains(destination, "/")) {
      return error("cp: path not allowed in destination. Provide only a file or directory name.");
    }
    const nested = contents.has(destination);
    const into = nested ? this.#current.item(destination) : this.#current;
    if (!(into instanceof Directory)) return error(f`cp: cannot copy '${source}' to '${destination}': Not a directory`);
    const name = nested ? source : destination;
    // A look-up of the whole path in the directory never finds it, so an existing entry raises in addFile below; but a
    // name may hold the path after all.
    if (nested && into.contents.has(f`${destination}/${source}`)) {
      return error(f`cp: cannot copy '${source}' to '${destination}/${source}': File exists`);
    }
    if (item instanceof File) into.addFile(name, item.content);
    else if (item instanceof Directory) {
      into.addDirectory(name).contents = item.contents.copy();
    }
    return PyDict.of({
      result: nested ? f`'${source}' copied to '${destination}/${source}'` : f`'${source}' copied to '${destination}'`,
    });
  }

  /** The content of a file of the current directory; undefined for anything else. */
  #read(file_name: PyValue): PyValue | undefined {
    if (!this.#current.contents.has(file_name)) return undefined;
    const item = this.#current.item(file_name);
    return item instanceof File ? item.content : undefined;
  }

  /** The directory at a path, or the error of cd. */
  #navigate(path: PyValue): Directory | PyDict {
    if (path === null || path === ".") return this.#current;
    if (path === "/") return this.root;
    const names = callMethod(callMethod(path, "strip", "/"), "split", "/");
    let directory = callMethod(path, "startswith", "/") ? this.root : this.#current;
    for (const name of iterate(names)) {
      const next = directory.item(name);
      if (!(next instanceof Directory)) return error(f`cd: '${path}': No such file or directory`);
      directory = next;
    }
    return directory;
  }
}

function load(
  current: PyValue,
  parent: Directory,
  populate: (directory: Directory) => void,
  extend: (file: PyValue, content: PyValue) => PyValue,
): Directory {
  let isBottommost = true;
  for (const [name, data] of itemsOf(current)) {
    const type = getItem(data, "type");
    if (type === "directory") {
      isBottommost = false;
      parent.contents.set(name, load(getItem(data, "contents"), new Directory(name, parent), populate, extend));
    } else if (type === "file") {
      parent.contents.set(name, new File(name, extend(name, getItem(data, "content"))));
    }
  }
  if (isBottommost) populate(parent);
  return parent;
}

function error(message: string): PyDict {
  return PyDict.of({ error: message });
}

function count(number: number, type: string): PyDict {
  return PyDict.of({ count: BigInt(number), type });
}

function isValidName(name: PyValue): boolean {
  return !INVALID_CHARACTERS.some((character) => contains(name, character));
}

function lines(content: PyValue): string[] {
  return splitlines(textOf(content, "splitlines"));
}

/** A file may hold whatever `echo` was given; a method of str fails on anything else. */
function textOf(content: PyValue, method: string): string {
  if (typeof content === "string") return content;
  throw attributeError(content, method);
}

export const gorillaFileSystem = defineApi(
  "GorillaFileSystem",
  (scenario, context) => new GorillaFileSystem(scenario, context),
  {
    cat: "(file_name)",
    cd: "(folder)",
    cp: "(source, destination)",
    diff: "(file_name1, file_name2)",
    du: "(human_readable=False)",
    echo: "(content, file_name=None)",
    find: "(path='.', name=None)",
    grep: "(file_name, pattern)",
    ls: "(a=False)",
    mkdir: "(dir_name)",
    mv: "(source, destination)",
    pwd: "()",
    rm: "(file_name)",
    rmdir: "(dir_name)",
    sort: "(file_name)",
    tail: "(file_name, lines=10)",
    touch: "(file_name)",
    wc: "(file_name, mode='l')",
  },
);

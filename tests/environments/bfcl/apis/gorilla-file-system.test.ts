import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Directory } from "../../../../src/environments/bfcl/apis/file-tree.ts";
import { gorillaFileSystem } from "../../../../src/environments/bfcl/apis/gorilla-file-system.ts";
import { eq } from "../../../../src/environments/bfcl/python/operators.ts";
import { repr } from "../../../../src/environments/bfcl/python/repr.ts";
import { deepCopy, type PyValue } from "../../../../src/environments/bfcl/python/values.ts";
import { type CalledObject, calledObject } from "./call-object.ts";

/** A file system after some calls, each of which had to work. */
function after(...calls: string[]): CalledObject {
  const made = calledObject(gorillaFileSystem);
  for (const call of calls) {
    const result = made.said(call);
    if (/^\w+: |'error'/.test(result)) throw new Error(`${call} -> ${result}`);
  }
  return made;
}

const HARBOUR = JSON.stringify({
  root: {
    harbour: {
      type: "directory",
      contents: {
        "berths.txt": { type: "file", content: "two\none" },
        "tide.log": { type: "file", content: "low" },
        boats: { type: "directory", contents: { ".hidden": { type: "file", content: "" } } },
      },
    },
  },
});

describe("a tree", () => {
  test("is named after its scenario in pwd, and is an unnamed root without one", () => {
    expect(calledObject(gorillaFileSystem, HARBOUR).said("pwd()")).toBe("{'current_working_directory': '/harbour'}");
    expect(after().said("pwd()")).toBe("{'current_working_directory': '//'}");
  });

  test("of the long context has longer files but for those that tail reads, and 30 empty ones where no directory lies below", () => {
    const populate: PyValue[] = ["one.txt", "two.txt"];
    const long = new Map<string, PyValue>([
      ["FILES_TAIL_USED", ["tide.log"]],
      ["FILE_CONTENT_EXTENSION", "\nmore"],
      ["POPULATE_FILE_EXTENSION", populate],
    ]);
    const made = calledObject(gorillaFileSystem, HARBOUR, long);
    expect(made.said("cat('berths.txt')")).toBe("{'file_content': 'two\\none\\nmore'}");
    expect(made.said("cat('tide.log')")).toBe("{'file_content': 'low'}");
    expect(made.said("find(name='.txt')")).toBe("{'matches': ['./berths.txt', './boats/one.txt', './boats/two.txt']}");
    expect(made.attribute("long_context")).toBe("True");
    expect(populate).toEqual(["one.txt", "two.txt"]);
  });
});

describe("cd", () => {
  test("goes one level, strips slashes at the end, and takes no text for the root", () => {
    const made = after("mkdir('a')", "cd('a//')", "mkdir('b')");
    expect(made.said("cd('b/c')")).toBe(
      "{'error': 'cd: b/c: Unsupported path. Only one folder level at a time is supported.'}",
    );
    expect(made.said("cd('')")).toBe("{'current_working_directory': '/'}");
    expect(made.said("cd('../')")).toBe("{'error': 'Current directory is already the root. Cannot go back.'}");
    expect(made.said("cd(7)")).toBe("AttributeError: 'int' object has no attribute 'rstrip'");
  });
});

describe("mv of a directory", () => {
  test("moves the very dict of its entries, whose parent stays the directory that was", () => {
    const made = after("mkdir('old')", "cd('old')", "mkdir('inner')", "cd('..')", "mv('old', 'new')");
    made.said("cd('new')");
    made.said("cd('inner')");
    made.said("cd('..')");
    expect(made.said("pwd()")).toBe("{'current_working_directory': '///old'}");
    made.said("touch('seen.txt')");
    made.said("cd('/')");
    expect(made.said("find('new')")).toBe("{'matches': ['new/inner', 'new/seen.txt']}");
  });

  test("into itself takes it off the tree", () => {
    const made = after("mkdir('d')", "mv('d', 'd')");
    expect(made.said("ls()")).toBe("{'current_directory_content': []}");
  });

  test("looks for a taken name as text, so a name that is none is removed before the exception", () => {
    const made = after("mkdir('d')", "touch(('t',))", "cp(('t',), 'd')");
    expect(made.said("mv(('t',), 'd')")).toBe("ValueError: File '('t',)' already exists in directory 'd'.");
    expect(made.said("ls(a=True)")).toBe("{'current_directory_content': ['d']}");
    const files = after("mkdir('d')", "touch('f')", "cp('f', 'd')");
    expect(files.said("mv('f', 'd')")).toBe("{'error': \"mv: cannot move 'f' to 'd/f': File exists\"}");
  });
});

describe("cp", () => {
  test("looks for a taken name under the whole path, never finds it and raises", () => {
    const made = after("mkdir('d')", "touch('f')", "mkdir('e')", "cp('f', 'd')", "cp('e', 'd')");
    expect(made.said("cp('f', 'd')")).toBe("ValueError: File 'f' already exists in directory 'd'.");
    expect(made.said("cp('e', 'd')")).toBe("ValueError: Directory 'e' already exists in directory 'd'.");
    expect(made.said("cp('f', 'f')")).toBe("{'error': \"cp: cannot copy 'f' to 'f': Not a directory\"}");
  });

  test("of a directory copies the list of entries and shares the entries", () => {
    const made = after("mkdir('a')", "cd('a')", "touch('f')", "cd('..')", "cp('a', 'b')", "cd('b')");
    made.said("echo('written in b', 'f')");
    made.said("touch('only in b')");
    made.said("cd('/')");
    made.said("cd('a')");
    expect(made.said("cat('f')")).toBe("{'file_content': 'written in b'}");
    expect(made.said("ls()")).toBe("{'current_directory_content': ['f']}");
  });

  test("of a directory into itself makes a tree without an end, where find and du end as Python's recursion does", () => {
    const made = after("mkdir('d')", "cp('d', 'd')");
    expect(made.said("find()")).toMatch(/^RecursionError: maximum recursion depth exceeded/);
    expect(made.said("du()")).toMatch(/^RecursionError: maximum recursion depth exceeded/);
    expect(made.said("rmdir('d')")).toBe("{'error': \"rmdir: cannot remove 'd': Directory not empty\"}");
    expect(made.said("rm('d')")).toBe("{'result': \"'d' removed\"}");
    expect(made.said("find()")).toBe("{'matches': []}");
  });
});

describe("an entry named '.'", () => {
  test("is made, listed and removed, but looked up as the current directory", () => {
    const made = after("touch('.')", "touch('f')");
    expect(made.said("cat('.')")).toBe("{'error': \"cat: '.': Is a directory\"}");
    expect(made.said("echo('x', '.')")).toBe("AttributeError: 'Directory' object has no attribute '_write'");
    expect(made.said("cp('f', '.')")).toBe("ValueError: File 'f' already exists in directory '/'.");
    expect(made.said("ls(a=True)")).toBe("{'current_directory_content': ['.', 'f']}");
  });
});

describe("du", () => {
  test("counts bytes of UTF-8 and shows them in units of 1024", () => {
    const made = after("touch('f')", `echo('${"é".repeat(768)}', 'f')`);
    expect(made.said("du()")).toBe("{'disk_usage': '1536 bytes'}");
    expect(made.said("du(human_readable=True)")).toBe("{'disk_usage': '1.50 KB'}");
  });

  test("raises on half of a surrogate pair, with the place of the first run of them", () => {
    const made = after("touch('f')", "echo('😀\\udfff', 'f')");
    expect(made.said("du()")).toBe(
      "UnicodeEncodeError: 'utf-8' codec can't encode character '\\udfff' in position 1: surrogates not allowed",
    );
    made.said("echo('a\\udc00\\udc01b\\udc02', 'f')");
    expect(made.said("du()")).toBe(
      "UnicodeEncodeError: 'utf-8' codec can't encode characters in position 1-2: surrogates not allowed",
    );
  });
});

describe("the lines of a file", () => {
  test("end at every line end of Unicode, are sorted by code point and cut by Python's slices", () => {
    const made = after("touch('f')", "echo('\\uffff\\x0b\\U00010000\\u2028b\\r\\nB', 'f')");
    expect(made.said("wc('f')")).toBe("{'count': 4, 'type': 'lines'}");
    expect(made.said("wc('f', 'c')")).toBe("{'count': 8, 'type': 'characters'}");
    expect(made.said("sort('f')")).toBe("{'sorted_content': 'B\\nb\\n\\uffff\\n𐀀'}");
    expect(made.said("tail('f', 1)")).toBe("{'last_lines': 'B'}");
    expect(made.said("tail('f', lines=-3)")).toBe("{'last_lines': 'B'}");
    expect(made.said("tail('f', 0)")).toBe(made.said("tail('f')"));
    expect(made.said("tail('f', 2.0)")).toBe(
      "TypeError: slice indices must be integers or None or have an __index__ method",
    );
  });

  test("are compared up to the end of the shorter file; of two that hold no text the first is complained about", () => {
    const made = after("touch('a')", "touch('b')", "echo('x\\ny\\nz', 'a')", "echo('x\\nq', 'b')");
    expect(made.said("diff('a', 'b')")).toBe("{'diff_lines': '- y\\n+ q'}");
    made.said("echo(5, 'a')");
    made.said("echo([1], 'b')");
    expect(made.said("diff('a', 'b')")).toBe("AttributeError: 'int' object has no attribute 'splitlines'");
  });
});

test("a name that is no text can be made, and fails where Python needs text", () => {
  const made = after("mkdir(('t',))", "mkdir('b')", "mv('b', ('t',))", "mv(('t',), 's')", "cd('s')", "cd('b')");
  expect(made.said("pwd()")).toBe("TypeError: sequence item 1: expected str instance, tuple found");
  expect(after("touch(('t',))").said("ls()")).toBe("AttributeError: 'tuple' object has no attribute 'startswith'");
  expect(after().said("touch(3)")).toBe("TypeError: argument of type 'int' is not iterable");
  expect(after().said("mkdir(['a'])")).toBe("TypeError: unhashable type: 'list'");
});

test("a tree that copies have doubled many times over ends in MemoryError, also to a search that finds nothing", () => {
  const made = after("mkdir('d0')");
  for (let level = 0; level < 40; level++) {
    const [one, next] = [`'d${level}'`, `'d${level + 1}'`];
    for (const call of [`cp(${one}, 'e')`, `mkdir(${next})`, `mv('e', ${next})`, `mv(${one}, ${next})`])
      made.said(call);
  }
  expect(made.said("find(name='nothing')")).toBe("MemoryError: ");
  expect(made.said("du()")).toBe("MemoryError: ");
});

test("a tree as deep as Python's recursion goes is walked, a deeper one is not", () => {
  const made = after();
  const deeper = (levels: number) => {
    for (let level = 0; level < levels; level++) {
      made.said("mkdir('a')");
      made.said("cd('a')");
    }
  };
  deeper(480);
  made.said("cd('/')");
  expect(made.said("du()")).toBe("{'disk_usage': '0 bytes'}");
  for (let level = 0; level < 480; level++) made.said("cd('a')");
  deeper(530);
  made.said("cd('/')");
  expect(made.said("find()")).toMatch(/^RecursionError: /);
});

test("two trees are equal by names and contents alone, and a comparison that ends in an exception leaves no trace", () => {
  const endless = () => {
    const { object } = after("mkdir('d')", "cp('d', 'd')");
    return object.api.publicState().find(([name]) => name === "root")?.[1] ?? null;
  };
  const [one, other] = [endless(), endless()];
  expect(() => eq(one, other)).toThrow("maximum recursion depth exceeded in comparison");
  const small = new Directory("a", null);
  small.addDirectory("b").addFile("f", "text");
  const copy = deepCopy(small);
  for (let again = 0; again < 400; again++) expect(eq(small, copy)).toBe(true);
  small.addFile("g");
  expect(eq(small, copy)).toBe(false);
});

test("whatever is copied, moved and removed, nothing but a PyError is raised and nothing runs without an end", () => {
  const name = fc.constantFrom("'a'", "'b'", "'c'", "'.'", "'..'", "('a',)", "''", "None", "3");
  const call = fc.oneof(
    fc.tuple(fc.constantFrom("mkdir", "touch", "cd", "rm", "rmdir", "find"), name).map(([f, x]) => `${f}(${x})`),
    fc.tuple(fc.constantFrom("mv", "cp"), name, name).map(([f, x, y]) => `${f}(${x}, ${y})`),
    fc.constantFrom("du()", "pwd()", "ls(a=True)"),
  );
  fc.assert(
    fc.property(fc.array(call, { maxLength: 40 }), (calls) => {
      const made = calledObject(gorillaFileSystem);
      for (const each of calls) expect(made.said(each)).not.toContain("undefined");
      expect(repr(made.object.api.publicState()[0]?.[1] ?? null)).toBe("False");
    }),
    { numRuns: 200 },
  );
});

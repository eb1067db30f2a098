import { afterAll, beforeAll, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { Packr } from "msgpackr";
import { packObservation } from "../../src/protocol/codec.ts";
import { createStepwell, type Stepwell } from "../../src/stepwell.ts";
import { examples } from "./document.ts";

/** A client written to the page alone: it uses nothing of the project but the server's address. */
class PageClient {
  readonly #socket: WebSocket;
  readonly #encoding: "json" | "msgpack";
  readonly #packr = new Packr({ useRecords: false, variableMapSize: true });
  readonly #replies = new Map<number, (reply: Reply) => void>();
  readonly closed: Promise<{ code: number; reason: string }>;

  constructor(socket: WebSocket, encoding: "json" | "msgpack") {
    this.#socket = socket;
    this.#encoding = encoding;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => this.#receive(data));
    this.closed = new Promise((resolve) => {
      socket.addEventListener("close", ({ code, reason }) => resolve({ code, reason }));
    });
  }

  static async open(url: string, encoding: "json" | "msgpack"): Promise<PageClient> {
    const socket = new WebSocket(url, "stepwell.v1");
    await new Promise((resolve) => socket.addEventListener("open", resolve));
    expect(socket.protocol).toBe("stepwell.v1");
    return new PageClient(socket, encoding);
  }

  /** Sends one message; gives the replies in the order of its requests. */
  send(message: { id: number } | { id: number }[]): Promise<Reply[]> {
    const replies = [message].flat().map(({ id }) => new Promise<Reply>((resolve) => this.#replies.set(id, resolve)));
    this.#socket.send(this.#encoding === "json" ? JSON.stringify(message) : new Uint8Array(this.#packr.pack(message)));
    return Promise.all(replies);
  }

  async ask(request: Record<string, unknown> & { id: number }): Promise<Reply> {
    const [reply] = await this.send(request);
    if (!reply) throw new Error("no reply");
    return reply;
  }

  close(): void {
    this.#socket.close();
  }

  #receive(data: unknown): void {
    expect(typeof data === "string").toBe(this.#encoding === "json");
    const value: unknown =
      typeof data === "string" ? JSON.parse(data) : this.#packr.unpack(new Uint8Array(data as ArrayBuffer));
    for (const reply of [value].flat() as Reply[]) this.#replies.get(reply.re)?.(reply);
  }
}

interface Reply {
  re: number;
  ok?: {
    session?: string;
    steps?: number;
    released?: boolean;
    state?: unknown;
    reward?: number;
    is_terminated?: boolean;
    info?: { observation_hash: string };
  };
  err?: { code: string; details?: unknown };
}

let well: Stepwell;
let url: string;

beforeAll(async () => {
  well = await createStepwell({ environments: ["guess"], port: 0 });
  url = well.listen();
});
afterAll(() => well.stop());

for (const encoding of ["json", "msgpack"] as const) {
  test(`the episode of the page is what a server answers (${encoding})`, async () => {
    const lines = examples.find((example) => example.some(({ text }) => text.includes('"op":"evaluate"'))) ?? [];
    expect(lines.length).toBeGreaterThan(10);
    const client = await PageClient.open(url, encoding);
    for (const [index, { from, text }] of lines.entries()) {
      if (from !== "client") continue;
      const reply = await client.ask(JSON.parse(text) as { id: number });
      // What differs from run to run is left out of the page's replies.
      const shown = JSON.parse(lines[index + 1]?.text ?? "{}") as Reply;
      expect(reply).toMatchObject({ ...shown });
    }
    client.close();
  });

  test(`a session is resumed as the page says, and nothing runs twice (${encoding})`, async () => {
    const instance_id = `resumed-${encoding}`;
    const first = await PageClient.open(url, encoding);
    const welcome = await first.ask({ id: 1, op: "hello", version: 1 });
    const session = welcome.ok?.session;
    await first.ask({ id: 1, op: "create", env_type: "guess", task_id: "guess_42", instance_id });
    const step = { id: 2, op: "step", instance_id, action: { content: "50" } };
    const answered = await first.ask(step);
    first.close();
    await first.closed;

    const second = await PageClient.open(url, encoding);
    expect((await second.ask({ id: 1, op: "hello", resume: { session } })).ok).toMatchObject({
      session,
      resumed: true,
    });
    const [again, info] = await second.send([step, { id: 3, op: "info", instance_id } as { id: number }]);
    expect(again).toEqual(answered);
    expect(info?.ok?.steps).toBe(1);
    expect(await second.ask(step)).toMatchObject({ re: 2, err: { code: "duplicate_id" } });
    expect((await second.ask({ id: 4, op: "ack", upto: 3 })).ok).toEqual({});

    const third = await PageClient.open(url, encoding);
    await third.ask({ id: 1, op: "hello", resume: { session } });
    expect(await second.closed).toEqual({ code: 4409, reason: "superseded" });
    expect(await third.ask(step)).toMatchObject({ re: 2, err: { code: "reply_expired" } });
    expect((await third.ask({ id: 5, op: "release", instance_id })).ok).toEqual({ released: true });
    third.close();
  });

  test(`a session that the server does not know is session_lost, and the socket goes on with a new one (${encoding})`, async () => {
    const client = await PageClient.open(url, encoding);
    const lost = await client.ask({ id: 1, op: "hello", resume: { session: "n0-s-forgotten" } });
    expect(lost).toMatchObject({ re: 1, err: { code: "session_lost" } });
    expect((await client.ask({ id: 1, op: "hello" })).ok).toMatchObject({ resumed: false });
    expect((await client.ask({ id: 1, op: "ping" })).ok).toEqual({});
    client.close();
  });
}

test("the hash chain of an episode is made as the page says", async () => {
  const client = await PageClient.open(url, "msgpack");
  await client.ask({ id: 1, op: "hello" });
  const instance_id = "hashed";
  await client.ask({ id: 1, op: "create", env_type: "guess", task_id: "guess_42", instance_id });
  let hash = "";
  for (const [index, content] of ["50", "no number", "42"].entries()) {
    const { ok } = await client.ask({ id: index + 2, op: "step", instance_id, action: { content } });
    const observed = packObservation(ok?.state, ok?.reward ?? Number.NaN, ok?.is_terminated ?? false);
    hash = createHash("sha256").update(Buffer.from(hash, "hex")).update(observed).digest("hex");
    expect(ok?.info?.observation_hash ?? "").toBe(hash);
  }
  client.close();
});

test("a message that is refused is followed by its event and its close code", async () => {
  for (const [message, code, reason] of [
    ["{bad", 4400, "bad_frame"],
    ['{"id":1,"op":"ping"}', 4400, "bad_frame"],
    [`"${"x".repeat(70_000)}"`, 4413, "too_large"],
    ["[".repeat(65), 4414, "too_deep"],
    ['{"id":1,"op":"hello","version":2}', 4405, "unsupported_version"],
    ['{"id":1,"op":"hello","version":"1"}', 4400, "bad_request"],
  ] as const) {
    const socket = new WebSocket(url, "stepwell.v1");
    await new Promise((resolve) => socket.addEventListener("open", resolve));
    const events: unknown[] = [];
    socket.addEventListener("message", ({ data }) => events.push(JSON.parse(String(data))));
    const closed = new Promise<{ code: number; reason: string }>((resolve) =>
      socket.addEventListener("close", ({ code, reason }) => resolve({ code, reason })),
    );
    socket.send(message);
    expect(await closed).toMatchObject({ code, reason });
    expect(events).toMatchObject([{ ev: "closing", code: reason, retryable: false }]);
  }
});

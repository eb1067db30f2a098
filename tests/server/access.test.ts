import { expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "../../src/client/client.ts";
import { Principals, readTokens } from "../../src/server/principals.ts";
import { createStepwell } from "../../src/stepwell.ts";

async function withFile(content: string, use: (path: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "stepwell-test-"));
  try {
    const path = join(folder, "file");
    await writeFile(path, content);
    await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "nothing",
    (error: { code: string }) => error.code,
  );

test("each principal of a tokens file sees its own instances alone", () =>
  withFile('{"alice": "a-secret", "bob": "b-secret"}', async (tokens_file) => {
    await using well = await createStepwell({ environments: ["guess"], port: 0, tokens_file });
    const url = well.listen();
    await using alice = await connect(url, { token: "a-secret" });
    await using bob = await connect(url, { token: "b-secret" });
    const instance = await alice.create("guess", "guess_42", { instance_id: "alices" });
    expect(await bob.cancel({ instance_ids: ["alices"] })).toEqual([]);
    const taken = await codeOf(bob.create("guess", "guess_42", { instance_id: "alices" }));
    expect(taken).toBe("instance_exists");
    expect((await instance.evaluate()).reward).toBe(0);
    expect(await codeOf(connect(url))).toBe("unauthorized");
  }));

test("a tokens file that is none says what it has to be", async () => {
  await withFile("[]", async (tokens_file) => {
    expect(() => readTokens({ tokens_file })).toThrow('{"principal": "token", ...}');
  });
  await withFile('{"a": "same", "b": "same"}', async (tokens_file) => {
    expect(() => readTokens({ tokens_file })).toThrow("another principal");
  });
  expect(() => readTokens({ tokens_file: "/nonexistent" })).toThrow("cannot be read");
});

test("without tokens every caller is the default principal", () => {
  expect(new Principals(new Map()).identify(null)).toBe("default");
});

test("without a token only this machine's own names are answered as a host", async () => {
  await using well = await createStepwell({ environments: ["guess"], port: 0 });
  const url = well.listen().replace("ws:", "http:").replace("/v1", "/healthz");
  expect((await fetch(url, { headers: { host: "rebound.example" } })).status).toBe(403);
  expect((await fetch(url.replace("127.0.0.1", "localhost"))).status).toBe(200);
});

test("TLS needs both of its files", async () => {
  await using well = await createStepwell({ environments: ["guess"], port: 0, tls_cert: "cert.pem" });
  expect(() => well.listen()).toThrow("both tls_cert and tls_key");
});

const openssl = Bun.which("openssl") !== null;
const name = `with a certificate the server speaks wss${openssl ? "" : " (not run: needs openssl, to make one)"}`;

test.skipIf(!openssl && process.env.CI !== "true")(name, async () => {
  const folder = await mkdtemp(join(tmpdir(), "stepwell-tls-"));
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const made = Bun.spawnSync(
    [
      "openssl",
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "1",
      "-subj",
      "/CN=localhost",
      "-keyout",
      key,
      "-out",
      cert,
    ],
    { stderr: "ignore" },
  );
  expect(made.exitCode).toBe(0);
  await using well = await createStepwell({ environments: ["guess"], port: 0, tls_cert: cert, tls_key: key });
  const url = well.listen();
  expect(url.startsWith("wss://127.0.0.1:")).toBe(true);
  const answer = await fetch(url.replace("wss:", "https:").replace("/v1", "/healthz"), {
    tls: { rejectUnauthorized: false },
  });
  expect(await answer.text()).toBe("OK\n");
  await rm(folder, { recursive: true, force: true });
});

import { expect, test } from "bun:test";
import { connect } from "../../src/client/client.ts";
import { createStepwell } from "../../src/stepwell.ts";
import { clientSuite } from "../../src/testing/client-suite.ts";

for (const encoding of ["msgpack", "json"] as const) {
  clientSuite(
    `socket, ${encoding}`,
    async () => {
      const well = await createStepwell({ environments: ["guess"], port: 0 });
      const client = await connect(well.listen(), { encoding });
      return {
        calls: client,
        close: async () => {
          await client.close();
          await well.stop();
        },
      };
    },
    { test, expect },
  );
}

clientSuite(
  "in process",
  async () => {
    const well = await createStepwell({ environments: ["guess"] });
    return { calls: well, close: () => well.stop() };
  },
  { test, expect },
);

test("the token is shown in hello, and a wrong one is refused with unauthorized", async () => {
  await using well = await createStepwell({ environments: ["guess"], port: 0, token: "secret" });
  const url = well.listen();
  const refused = await connect(url, { token: "wrong" }).catch((error: { code: string }) => error.code);
  expect(refused).toBe("unauthorized");
  await using client = await connect(url, { token: "secret" });
  expect(client.welcome.version).toBe(1);
});

test("an address where nobody listens is an error that names it", async () => {
  const message = await connect("ws://127.0.0.1:9").catch((error: Error) => error.message);
  expect(message).toContain("127.0.0.1:9");
});

test("a unix socket serves too", async () => {
  const path = `${process.env.TMPDIR ?? "/tmp"}/stepwell-test-${process.pid}.sock`;
  await using well = await createStepwell({ environments: ["guess"], unix: path });
  well.listen();
  const answer = await fetch("http://localhost/healthz", { unix: path });
  expect(await answer.text()).toBe("OK\n");
});

test("after a restart of the server open calls are rejected with session_lost, and the client goes on", async () => {
  const first = await createStepwell({ environments: ["guess"], port: 0 });
  const url = first.listen();
  await using client = await connect(url);
  const instance = await client.create("guess", "guess_42");
  const before = client.welcome.session;
  await first.stop();
  const open = instance.evaluate().catch((error: { code: string }) => error.code);
  await using second = await createStepwell({ environments: ["guess"], port: Number(new URL(url).port) });
  second.listen();
  expect(await open).toBe("session_lost");
  expect((await client.create("guess", "guess_42")).state.length).toBe(1);
  expect(client.welcome.session).not.toBe(before);
});

import { expect, test } from "bun:test";
import { connect } from "../../src/client/client.ts";
import { ProtocolError } from "../../src/protocol/errors.ts";
import { createStepwell } from "../../src/stepwell.ts";
import { clientSuite } from "../../src/testing/client-suite.ts";
import { golden } from "../protocol/frames-fixture.ts";

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

test("an instance that lives elsewhere is an error that names the place, and its request is sent once", async () => {
  const frame = (name: string) => JSON.parse(golden.frames.find((entry) => entry.name === name)?.text ?? "");
  const asked: string[] = [];
  await using server = Bun.serve({
    port: 0,
    fetch: (request, self) => (self.upgrade(request) ? undefined : new Response(null, { status: 400 })),
    websocket: {
      message(socket, message) {
        const { id, op } = JSON.parse(String(message));
        asked.push(op);
        socket.send(JSON.stringify({ ...frame(op === "hello" ? "welcome" : "moved, with the place"), re: id }));
      },
    },
  });
  await using client = await connect(`ws://127.0.0.1:${server.port}`, { encoding: "json" });
  const moved = await client.cancel({ instance_ids: ["n1-a"] }).catch((error) => error);
  expect(moved).toBeInstanceOf(ProtocolError);
  expect([moved.code, moved.details]).toEqual(["moved", { endpoint: "ws://10.0.0.2:8000/v1" }]);
  expect(asked).toEqual(["hello", "cancel"]);
});

import { readFileSync } from "node:fs";
import { createStepwell } from "../../src/stepwell.ts";

/**
 * How long a step of one environment waits while another environment searches a large catalogue: with WebShop in the
 * server's own thread, and as it is hosted by default. `STEPWELL_WEBSHOP_DATA=BUILT bun benchmarks/load/webshop-blocking.ts [searches]`,
 * with a built catalogue (webshop-million.ts builds one); the generated one is too small to block anything.
 *
 * On a machine that others use, a step also waits because its thread is not given a processor. `held` leaves that out: it is the time that
 * the server's thread itself spent on something else, from the kernel's account of how long the thread stood in line.
 */
const searches = Number(process.argv[2] ?? 200);
/** Words that many products have: the dearest searches. A word that none has makes each a search of its own. */
const search = (at: number) =>
  say(`search[women men women's black white high quality easy use set pack light size home new zqx${at}]`);
const say = (content: string) => ({ role: "assistant" as const, content });

for (const launcher of ["in-process", "auto"]) {
  await using well = await createStepwell({
    environments: ["guess", "webshop"],
    launcher: `webshop=${launcher},guess=in-process`,
  });
  const shopper = await well.create("webshop", "webshop_0", { params: { step_limit: null } });
  const player = await well.create("guess", "guess_42", { params: { tries: 100 } });
  await shopper.step(search(-1));
  const searchTimes: number[] = [];
  const waits: number[] = [];
  const held: number[] = [];
  let isSearching = true;
  const shopping = (async () => {
    for (let at = 0; at < searches; at++) {
      const from = performance.now();
      await shopper.step(search(at));
      searchTimes.push(performance.now() - from);
      // As between two messages of a socket: what waits gets its turn.
      await Bun.sleep(0);
    }
    isSearching = false;
  })();
  let guesses = 0;
  let playing = player;
  while (isSearching) {
    // A timer in between: the step is asked for at any moment of a search, as a socket would ask for it.
    const due = performance.now() + 1;
    const stood = stoodInLine();
    await Bun.sleep(1);
    await playing.step(say("1"));
    const waited = performance.now() - due;
    waits.push(waited);
    held.push(Math.max(0, waited - (stoodInLine() - stood)));
    if (++guesses % 90 === 0) playing = await well.create("guess", "guess_42", { params: { tries: 100 } });
  }
  await shopping;
  const hosted = well.hosting.find(({ env_type }) => env_type === "webshop")?.launcher;
  console.log(
    JSON.stringify({
      webshop: hosted,
      search: percentiles(searchTimes),
      step: percentiles(waits),
      held: percentiles(held),
    }),
  );
}
process.exit(0);

/** Milliseconds for which this process's main thread was ready to run and had no processor; 0 where the system does not say. */
function stoodInLine(): number {
  try {
    return Number(readFileSync("/proc/self/schedstat", "utf8").split(" ")[1]) / 1e6;
  } catch {
    return 0;
  }
}

function percentiles(times: number[]) {
  times.sort((a, b) => a - b);
  const at = (share: number) => Math.round((times[Math.floor(share * (times.length - 1))] ?? 0) * 100) / 100;
  return { count: times.length, p50_ms: at(0.5), p99_ms: at(0.99), max_ms: at(1) };
}

import { createStepwell } from "../../src/stepwell.ts";

/**
 * How long a step of one environment waits while another environment searches a large catalogue: with WebShop in the
 * server's own thread, and on a thread. `STEPWELL_WEBSHOP_DATA=BUILT bun benchmarks/load/webshop-blocking.ts [searches]`,
 * with a built catalogue (webshop-million.ts builds one); the generated one is too small to block anything.
 */
const searches = Number(process.argv[2] ?? 200);
/** Words that many products have: the dearest searches. */
const QUERY = "search[women men black white high quality easy use set pack light size home new]";
const say = (content: string) => ({ role: "assistant" as const, content });

for (const launcher of ["in-process", "thread"]) {
  await using well = await createStepwell({
    environments: ["guess", "webshop"],
    launcher: `webshop=${launcher},guess=in-process`,
  });
  const shopper = await well.create("webshop", "webshop_0", { params: { step_limit: null } });
  const player = await well.create("guess", "guess_42", { params: { tries: 100 } });
  await shopper.step(say(QUERY));
  const searchTimes: number[] = [];
  const waits: number[] = [];
  let isSearching = true;
  const shopping = (async () => {
    for (let at = 0; at < searches; at++) {
      const from = performance.now();
      await shopper.step(say(QUERY));
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
    await Bun.sleep(1);
    await playing.step(say("1"));
    waits.push(performance.now() - due);
    if (++guesses % 90 === 0) playing = await well.create("guess", "guess_42", { params: { tries: 100 } });
  }
  await shopping;
  console.log(JSON.stringify({ launcher, search: percentiles(searchTimes), other_step_waits: percentiles(waits) }));
}
process.exit(0);

function percentiles(times: number[]) {
  times.sort((a, b) => a - b);
  const at = (share: number) => Math.round((times[Math.floor(share * (times.length - 1))] ?? 0) * 100) / 100;
  return { count: times.length, p50_ms: at(0.5), p99_ms: at(0.99), max_ms: at(1) };
}

import {
  type Client,
  type ConnectOptions,
  connect,
  type InstanceHandle,
  ProtocolError,
} from "../../src/client/index.ts";

/** What lanes of churn have done. */
export class ChurnCounts {
  creates = 0;
  steps = 0;
  cancels = 0;
  cuts = 0;
  /** Clients that went away for good, with their instances. */
  vanished = 0;
}

/** Chances of what may happen at each turn of a lane. */
const CUT = 0.02;
const VANISH = 0.005;
const LEAVE = 0.5;

/**
 * Errors that churn itself brings about: what was cancelled under a request, or freed with a client that vanished; and on a
 * slow machine a cut may outlast the short life that the session has here.
 */
const EXPECTED: ReadonlySet<string> = new Set([
  "cancelled",
  "unknown_instance",
  "instance_terminated",
  "overloaded",
  "session_lost",
]);

type Open = NonNullable<ConnectOptions["open"]>;
type Socket = Awaited<ReturnType<Open>>;

/**
 * One client that never rests until `isOver`: it creates groups, steps them together, evaluates, finishes, releases and
 * cancels, cuts its own socket in the middle of it all, and now and then vanishes with what it has.
 */
export async function churnLane(
  url: string,
  env_type: string,
  task_ids: readonly string[],
  random: () => number,
  counts: ChurnCounts,
  isOver: () => boolean,
): Promise<void> {
  while (!isOver()) {
    const sockets: WebSocket[] = [];
    const open: Open = (address, protocol) => {
      const socket = new WebSocket(address, protocol);
      sockets.push(socket);
      return socket as unknown as Socket;
    };
    const cut = () => (sockets.at(-1) as (WebSocket & { terminate?(): void }) | undefined)?.terminate?.();
    const client = await connect(url, { open });
    const stays = await orGone(drive(client, { env_type, task_ids, random, counts, isOver, cut }));
    if (stays !== true) counts.vanished++;
    await client.close();
  }
}

interface Drive {
  readonly env_type: string;
  readonly task_ids: readonly string[];
  readonly random: () => number;
  readonly counts: ChurnCounts;
  readonly isOver: () => boolean;
  cut(): void;
}

/** Drives episodes until it is over or the client vanishes; says whether it left nothing behind. */
async function drive(client: Client, { env_type, task_ids, random, counts, isOver, cut }: Drive): Promise<boolean> {
  let live: InstanceHandle[] = [];
  while (!isOver()) {
    if (random() < VANISH) return false;
    if (live.length < 8) {
      const task_id = task_ids[Math.floor(random() * task_ids.length)] ?? "";
      const labels = { group: String(counts.creates) };
      const created = client.createGroup(env_type, task_id, 8, { labels });
      counts.creates += 8;
      // Some are given up while they are made.
      if (random() < LEAVE) counts.cancels += (await client.cancel({ labels })).length;
      live.push(...((await orGone(created)) ?? []));
    }
    const action = { role: "assistant" as const, content: String(Math.floor(random() * 100)) };
    const stepped = client.stepMany(live.map((instance) => ({ instance, action })));
    if (random() < CUT) {
      counts.cuts++;
      cut();
    }
    const answers = await stepped;
    counts.steps += live.length;
    const goesOn = live.map((_, index) => {
      const answer = answers[index];
      if (answer && "error" in answer) check(answer.error);
      return answer !== undefined && "ok" in answer && !answer.ok.is_terminated;
    });
    await client.releaseMany(live.filter((_, index) => !goesOn[index]));
    live = live.filter((_, index) => goesOn[index]);
    if (random() < LEAVE) live = await leave(client, live, random, counts);
  }
  await client.releaseMany(live);
  return true;
}

/** Lets some go in each of the ways that there are. */
async function leave(
  client: Client,
  live: readonly InstanceHandle[],
  random: () => number,
  counts: ChurnCounts,
): Promise<InstanceHandle[]> {
  const [one, two, ...rest] = live;
  if (!one || !two) return [...live];
  const way = random();
  if (way < 0.3) await orGone(one.finish());
  else if (way < 0.6) await orGone(one.evaluate());
  if (way < 0.5) await one.release();
  else counts.cancels += (await client.cancel({ instance_ids: [one.id] })).length;
  return [two, ...rest];
}

async function orGone<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    check(error);
    return null;
  }
}

function check(error: unknown): void {
  if (!(error instanceof ProtocolError) || !EXPECTED.has(error.code)) throw error;
}

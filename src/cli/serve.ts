import type { OptionsInput } from "../options.ts";
import { startStepwell } from "../stepwell.ts";
import { jsonLog } from "../util/log.ts";
import { protectionTable } from "./protection-table.ts";

/**
 * Serves until SIGTERM or SIGINT, then drains; a second signal stops at once. /healthz answers from the first moment,
 * /readyz when the environments are loaded. Returns the exit code.
 */
export async function runServe(options: OptionsInput): Promise<number> {
  const log = jsonLog((line) => process.stderr.write(`${line}\n`), Date.now);
  const stepwell = startStepwell(options, {
    progress: (line) => log.info(line),
    log,
    showProtections: (env_type, where, rows) => console.log(protectionTable(env_type, where, rows)),
  });
  const address = stepwell.listen();
  const ended = Promise.withResolvers<void>();
  let draining = false;
  const onSignal = (signal: string) => {
    if (draining) {
      log.info("stopping at once", { signal });
      void stepwell.stop().then(ended.resolve);
      return;
    }
    draining = true;
    log.info("draining: live instances may end, new ones are refused", { signal, drain_s: stepwell.options.drain_s });
    void stepwell.drain().then(ended.resolve);
  };
  process.on("SIGTERM", onSignal);
  process.on("SIGINT", onSignal);
  // Said when signals are heard: whoever reads the address may send one.
  console.log(`stepwell serves ${address}`);
  await stepwell.settled;
  const { unavailable } = stepwell.readiness;
  for (const [env_type, reason] of Object.entries(unavailable))
    log.error("environment unavailable", { env_type, reason });
  log.info("ready", { environments: stepwell.served });
  await ended.promise;
  log.info("stopped");
  return 0;
}

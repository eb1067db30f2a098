import type { ApiDefinition } from "./api.ts";
import { gorillaFileSystem } from "./gorilla-file-system.ts";
import { mathApi } from "./math-api.ts";
import { memoryKv } from "./memory-kv.ts";
import { memoryRecSum } from "./memory-rec-sum.ts";
import { memoryVector } from "./memory-vector.ts";
import { messageApi } from "./message-api.ts";
import { ticketApi } from "./ticket-api.ts";
import { tradingBot } from "./trading-bot.ts";
import { travelApi } from "./travel-api.ts";
import { twitterApi } from "./twitter-api.ts";
import { vehicleControlApi } from "./vehicle-control-api.ts";
import { webSearchApi } from "./web-search-api.ts";

const DEFINITIONS: ReadonlyMap<string, ApiDefinition> = new Map(
  [
    gorillaFileSystem,
    mathApi,
    memoryKv,
    memoryRecSum,
    memoryVector,
    messageApi,
    ticketApi,
    tradingBot,
    travelApi,
    twitterApi,
    vehicleControlApi,
    webSearchApi,
  ].map((definition) => [definition.name, definition] as const),
);

/** The class of an official name. Throws on a name that no task has. */
export function apiDefinition(name: string): ApiDefinition {
  const definition = DEFINITIONS.get(name);
  if (definition === undefined) throw new Error(`there is no API class ${name}`);
  return definition;
}

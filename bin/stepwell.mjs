#!/usr/bin/env node
import { fileURLToPath } from "node:url";
import { runWithBun } from "./run-with-bun.mjs";

runWithBun([fileURLToPath(new URL("../src/cli/main.ts", import.meta.url)), ...process.argv.slice(2)]);

// Starts a real server on free ports in a temporary directory and reports what clients need to know about it.
// Usage: const server = await startServer(); … await server.stop();

import { spawn, execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ClientSecretCredential } from "@azure/identity";

const binary =
  process.env.QUAYMASTER_BINARY ?? fileURLToPath(new URL("../../build/release/bin/quaymaster", import.meta.url));

/** Reads the `export NAME=value` lines of `quaymaster env`. */
function readExports(text) {
  const settings = {};
  for (const [, name, value] of text.matchAll(/^export ([A-Z_]+)=(.*)$/gm)) {
    settings[name] = value.replace(/^(['"])(.*)\1$/, "$2");
  }
  return settings;
}

export async function startServer({ args = [], keep = undefined } = {}) {
  const root = keep ?? mkdtempSync(join(tmpdir(), "quaymaster-test-"));
  const data = join(root, "data");
  const dock = join(root, "dock");
  mkdirSync(dock, { recursive: true });
  rmSync(join(data, "endpoints.json"), { force: true });

  const child = spawn(binary,
    ["serve", "--data", data, "--dock", dock, "--arm-port", "0", "--blob-port", "0", ...args],
    { stdio: ["ignore", "pipe", "pipe"] });
  let log = "";
  child.stdout.on("data", (text) => (log += text));
  child.stderr.on("data", (text) => (log += text));
  const ended = new Promise((done) => child.once("exit", (code) => done(code)));

  const endpointsFile = join(data, "endpoints.json");
  for (let tries = 0; !existsSync(endpointsFile); ++tries) {
    if (child.exitCode !== null || tries > 200) throw new Error(`the server did not start:\n${log}`);
    await sleep(25);
  }
  const endpoints = JSON.parse(readFileSync(endpointsFile, "utf8"));
  const env = readExports(execFileSync(binary, ["env", "--data", data], { encoding: "utf8" }));

  // A user would set NODE_EXTRA_CA_CERTS, which Node reads only once, at its start.
  const tlsOptions = { ca: readFileSync(env.NODE_EXTRA_CA_CERTS, "utf8") };

  return {
    root, data, dock, env, endpoints, binary,
    /** Options every management client takes. */
    options: { endpoint: env.QUAYMASTER_URL, tlsOptions },
    credential: (secret = env.AZURE_CLIENT_SECRET) =>
      new ClientSecretCredential(env.AZURE_TENANT_ID, env.AZURE_CLIENT_ID, secret,
        { authorityHost: env.AZURE_AUTHORITY_HOST, disableInstanceDiscovery: true, tlsOptions }),
    subscription: env.AZURE_SUBSCRIPTION_ID,
    arm: env.QUAYMASTER_URL,
    log: () => log,
    run: (...command) => execFileSync(binary, command, { encoding: "utf8", env: { ...process.env, ...env } }),
    async stop({ signal = "SIGTERM", remove = true } = {}) {
      child.kill(signal);
      const code = await ended;
      if (remove) rmSync(root, { recursive: true, force: true });
      return code;
    },
  };
}

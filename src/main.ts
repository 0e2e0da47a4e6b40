import type { Commands } from "./cli/commands.ts";
import { processIo } from "./cli/io.ts";
import { run } from "./cli/run.ts";
import { reportCost } from "./composition/cost.ts";
import { dataFolder, isInitialized } from "./composition/data-folder.ts";
import { explainDecision } from "./composition/explain.ts";
import { initialize } from "./composition/init.ts";
import { listAudit, reportStatus } from "./composition/inspect.ts";
import { proveEvent } from "./composition/prove.ts";
import { manageRootSources } from "./composition/root-admin.ts";
import { rotateRoot } from "./composition/rotate-root.ts";
import { sealServer, unsealServer } from "./composition/sealing.ts";
import { initializeUnattended, serveUntilSignal } from "./composition/serving.ts";
import { reportAudit } from "./composition/verify-audit.ts";
import { serveWitness } from "./composition/witness.ts";

const commands: Commands = {
  init: initialize,
  async serve(config, io) {
    if (config.seed !== undefined && !isInitialized(dataFolder(config)))
      await initializeUnattended(config, io);
    await serveUntilSignal(config, io);
  },
  async start(config, io) {
    if (!isInitialized(dataFolder(config))) {
      const { facts } = await initializeUnattended(config, io);
      for (const [label, value] of facts.slice(0, 3)) io.out(`${label.padEnd(12)} ${value}`);
      io.out("");
    }
    await serveUntilSignal(config, io);
  },
  status: reportStatus,
  verifyAudit: reportAudit,
  prove: proveEvent,
  audit: listAudit,
  explain: explainDecision,
  unseal: unsealServer,
  seal: sealServer,
  rootSources: manageRootSources,
  rotateRoot: (config, io) => rotateRoot(config, io),
  cost: (config, question, io) => reportCost(config, question, io.clock),
  witness: serveWitness,
};

// Whatever is written (database, journal, keys) is for its owner only.
process.umask(0o077);
process.exitCode = await run(process.argv.slice(2), processIo(), commands);

import { auditKnowledge, required } from "./arguments.ts";
import type { Command } from "./command.ts";
import { printFindings, value } from "./command.ts";

/** Verifies journal and logs. */
export const verifyAudit: Command = {
  name: "verify-audit",
  summary: "verify that no audit record was changed, removed or added",
  details:
    "Reads the audit journal and every audit log of the data folder. With --audit and --audit-key it needs neither the data " +
    "folder nor any secret: a copy of the folder `audit/log` and the key that this command prints are enough, on any " +
    "machine. Exits with 1 when anything is wrong, and names the first bad record.",
  arguments: [
    value("--audit", "FOLDER", "folder of audit logs, such as a copy of `audit/log`"),
    value(
      "--checkpoint",
      "FILES",
      "checkpoints that were kept elsewhere, with commas between them: the logs must continue them",
    ),
    value("--proof", "FILE", "a proof that `keywright prove` made: only that is checked"),
    value(
      "--kept-from",
      "POSITION",
      "records before this position may be missing: their time to be kept is over",
    ),
  ],
  examples: [
    "keywright verify-audit",
    "keywright verify-audit --audit copy --audit-key keywright/0c1…+9d3b8a41+AX1…",
  ],
  async perform({ config, values, commands, io }) {
    const known = auditKnowledge(values, io.workingDirectory);
    return printFindings(await commands.verifyAudit(config, known, io), io);
  },
};

/** Proves that a record is in a log. */
export const prove: Command = {
  name: "prove",
  summary: "prove to somebody else that an audit record is in a signed log",
  details:
    "Prints a C2SP tlog-proof of the record of an event, with the record in it. Whoever has the audit key checks it with " +
    "`keywright verify-audit --proof`, or with any other tool for such proofs; nothing else of the logs is needed.",
  arguments: [value("--event-id", "ID", "the event, as in `eventID` of its record")],
  examples: ["keywright prove --event-id 1f0c5b0e-… > event.tlog-proof"],
  async perform({ config, values, commands, io }) {
    io.out((await commands.prove(config, required(values, "--event-id"))).trimEnd());
    return 0;
  },
};

/** Watches over the logs of deployments. */
export const witness: Command = {
  name: "witness",
  summary: "remember the audit logs of deployments, so that none is put back unnoticed",
  details:
    "Answers C2SP tlog-witness requests until SIGINT or SIGTERM: it cosigns a checkpoint that continues the last one it saw, " +
    "and nothing else. Run it where those who run the deployment cannot change its folder. A deployment that is " +
    "started with --witness asks it at every start, and refuses to serve when its own data folder is older than what the witness saw.",
  arguments: [],
  examples: [
    "keywright witness --listen 127.0.0.1:7600 --audit-key keywright/0c1…+9d3b8a41+AX1…",
    "keywright witness --listen 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem --audit-key …",
  ],
  async perform({ config, commands, io }) {
    await commands.witness(config, io);
    return 0;
  },
};

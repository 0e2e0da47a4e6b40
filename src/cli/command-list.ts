import { auditFilter, question } from "./arguments.ts";
import { prove, verifyAudit, witness } from "./audit-commands.ts";
import type { Command } from "./command.ts";
import { pairs, printFindings, value } from "./command.ts";
import { cost } from "./cost-command.ts";
import { rootSources, rotateRoot, seal, unseal } from "./root-commands.ts";

const start: Command = {
  name: "start",
  summary: "serve, after creating the data folder if it is new",
  details:
    "What `npm start` runs: init when the data folder does not exist yet, then serve. " +
    "The seed is applied only to a new data folder.",
  arguments: [],
  examples: ["keywright start", "keywright start --seed docs/examples/lab.yaml --listen :8080"],
  async perform({ config, commands, io }) {
    await commands.start(config, io);
    return 0;
  },
};

const init: Command = {
  name: "init",
  summary: "create a data folder: root key, database, first account, AWS profile",
  details:
    "Refuses a data folder that already holds a database. Without a seed it creates one account " +
    "with one administrator; with a seed it creates exactly what the seed says. The root key is wrapped by every root source " +
    "that an option names, else by a file. Shares are printed once and stored nowhere.",
  arguments: [],
  examples: [
    "keywright init --data /var/lib/keywright",
    "keywright init --seed lab.yaml",
    "keywright init --root-shares 3/5",
  ],
  async perform({ config, commands, io }) {
    return printFindings(await commands.init(config, io), io);
  },
};

const serve: Command = {
  name: "serve",
  summary: "serve the AWS APIs until SIGINT or SIGTERM",
  details:
    "Needs a data folder that init created, or a seed to create it from when it is new. A listen address that other machines can reach " +
    "needs TLS: --tls-cert with --tls-key, or --behind-tls-proxy.",
  arguments: [],
  examples: [
    "keywright serve",
    "keywright serve --seed lab.yaml --data lab",
    "keywright serve --listen 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem",
  ],
  async perform({ config, commands, io }) {
    await commands.serve(config, io);
    return 0;
  },
};

const status: Command = {
  name: "status",
  summary: "show the data folder and whether the service answers",
  details: "Exits with 1 when something needs the operator's attention.",
  arguments: [],
  examples: ["keywright status", "keywright status --data /var/lib/keywright"],
  async perform({ config, commands, io }) {
    return printFindings(await commands.status(config, io), io);
  },
};

const audit: Command = {
  name: "audit",
  summary: "print audit records as JSON lines, oldest first",
  details:
    "Each line is one record in CloudTrail's form. Records must match every filter that is given.",
  arguments: [
    value("--event-name", "NAME", "only this operation, such as Decrypt"),
    value("--key", "KEY", "only this key: key id or key ARN"),
    value("--user", "NAME", "only this user"),
    value("--access-key", "ID", "only this access key id"),
    value(
      "--since",
      "TIME",
      "only from this time on: 2026-01-31, 2026-01-31T08:00:00Z, 90s, 15m, 2h, 7d",
    ),
    value("--limit", "NUMBER", "only the newest so many"),
  ],
  examples: [
    "keywright audit --since 2h",
    "keywright audit --event-name Decrypt --user myEncryptor --limit 10",
  ],
  async perform({ config, values, commands, io }) {
    for await (const record of commands.audit(config, auditFilter(values, io.clock()), io))
      io.out(JSON.stringify(record));
    return 0;
  },
};

const explain: Command = {
  name: "explain",
  summary: "say whether a request would be allowed, and which statements decide",
  details:
    "Nothing is called or recorded. Policies of other accounts than the principal's are not shown. " +
    "Exits with 0 for allow and with 1 for deny.",
  arguments: [
    value(
      "--principal",
      "ARN",
      "who asks: ARN of a user, role, session or account root (required)",
    ),
    value("--action", "ACTION", "what for, such as kms:Decrypt (required)"),
    value("--resource", "RESOURCE", "on what: key ARN, key id, alias, or * (default *)"),
    value("--session-policy", "JSON", "the policy of the role's session"),
    pairs("--encryption-context", "NAME=VALUE…", "pairs of the encryption context"),
    pairs(
      "--condition",
      "KEY=VALUE…",
      "further condition keys; repeat a key to give it several values",
    ),
  ],
  examples: [
    "keywright explain --principal arn:aws:iam::111122223333:user/myEncryptor \\",
    "  --action kms:Decrypt --resource alias/lab --encryption-context project=lab",
  ],
  async perform({ config, values, commands, io }) {
    const asked = question(values, config.region);
    const { decision, because } = await commands.explain(config, asked, io);
    io.out(`${decision}: ${asked.principal} ${asked.action} ${asked.resource}`);
    for (const line of because) io.out(`  ${line}`);
    return decision === "allow" ? 0 : 1;
  },
};

/** The commands that do something, in the order of the help text. */
export const commandList: readonly Command[] = [
  start,
  init,
  serve,
  status,
  unseal,
  seal,
  verifyAudit,
  prove,
  audit,
  explain,
  rootSources,
  rotateRoot,
  cost,
  witness,
];

import { rootSourceChange } from "./arguments.ts";
import type { Command } from "./command.ts";
import { printFindings, value } from "./command.ts";

/** Opens a sealed server. */
export const unseal: Command = {
  name: "unseal",
  summary: "open the root key of a sealed server",
  details:
    "Asks for shares until there are enough, or for the passphrase, and hands them to the server on this machine. Where no " +
    "people are needed (a file, a token, another KMS) it only has the server try again. Without a terminal each share is a " +
    "line of standard input. Several people may each run it with one share; the server forgets them after a quarter of an hour.",
  arguments: [
    {
      flag: "--passphrase",
      takes: "nothing",
      placeholder: "",
      summary: "ask for the passphrase, although there are shares, too",
    },
  ],
  examples: ["keywright unseal", "keywright unseal --data /var/lib/keywright"],
  async perform({ config, values, commands, io }) {
    const by = values.has("--passphrase") ? "passphrase" : undefined;
    return printFindings(await commands.unseal(config, by, io), io);
  },
};

/** Closes a running server. */
export const seal: Command = {
  name: "seal",
  summary: "have the running server forget all keys and refuse everything",
  details:
    "Requests under way finish first. The server keeps its port and answers 503 until `keywright unseal`. Only the user who " +
    "owns the data folder can do this, on the machine of the server.",
  arguments: [],
  examples: ["keywright seal"],
  async perform({ config, commands, io }) {
    return printFindings(await commands.seal(config), io);
  },
};

/** Lists and changes the root sources. */
export const rootSources: Command = {
  name: "root-sources",
  summary: "list what opens the root key; add, renew or remove a root source",
  details:
    "Each of the listed sources opens the root key alone. Changes need the server to be stopped. What a source is, its own " +
    "options say. To renew means: new shares, another passphrase, another file, key of a token or KMS key. The last source cannot be removed.",
  arguments: [
    value("--add", "SOURCE", "have file, passphrase, shares, token or kms wrap the root key, too"),
    value(
      "--renew",
      "SOURCE",
      "replace what this source wrapped; what it was before opens nothing",
    ),
    value("--remove", "SOURCE", "this source no longer opens the root key"),
  ],
  examples: [
    "keywright root-sources",
    "keywright root-sources --add shares --root-shares 3/5",
    "keywright root-sources --remove file",
  ],
  async perform({ config, values, commands, io }) {
    return printFindings(await commands.rootSources(config, rootSourceChange(values), io), io);
  },
};

/** Replaces the root key. */
export const rotateRoot: Command = {
  name: "rotate-root",
  summary: "replace the root key; everything under it is wrapped and sealed anew",
  details:
    "Needs the server to be stopped, and every root source: people with shares or the passphrase are asked. Interrupted at " +
    "any point, the deployment still opens, and running it again finishes.",
  arguments: [],
  examples: ["keywright rotate-root", "keywright rotate-root --data /var/lib/keywright"],
  async perform({ config, commands, io }) {
    return printFindings(await commands.rotateRoot(config, io), io);
  },
};

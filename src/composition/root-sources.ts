import { existsSync } from "node:fs";
import { OperatorError } from "../base/errors.ts";
import type { Ask } from "../cli/commands.ts";
import type { Config } from "../config.ts";
import type { SecretFrom } from "../config-values.ts";
import type { ClosedDeployment } from "../database/deployment.ts";
import { createRootFile, fileRootSource } from "../keystore/root/file.ts";
import { kmsRootSource } from "../keystore/root/kms.ts";
import { passphraseRootSource } from "../keystore/root/passphrase.ts";
import { readSecretLine } from "../keystore/root/private-file.ts";
import type { ShareSet } from "../keystore/root/shares.ts";
import {
  createShares,
  readShareSet,
  ShareCollection,
  sharesRootSource,
} from "../keystore/root/shares.ts";
import type { RootSource, RootSourceKind } from "../keystore/root/source.ts";
import { rootSourceKinds } from "../keystore/root/source.ts";
import { tokenRootSource } from "../keystore/root/token.ts";

/** For whoever runs where there are no people. */
export const askNobody: Ask = (prompt) =>
  Promise.reject(new OperatorError(`${prompt}: there is nobody to ask here`));

/** The kinds that wrap the root key of a deployment. */
export function storedKinds({ rootKeys }: ClosedDeployment): readonly RootSourceKind[] {
  return rootSourceKinds.filter((kind) => rootKeys.some((each) => each.source === kind));
}

/** The sources of a deployment that open without anybody's help, as far as they are configured. */
export function unattendedSources(closed: ClosedDeployment, config: Config): readonly RootSource[] {
  return storedKinds(closed)
    .filter((kind) => isConfigured(kind, config) && !isAsked(kind, config))
    .map((kind) => sourceOf(kind, closed, config, askNobody));
}

/** The sources for which the configuration says that somebody is asked. */
export function askedSources(
  closed: ClosedDeployment,
  config: Config,
  ask: Ask,
): readonly RootSource[] {
  return storedKinds(closed)
    .filter((kind) => kind !== "shares" && isConfigured(kind, config) && isAsked(kind, config))
    .map((kind) => sourceOf(kind, closed, config, ask));
}

/** All sources of a deployment that can be used here, those first that need nobody. */
export function allSources(
  closed: ClosedDeployment,
  config: Config,
  ask: Ask,
): readonly RootSource[] {
  const asked = storedKinds(closed).filter((kind) => isAsked(kind, config));
  return [
    ...unattendedSources(closed, config),
    ...asked.map((kind) => sourceOf(kind, closed, config, ask)),
  ];
}

/** The kinds with which people open a deployment through `unseal`. */
export function peopleKinds(closed: ClosedDeployment): readonly RootSourceKind[] {
  return storedKinds(closed).filter((kind) => kind === "shares" || kind === "passphrase");
}

/** How the root key of a deployment was split; undefined when it was not. */
export function storedShareSet({ rootKeys }: ClosedDeployment): ShareSet | undefined {
  const wrapped = rootKeys.find((each) => each.source === "shares")?.wrapped;
  return wrapped === undefined ? undefined : readShareSet(wrapped);
}

function isConfigured(kind: RootSourceKind, { root }: Config): boolean {
  if (kind === "passphrase") return root.passphraseFrom !== undefined;
  return (kind !== "token" && kind !== "kms") || root[kind] !== undefined;
}

/** Whether using the source means asking somebody. */
function isAsked(kind: RootSourceKind, { root }: Config): boolean {
  if (kind === "passphrase") return typeof root.passphraseFrom !== "object";
  return kind === "shares" || (kind === "token" && root.token?.pinFrom === "ask");
}

/** The source of one kind. Throws OperatorError when its options are missing. */
export function sourceOf(
  kind: RootSourceKind,
  closed: ClosedDeployment,
  config: Config,
  ask: Ask,
): RootSource {
  if (kind === "shares") return sharesRootSource(() => gatherShares(closed, ask));
  if (kind === "passphrase") return passphraseRootSource(() => passphrase(config, ask, false));
  return machineSource(kind, config, ask);
}

function machineSource(
  kind: "file" | "token" | "kms",
  { rootKeyFile, root: { token, kms } }: Config,
  ask: Ask,
): RootSource {
  if (kind === "file") return fileRootSource(rootKeyFile);
  if (kind === "token" && token !== undefined)
    return tokenRootSource(token, () => secretFrom(token.pinFrom, `PIN of ${token.label}`, ask));
  if (kind === "kms" && kms !== undefined) return kmsRootSource(kms);
  const option = kind === "token" ? "--root-token-module and --root-token-label" : "--root-kms-key";
  throw new OperatorError(`the root source ${kind} needs ${option}`);
}

/** A source that has wrapped nothing yet, and the shares to hand out if it is split. */
export interface NewSource {
  readonly source: RootSource;
  readonly shares: readonly string[];
}

/** Makes a source: the file unless it is there, a passphrase typed twice, fresh shares. Throws OperatorError. */
export async function newSource(
  kind: RootSourceKind,
  deployment: string,
  config: Config,
  ask: Ask,
): Promise<NewSource> {
  if (kind === "shares") {
    if (config.root.shares === undefined)
      throw new OperatorError("the root source shares needs --root-shares, such as 3/5");
    return createShares(deployment, config.root.shares.threshold, config.root.shares.count);
  }
  if (kind === "passphrase")
    return { source: passphraseRootSource(() => passphrase(config, ask, true)), shares: [] };
  if (kind === "file" && !existsSync(config.rootKeyFile)) createRootFile(config.rootKeyFile);
  return { source: machineSource(kind, config, ask), shares: [] };
}

/** Makes a source that differs from the one before: a file in a new place, another passphrase. Throws OperatorError. */
export async function anotherSource(
  kind: RootSourceKind,
  deployment: string,
  config: Config,
  ask: Ask,
): Promise<NewSource> {
  if (kind === "file") createRootFile(config.rootKeyFile);
  const root = { ...config.root, passphraseFrom: undefined };
  return newSource(kind, deployment, { ...config, root }, ask);
}

function passphrase({ root }: Config, ask: Ask, again: boolean): Promise<Buffer> {
  const prompt = again ? "New passphrase of the root key" : "Passphrase of the root key";
  return secretFrom(root.passphraseFrom ?? "ask", prompt, (text) => ask(text, { again }));
}

async function secretFrom(from: SecretFrom, what: string, ask: Ask): Promise<Buffer> {
  return from === "ask" ? ask(what) : readSecretLine(from.file, what);
}

async function gatherShares(closed: ClosedDeployment, ask: Ask) {
  const set = storedShareSet(closed);
  if (set === undefined) throw new OperatorError("the root key of this deployment is not split");
  const collection = new ShareCollection(closed.id, set);
  try {
    while (collection.progress.given < set.threshold) {
      const share = await ask(`Share ${collection.progress.given + 1} of ${set.threshold}`);
      collection.add(share);
      share.fill(0);
    }
    return await collection.combine();
  } catch (error) {
    collection.clear();
    throw error;
  }
}

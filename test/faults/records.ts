import type { Verification } from "../../src/audit/verify.ts";
import { dataFolder } from "../../src/composition/data-folder.ts";
import { withDeployment } from "../../src/composition/deployment.ts";
import { loadConfig } from "../../src/config.ts";
import { readRows } from "../../src/database/database.ts";
import { readAudit } from "../../src/database/log/audit-records.ts";
import type { Folder } from "./process.ts";

/** What of an audit record these tests look at. */
export interface AuditRecord {
  readonly requestID?: string;
  readonly eventName: string;
  readonly errorCode?: string;
  readonly resources: readonly { readonly ARN: string }[];
}

/** What a stopped server left behind. */
export interface Remains {
  readonly verification: Verification;
  readonly records: readonly AuditRecord[];
  readonly keyIds: readonly string[];
}

/** Verifies the journal of a folder whose server is stopped, and reads its records and the ids of its keys. */
export function readRemains(folder: Folder): Promise<Remains> {
  const flags = new Map([["--data", folder.data]]);
  const config = loadConfig({ flags, environment: {}, workingDirectory: folder.data }, "status");
  return withDeployment(config, async ({ id, auditPublicKey }, reader) => {
    const records: AuditRecord[] = [];
    const key = { deployment: id, publicKey: auditPublicKey };
    const { journal, logs } = dataFolder(config);
    const verification = readAudit({ journal, logs: { folder: logs } }, key, (record) =>
      records.push(JSON.parse(Buffer.from(record).toString()) as AuditRecord),
    );
    const rows = await readRows(reader, { chunks: ["SELECT key_id FROM keys"], values: [] });
    return { verification, records, keyIds: rows.map((row) => String(row["key_id"])) };
  });
}

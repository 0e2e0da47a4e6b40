/** The account that is measured: 100 keys with the default key policy, a user whose own policy lets it use keys, and an administrator. */
export const account = "111122223333";
export const region = "us-east-1";
const keyCount = 100;

export const accessKey = { id: "AKIABENCH00000000001", secret: "bench-secret/not-for-real+use" };

export const adminKey = { id: "AKIABENCH00000000002", secret: "bench-secret/not-for-real+admin" };

export const keyIds: readonly string[] = Array.from(
  { length: keyCount },
  (_, index) => `be9c4000-0000-4000-8000-${String(index).padStart(12, "0")}`,
);

export const seed = {
  accounts: [
    {
      id: account,
      users: [
        {
          name: "bench",
          accessKeys: [accessKey],
          policies: [
            {
              name: "use-keys",
              document: {
                Version: "2012-10-17",
                Statement: {
                  Effect: "Allow",
                  Action: [
                    "kms:Encrypt",
                    "kms:Decrypt",
                    "kms:GenerateDataKey*",
                    "kms:GenerateMac",
                    "kms:VerifyMac",
                    "kms:Sign",
                  ],
                  Resource: `arn:aws:kms:${region}:${account}:key/*`,
                },
              },
            },
          ],
        },
        {
          name: "admin",
          accessKeys: [adminKey],
          managedPolicies: ["arn:aws:iam::aws:policy/AdministratorAccess"],
        },
      ],
      keys: keyIds.map((id) => ({ id, region })),
    },
  ],
};

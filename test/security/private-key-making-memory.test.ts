// Beside private-key-memory.test.ts: searching takes long, and two files are run at a time.
import { testRemains } from "./private-key-remains.ts";

testRemains("imported");
testRemains("generated");

import { testRemains } from "./private-key-remains.ts";

testRemains("read");
testRemains("used");

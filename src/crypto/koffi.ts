import koffi from "koffi";

// Stacks of the pool's calls, between pages that fault: OpenSSL's deepest calls need a fraction of this. Koffi wants to know
// before the first library is loaded, whichever that is.
koffi.config({ async_stack_size: 1 << 20 });

export { koffi };

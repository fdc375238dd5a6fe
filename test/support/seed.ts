import fc from "fast-check";

// Properties draw the same values in every run, so that a run is a function of the tree alone and a failure is
// seen again by whoever looks. PVPKG_TEST_SEED draws others: a number, or `random` to look for what no run has drawn.
const wanted = process.env.PVPKG_TEST_SEED ?? "1";
/** For generators of our own. */
export const SEED: number = wanted === "random" ? Math.floor(Math.random() * 2 ** 31) : Number(wanted);
fc.configureGlobal({ seed: SEED });

// Programs that we compare with make files by the umask of whoever starts the tests.
process.umask(0o022);

// Prints which tests were skipped or failed, then the counts; exits with 1 when
// anything failed, or when a test was skipped although CI has its program.
//   node .ci/summary.mjs FIRST.json SECOND.json TESTED CHECKED
// SECOND is the report of the files that failed the first time and ran again; TESTED and CHECKED are exit codes.
import { readResults, testsOf } from "./test-results.mjs";

const [first, second, tested, checked] = process.argv.slice(2);
/**
 * What may be skipped: real pvr, pvtx, apk and opkg, and a root with Pantavisor (PVPKG_DEVICE_ROOT), are built by hand where
 * somebody wants to compare; CI runs as root, so that tests of a plain user do not. cosign and syft take minutes
 * to build: .ci/nightly does it, and installs Bazel and other versions of Node. Some containers may make no network namespaces,
 * or have no /dev/net/tun, or no IPv6.
 */
const MAY_SKIP =
	/^(?:pvr|pvtx|PVPKG_DEVICE_ROOT|a plain user|cosign|syft|apk|opkg|actionlint|go|bazel|other versions of Node|network namespaces|TUN devices|IPv6|qemu-system) is missing/;

const again = testsOf(readResults(second));
/** Whether a test failed at first, and its whole file passed when it ran again. */
const recovered = ({ file, status }) => {
	const statuses = again.filter((test) => test.file === file).map((test) => test.status);
	return status === "failed" && statuses.includes("passed") && !statuses.includes("failed");
};

const tests = testsOf(readResults(first));
const flickered = tests.filter(recovered).map((test) => test.fullName);
const named = (status) =>
	tests.filter((test) => test.status === status && !recovered(test)).map((test) => test.fullName);
const [passed, failed] = [named("passed"), named("failed")];
const skipped = [...named("skipped"), ...named("pending"), ...named("todo")];
const wrongly = skipped.filter((name) => !MAY_SKIP.test(name));

for (const name of failed) console.log(`failed: ${name}`);
for (const name of skipped) console.log(`skipped: ${name}`);
for (const name of flickered) console.log(`passed only when it ran again: ${name}`);
if (wrongly.length > 0) console.log(`${wrongly.length} tests were skipped that must run here`);
if (checked !== "0") console.log("npm run check failed");
console.log(`${passed.length + flickered.length} passed, ${failed.length} failed, ${skipped.length} skipped`);
const testsSound = tested === "0" || flickered.length > 0;
const sound = testsSound && checked === "0" && failed.length === 0 && passed.length + flickered.length > 0;
// By night everything must pass the first time.
const steady = flickered.length === 0 || process.env.PVPKG_LONG_TESTS === undefined;
process.exitCode = sound && steady && wrongly.length === 0 ? 0 : 1;

// Prints which tests were skipped or failed, then the counts; exits with 1 when
// anything failed, or when a test was skipped although CI has its program.
import { readFileSync } from "node:fs";

const [path, tested, checked] = process.argv.slice(2);
/**
 * What may be skipped: real pvr, pvtx, apk and opkg, and a root with Pantavisor (PVPKG_DEVICE_ROOT), are built by hand where
 * somebody wants to compare; CI runs as root, so that tests of a plain user do not. cosign and syft take minutes
 * to build: .ci/nightly does it, and installs Bazel and other versions of Node. Some containers may make no network namespaces,
 * or have no /dev/net/tun.
 */
const MAY_SKIP =
	/^(?:pvr|pvtx|PVPKG_DEVICE_ROOT|a plain user|cosign|syft|apk|opkg|actionlint|go|bazel|other versions of Node|network namespaces|TUN devices|qemu-system) is missing/;

function loadTests() {
	try {
		return JSON.parse(readFileSync(path, "utf8")).testResults.flatMap((file) => file.assertionResults);
	} catch (error) {
		console.log(`no test results: ${error.message}`);
		return [];
	}
}

const tests = loadTests();
const named = (status) => tests.filter((test) => test.status === status).map((test) => test.fullName);
const [passed, failed] = [named("passed"), named("failed")];
const skipped = [...named("skipped"), ...named("pending"), ...named("todo")];
const wrongly = skipped.filter((name) => !MAY_SKIP.test(name));

for (const name of failed) console.log(`failed: ${name}`);
for (const name of skipped) console.log(`skipped: ${name}`);
if (wrongly.length > 0) console.log(`${wrongly.length} tests were skipped that must run here`);
if (checked !== "0") console.log("npm run check failed");
console.log(`${passed.length} passed, ${failed.length} failed, ${skipped.length} skipped`);
const sound = tested === "0" && checked === "0" && failed.length === 0 && passed.length > 0;
process.exitCode = sound && wrongly.length === 0 ? 0 : 1;

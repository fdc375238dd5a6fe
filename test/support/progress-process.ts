// Shows progress of three platforms, warns in the middle of it, and then waits for a signal.
//   node progress-process.js WARNING
import { createProgress } from "../../src/cli/progress.js";
import { Terminal } from "../../src/cli/terminal.js";

const terminal = new Terminal({ json: false, verbosity: "normal" });
const progress = createProgress(terminal);
const platforms = ["linux/amd64", "linux/arm/v7", "linux/arm64"];
for (const [at, platform] of platforms.entries()) {
	progress.report({ platform, phase: "compress", done: (at + 1) * 250_000, total: 1_000_000 });
}
terminal.warn(process.argv[2]!);
for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => process.exit(130));
setInterval(() => {}, 1000);

import { expect } from "vitest";
import { needs } from "../support/needs.js";
import { runProgram } from "../support/waiting-program.js";

const EMULATORS = {
	amd64: "qemu-x86_64",
	arm32v6: "qemu-arm",
	arm32v7: "qemu-arm",
	arm64v8: "qemu-aarch64",
	mips: "qemu-mips",
	riscv64: "qemu-riscv64",
} as const;

needs("qemu-user").test(
	"in qemu-user every program of the demo waits, and ends well upon a signal",
	async () => {
		for (const [label, emulator] of Object.entries(EMULATORS)) {
			for (const signal of ["SIGTERM", "SIGINT", "SIGPWR"] as const) {
				const run = await runProgram(label, true, signal, emulator);
				const printed = `hello from ${label}\n`;
				expect(run, `${label} ${signal}`).toEqual({ printed, waited: true, code: 0, killedBy: null });
			}
			expect(await runProgram(label, false, "SIGTERM", emulator)).toMatchObject({ waited: false, code: 0 });
		}
	},
);

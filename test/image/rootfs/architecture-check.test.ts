import { describe, expect, test } from "vitest";
import { bufferContent } from "../../../src/ground/bytes/index.js";
import { parsePlatform } from "../../../src/image/oci/index.js";
import { readElf } from "../../../src/image/rootfs/elf.js";
import { type Command, checkArchitecture, type Inode } from "../../../src/image/rootfs/index.js";
import { armAttributes, elfFile } from "../../support/elf-file.js";
import { directory, file, rootfs, symlink } from "../../support/inodes.js";

type Files = Readonly<Record<string, Inode>>;

const AMD64 = elfFile({ machine: 62, bits: 64 });
const ARM64 = elfFile({ machine: 183, bits: 64 });
const MIPS = elfFile({ machine: 8, endianness: "big" });
/** Tag_CPU_name, Tag_CPU_arch, Tag_ABI_VFP_args. */
const arm = (cpu: number, floats: number): Buffer =>
	elfFile({ machine: 40, flags: 0x5000000, attributes: armAttributes([5, "CPU", 6, cpu, 28, floats]) });

function check(files: Files, platform: string, command: Command): string[] {
	const findings = checkArchitecture(rootfs(directory(files)), parsePlatform(platform), command);
	return findings.map(({ severity, message }) => `${severity} ${message}`);
}

describe("ELF header", () => {
	test("machine, class, byte order, flags", () => {
		const header = { bits: 32, endianness: "big", machine: 8, flags: 0, arm: undefined };
		expect(readElf(bufferContent(MIPS))).toEqual(header);
	});

	test.each([
		[4, 1, { level: 5, floatAbi: "hard" }],
		[6, 0, { level: 6, floatAbi: "soft" }],
		[10, 3, { level: 7, floatAbi: undefined }],
		[13, 0, { level: undefined, floatAbi: "soft" }],
		[14, 1, { level: 8, floatAbi: "hard" }],
		[22, 1, { level: 9, floatAbi: "hard" }],
	])("ARM attributes: Tag_CPU_arch %i, Tag_ABI_VFP_args %i", (cpu, floats, attributes) => {
		expect(readElf(bufferContent(arm(cpu, floats)))?.arm).toEqual(attributes);
	});

	test("texts, long numbers and tag 32 are passed over", () => {
		const attributes = armAttributes([4, "6", 5, "ARM v6", 32, 1, "gnu", 67, "2.09", 34, 0x81, 1, 6, 9]);
		expect(readElf(bufferContent(elfFile({ machine: 40, attributes })))?.arm?.level).toBe(6);
	});

	test("what is damaged, short or no ELF file is none, and never an exception", () => {
		const whole = arm(10, 1);
		for (let length = 0; length < whole.length; length++) readElf(bufferContent(whole.subarray(0, length)));
		for (let at = 0; at < whole.length; at++)
			readElf(bufferContent(Buffer.from(whole).fill(0xff, at, at + 1)));
		expect(readElf(bufferContent(Buffer.from("#!/bin/sh\n".repeat(20))))).toBeUndefined();
		expect(readElf(bufferContent(whole.subarray(0, 60)))).toBeUndefined();
	});
});

describe("platforms", () => {
	const checkProgram = (program: Uint8Array, platform: string): string[] =>
		check({ bin: directory({ app: file(program) }) }, platform, { arguments: ["/bin/app"] });

	test.each([
		["linux/amd64", AMD64],
		["linux/386", elfFile({ machine: 3 })],
		["linux/arm64", ARM64],
		["linux/mips", MIPS],
		["linux/mipsle", elfFile({ machine: 8 })],
		["linux/mips64le", elfFile({ machine: 8, bits: 64 })],
		["linux/ppc64le", elfFile({ machine: 21, bits: 64 })],
		["linux/riscv64", elfFile({ machine: 243, bits: 64 })],
		["linux/s390x", elfFile({ machine: 22, bits: 64, endianness: "big" })],
		["linux/arm/v5", arm(5, 0)],
		["linux/arm/v6", arm(6, 1)],
		["linux/arm", arm(9, 1)],
		["linux/arm/v7", arm(10, 1)],
		["linux/arm/v7", arm(4, 0)],
		["linux/unheard-of", AMD64],
	])("%s takes its own", (platform, program) => {
		expect(checkProgram(program, platform)).toEqual([]);
	});

	test.each([
		["linux/arm64", AMD64, "x86-64, 64 bits, little-endian"],
		["linux/amd64", ARM64, "AArch64, 64 bits, little-endian"],
		["linux/amd64", elfFile({ machine: 62 }), "x86-64, 32 bits, little-endian"],
		["linux/mipsle", MIPS, "MIPS, 32 bits, big-endian"],
		["linux/arm/v7", ARM64, "AArch64, 64 bits, little-endian"],
		["linux/arm/v6", arm(10, 1), "code for ARM v7"],
		["linux/arm", arm(10, 1), "code for ARM v7"],
		["linux/arm/v5", arm(4, 1), "ARM code with the hard-float ABI"],
		["linux/arm/v5", elfFile({ machine: 40, flags: 0x5000400 }), "ARM code with the hard-float ABI"],
		["linux/riscv64", elfFile({ machine: 999, bits: 64 }), "machine 999, 64 bits, little-endian"],
	])("%s refuses others: %#", (platform, program, got) => {
		const [first] = checkProgram(program, platform);
		expect(first).toBe(`error /bin/app: check architecture: expected ${platform}, got ${got}`);
	});
});

describe("devices that run more than their own", () => {
	const I386 = elfFile({ machine: 3 });
	const findings = (program: Uint8Array, device: string): string[] =>
		check({ bin: directory({ app: file(program) }) }, device, { arguments: ["/bin/app"] });

	test.each([
		["linux/arm64", arm(4, 0), "ARM, 32 bits"],
		["linux/arm64", arm(10, 1), "ARM, 32 bits"],
		["linux/arm64", arm(14, 1), "ARM, 32 bits"],
		["linux/amd64", I386, "x86, 32 bits"],
	])("%s runs older code with a warning: %#", (device, program, got) => {
		expect(findings(program, device)).toEqual([
			expect.stringMatching(`^warning /bin/app: .*got ${got}, little-endian \\(it runs where the kernel`),
			expect.stringMatching("^warning /bin/app"),
		]);
	});

	test.each([
		["linux/arm64", arm(22, 1), "code for ARM v9"],
		["linux/arm64", I386, "x86, 32 bits"],
		["linux/amd64", arm(6, 1), "ARM, 32 bits"],
		["linux/386", AMD64, "x86-64, 64 bits"],
		["linux/arm/v7", ARM64, "AArch64, 64 bits"],
		["linux/mips64le", elfFile({ machine: 8 }), "MIPS, 32 bits"],
	])("%s does not run others: %#", (device, program, got) => {
		const [first] = findings(program, device);
		expect(first).toMatch(new RegExp(`^error /bin/app: .*got ${got}`));
	});
});

describe("images that say what they are for", () => {
	const judge = (files: Files, device: string, stated: string): string[] =>
		checkArchitecture(
			rootfs(directory(files)),
			parsePlatform(device),
			{ arguments: [] },
			parsePlatform(stated),
		).map(({ severity }) => severity);
	const data = { etc: directory({ name: file("x") }) };

	test.each([
		["linux/arm64", "linux/arm64/v8", []],
		["linux/arm64", "linux/arm/v7", []],
		["linux/arm64", "linux/amd64", ["error"]],
		["linux/arm/v7", "linux/arm/v5", []],
		["linux/arm/v6", "linux/arm/v7", ["error"]],
		["linux/arm/v5", "linux/arm", ["error"]],
		["linux/amd64", "linux/386", []],
		["linux/386", "linux/amd64", ["error"]],
		["linux/amd64", "windows/amd64", ["error"]],
		["linux/riscv64", "linux/riscv64", []],
	])("on %s an image without programs that says %s: %j", (device, stated, severities) => {
		expect(judge(data, device, stated)).toEqual(severities);
	});

	test("programs decide over what the image says, wherever they are", () => {
		const hidden = (program: Uint8Array) => ({ srv: directory({ x: directory({ y: file(program) }) }) });
		expect(judge(hidden(ARM64), "linux/arm64", "linux/amd64")).toEqual([]);
		expect(judge(hidden(AMD64), "linux/arm64", "linux/arm64")).toEqual(["error"]);
	});
});

describe("entrypoint", () => {
	/** Severity and file of each finding. */
	const find = (command: string[], files: Files, more: Omit<Command, "arguments"> = {}): string[] =>
		check(files, "linux/arm64", { arguments: command, ...more }).map((text) => text.split(":")[0]!);
	const opt = { opt: directory({ app: file(AMD64) }) };

	test("is found by path, by PATH, and below the working directory", () => {
		expect(find(["/opt/app"], opt)).toEqual(["error /opt/app"]);
		expect(find(["app"], opt, { environment: ["PATH=/x:/opt"] })).toEqual(["error /opt/app"]);
		expect(find(["opt/app"], opt, { workingDirectory: "/" })).toEqual(["error /opt/app"]);
		expect(find(["./app"], opt, { workingDirectory: "/opt" })).toEqual(["error /opt/./app"]);
		expect(find(["app"], opt)).toContain("warning app");
	});

	test("is found behind symlinks, which stay inside the image", () => {
		const bin = directory({ sh: symlink("/../../../bin/busybox"), busybox: file(AMD64) });
		const files = { bin: symlink("usr/bin"), usr: directory({ bin }) };
		expect(find(["/bin/sh", "-c", "x"], files)).toContain("error /bin/sh");
		expect(find(["/loop"], { loop: symlink("loop") })).toEqual(["warning /loop"]);
	});

	test.each([
		["#!/opt/python3 -u", ["error /opt/python3"]],
		["#! /opt/env python3", ["error /opt/python3"]],
		["#!/opt/env -S A=b python3 -u", ["error /opt/python3"]],
		["#!/no/sh", ["warning /no/sh", "warning /opt/python3"]],
		["#!/run", ["warning /opt/python3"]],
		["#!", ["warning /opt/python3"]],
	])("of a script with %j is its interpreter", (line, findings) => {
		const files = { run: file(`${line}\n`), opt: directory({ env: file(ARM64), python3: file(AMD64) }) };
		expect(find(["/run"], files, { environment: ["PATH=/opt"] })).toEqual(findings);
	});

	// The time limit is the test: without limits this takes minutes.
	test("is not looked for in more directories, and along more links, than images have", () => {
		const inner = `${"./".repeat(1900)}serve`;
		const directories = Array.from(
			{ length: 30_000 },
			(_, at) => `/d/${"./".repeat(at % 50)}${"/".repeat(at / 50)}`,
		);
		const command = { arguments: ["serve"], environment: [`PATH=${directories.join(":")}`] };
		const files = {
			d: directory({ serve: symlink(inner) }),
			usr: directory({ bin: directory({ x: file(AMD64) }) }),
		};
		expect(check(files, "linux/amd64", command)).toEqual([expect.stringContaining("does not have it")]);
	});

	test("may be absent: programs elsewhere are looked at then", () => {
		expect(find([], opt)).toEqual(["error /opt/app"]);
	});
});

describe("sample", () => {
	const find = (files: Files): string[] =>
		check({ usr: directory({ bin: directory(files) }) }, "linux/arm64", { arguments: [] });

	test("one odd file is a warning, a majority an error", () => {
		expect(find({ a: file(ARM64), b: file(AMD64), c: file(ARM64) })).toEqual([
			"warning /usr/bin/b: check architecture: expected linux/arm64, got x86-64, 64 bits, little-endian",
		]);
		expect(find({ a: file(ARM64), b: file(AMD64), c: file(AMD64) })).toEqual([
			expect.stringMatching(/^error \/usr\/bin\/b: .*; so are 1 more of 3 files$/),
		]);
	});

	test("emulators and code for better CPUs do not count", () => {
		const hwcaps = directory({ "libc.so": file(AMD64) });
		expect(find({ "qemu-x86_64-static": file(AMD64), "glibc-hwcaps": hwcaps })).toEqual([]);
	});
});

import { type ByteString, displayByteString, utf8ByteString } from "../../ground/bytes/index.js";
import { effectiveVariant, formatPlatform, type Platform } from "../oci/index.js";
import { type ElfHeader, readElf } from "./elf.js";
import { architectureMismatch, isCheckedArchitecture } from "./elf-platform.js";
import { type Entrypoint, resolveEntrypoint } from "./entrypoint.js";
import type { Directory, Inode, RegularFile, RootfsTree } from "./inode.js";

export interface ArchitectureFinding {
	/** `error`: the container cannot run; `warning`: something in it may not. */
	readonly severity: "error" | "warning";
	/** Ready to be shown; names the file, what was expected and what was found. */
	readonly message: string;
}

/** What an image's configuration says it starts, and where. */
export type Command = Entrypoint;

/** Programs and libraries that are looked at beside the entrypoint. */
const SAMPLE_SIZE = 64;
const SAMPLE_DIRECTORIES = ["bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin", "lib", "usr/lib", "app"];
/** Libraries for better CPUs than the image's, chosen at run time. */
const OPTIONAL_CODE = /hwcaps|\/(?:neon|vfp|tls|i686|haswell)(?:\/|$)/;
/** An emulator for the builder's machine: pvr strips it, others leave it. */
const EMULATOR = /(?:^|\/)qemu-[\w-]+-static$/;

/**
 * Compares machine, class, byte order and ARM level and float ABI of the ELF files that the
 * image starts, and of a sample of others, with a platform. Nothing is found for architectures
 * that this does not know, and in images without ELF files.
 */
export function checkArchitecture(
	tree: RootfsTree,
	platform: Platform,
	command: Command,
): ArchitectureFinding[] {
	if (!isCheckedArchitecture(platform.architecture)) return [];
	const variant = effectiveVariant(platform);
	const mismatchOf = (elf: ElfHeader): string | undefined =>
		architectureMismatch(elf, platform.architecture, variant);
	return [
		...entrypointFindings(tree, command, platform, mismatchOf),
		...sampleFindings(tree, platform, mismatchOf),
	];
}

type MismatchOf = (elf: ElfHeader) => string | undefined;

function entrypointFindings(
	tree: RootfsTree,
	command: Command,
	platform: Platform,
	mismatchOf: MismatchOf,
): ArchitectureFinding[] {
	const { programs, missing } = resolveEntrypoint(tree, command);
	const findings: ArchitectureFinding[] = [];
	for (const { path, file } of programs) {
		const elf = readElf(file.content);
		const mismatch = elf && mismatchOf(elf);
		if (mismatch) findings.push({ severity: "error", message: mismatchText(path, platform, mismatch) });
	}
	if (missing !== undefined) {
		const message = `${displayByteString(missing)}: find entrypoint: the image does not have it`;
		findings.push({ severity: "warning", message });
	}
	return findings;
}

/** Single files may be for other machines (firmware, emulators); most of them may not. */
function sampleFindings(tree: RootfsTree, platform: Platform, mismatchOf: MismatchOf): ArchitectureFinding[] {
	const sample = sampleElfFiles(tree);
	const wrong = sample.flatMap(({ path, elf }) => {
		const mismatch = mismatchOf(elf);
		return mismatch === undefined ? [] : [mismatchText(path, platform, mismatch)];
	});
	if (wrong.length === 0) return [];
	const severity = wrong.length * 2 > sample.length ? "error" : "warning";
	const others = wrong.length === 1 ? "" : `; so are ${wrong.length - 1} more of ${sample.length} files`;
	return [{ severity, message: `${wrong[0]}${others}` }];
}

function mismatchText(path: ByteString, platform: Platform, mismatch: string): string {
	return `/${displayByteString(path)}: check architecture: expected ${formatPlatform(platform)}, got ${mismatch}`;
}

interface SampledFile {
	readonly path: ByteString;
	readonly elf: ElfHeader;
}

/** ELF files of the usual directories, by byte order of their paths; symlinks are not followed. */
function sampleElfFiles(tree: RootfsTree): SampledFile[] {
	const sample: SampledFile[] = [];
	for (const path of SAMPLE_DIRECTORIES) {
		const directory = directoryAt(tree.root, path);
		let left = SAMPLE_SIZE / SAMPLE_DIRECTORIES.length;
		for (const found of filesBelow(directory, utf8ByteString(path), 2)) {
			if (left === 0) break;
			const elf =
				OPTIONAL_CODE.test(found.path) || EMULATOR.test(found.path) ? undefined : readElf(found.file.content);
			if (elf === undefined) continue;
			sample.push({ path: found.path, elf });
			left--;
		}
	}
	return sample;
}

function directoryAt(root: Directory, path: string): Directory | undefined {
	let directory: Directory | undefined = root;
	for (const name of path.split("/")) {
		const inode: Inode | undefined = directory?.entries.get(name as ByteString);
		directory = inode?.kind === "directory" ? inode : undefined;
	}
	return directory;
}

function* filesBelow(
	directory: Directory | undefined,
	path: ByteString,
	depth: number,
): Generator<{ readonly path: ByteString; readonly file: RegularFile }> {
	const names = [...(directory?.entries.keys() ?? [])].sort((a, b) => (a < b ? -1 : 1));
	for (const name of names) {
		const inode = directory!.entries.get(name)!;
		const below = `${path}/${name}` as ByteString;
		if (inode.kind === "file") yield { path: below, file: inode };
		else if (inode.kind === "directory" && depth > 0) yield* filesBelow(inode, below, depth - 1);
	}
}

import { type ByteString, displayByteString, utf8ByteString } from "../../ground/bytes/index.js";
import { effectiveVariant, formatPlatform, type Platform, runsOn } from "../oci/index.js";
import { type ElfHeader, readElf } from "./elf.js";
import { type ElfMismatch, elfMismatch, isCheckedArchitecture } from "./elf-platform.js";
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
/** How deep programs are looked for where the usual directories have none. */
const MAXIMUM_DEPTH = 64;
const SAMPLE_DIRECTORIES = ["bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin", "lib", "usr/lib", "app"];
/** Libraries for better CPUs than the image's, chosen at run time. */
const OPTIONAL_CODE = /hwcaps|\/(?:neon|vfp|tls|i686|haswell)(?:\/|$)/;
/** An emulator for the builder's machine: pvr strips it, others leave it. */
const EMULATOR = /(?:^|\/)qemu-[\w-]+-static$/;

/** The programs of a tree that say which machines it is for. */
export interface Programs {
	/** What the image starts, and the interpreters on the way. */
	readonly started: readonly ElfFile[];
	/** What it starts, and does not have. */
	readonly missing: ByteString | undefined;
	/** Others from the usual directories; where there is no program at all, from anywhere. */
	readonly sample: readonly ElfFile[];
}

/**
 * Compares machine, class, byte order and ARM level and float ABI of the ELF files that the image starts, and of
 * a sample of others, with a device. Code that a device runs only where its kernel supports 32-bit programs is a
 * warning. Nothing is found for architectures that this does not know.
 * @param device what the container is to run on, whatever the image says of itself.
 * @param stated what the image says that it is for: it counts only where the image has no ELF file at all.
 */
export function checkArchitecture(
	tree: RootfsTree,
	device: Platform,
	command: Command,
	stated?: Platform,
): ArchitectureFinding[] {
	if (!isCheckedArchitecture(device.architecture)) return [];
	const programs = programReader(tree)(command);
	const findings = judgePrograms(programs, device, stated);
	if (programs.missing === undefined) return findings;
	const message = `${displayByteString(programs.missing)}: find entrypoint: the image does not have it`;
	return [{ severity: "warning", message }, ...findings];
}

/**
 * Returns what reads the heads of the ELF files that a command starts, and of a sample of others, which is the same for
 * all commands.
 * @param mostLooks how many files of the tree are looked at for the sample: reading a head may be costly.
 */
export function programReader(
	tree: RootfsTree,
	mostLooks: number = Number.POSITIVE_INFINITY,
): (command: Command) => Programs {
	const looks = { left: mostLooks };
	let [usual, any] = [undefined, undefined] as (readonly ElfFile[] | undefined)[];
	return (command) => {
		const { programs, missing } = resolveEntrypoint(tree, command);
		const started = programs.flatMap(({ path, file }) => {
			const elf = readElf(file.content);
			return elf === undefined ? [] : [{ path, elf }];
		});
		usual ??= sampleElfFiles(tree, looks);
		if (started.length + usual.length > 0) return { started, missing, sample: usual };
		any ??= anyElfFiles(tree, looks);
		return { started, missing, sample: any };
	};
}

/** Judges programs that were read as `checkArchitecture` does; a missing program is no finding here. */
export function judgePrograms(
	{ started, sample }: Programs,
	device: Platform,
	stated?: Platform,
): ArchitectureFinding[] {
	if (!isCheckedArchitecture(device.architecture)) return [];
	if (started.length + sample.length === 0) return stated === undefined ? [] : statedFindings(device, stated);
	return [...startedFindings(started, device), ...sampleFindings(sample, device)];
}

function startedFindings(started: readonly ElfFile[], device: Platform): ArchitectureFinding[] {
	return mismatches(started, device).map(({ path, kind, got }) => ({
		severity: kind === "compat" ? "warning" : "error",
		message: mismatchText(path, device, { kind, got }),
	}));
}

/** Single files may be for other machines (firmware, emulators); most of them may not. */
function sampleFindings(sample: readonly ElfFile[], device: Platform): ArchitectureFinding[] {
	const found = mismatches(sample, device);
	return (["foreign", "compat"] as const).flatMap((kind) => {
		const [first, ...others] = found.filter((mismatch) => mismatch.kind === kind);
		if (first === undefined) return [];
		const isError = kind === "foreign" && (others.length + 1) * 2 > sample.length;
		const more = others.length === 0 ? "" : `; so are ${others.length} more of ${sample.length} files`;
		const message = `${mismatchText(first.path, device, first)}${more}`;
		return [{ severity: isError ? ("error" as const) : ("warning" as const), message }];
	});
}

/** Compares the platform that an image without programs states. */
function statedFindings(device: Platform, stated: Platform): ArchitectureFinding[] {
	if (runsOn(device, stated) !== undefined) return [];
	const reason = `expected ${formatPlatform(device)}, the image says ${formatPlatform(stated)} and has no program that shows another`;
	return [{ severity: "error", message: `image: check architecture: ${reason}` }];
}

function mismatches(
	files: readonly ElfFile[],
	device: Platform,
): (ElfMismatch & { readonly path: ByteString })[] {
	const variant = effectiveVariant(device);
	return files.flatMap(({ path, elf }) => {
		const mismatch = elfMismatch(elf, device.architecture, variant);
		return mismatch === undefined ? [] : [{ ...mismatch, path }];
	});
}

function mismatchText(path: ByteString, device: Platform, { kind, got }: ElfMismatch): string {
	const need = kind === "compat" ? " (it runs where the kernel supports 32-bit programs, CONFIG_COMPAT)" : "";
	return `/${displayByteString(path)}: check architecture: expected ${formatPlatform(device)}, got ${got}${need}`;
}

/** An ELF file of a tree. */
export interface ElfFile {
	readonly path: ByteString;
	readonly elf: ElfHeader;
}

/** How many more files may be read. */
interface Looks {
	left: number;
}

/** ELF files of the usual directories, by byte order of their paths; symlinks are not followed. */
function sampleElfFiles(tree: RootfsTree, looks: Looks): ElfFile[] {
	return SAMPLE_DIRECTORIES.flatMap((path) => {
		const files = filesBelow(directoryAt(tree.root, path), utf8ByteString(path), 2);
		return firstElfFiles(files, SAMPLE_SIZE / SAMPLE_DIRECTORIES.length, looks);
	});
}

/** Returns the first ELF files anywhere in the tree. */
function anyElfFiles({ root }: RootfsTree, looks: Looks): ElfFile[] {
	return firstElfFiles(filesBelow(root, "" as ByteString, MAXIMUM_DEPTH), SAMPLE_SIZE, looks);
}

function firstElfFiles(files: Iterable<FoundFile>, most: number, looks: Looks): ElfFile[] {
	const found: ElfFile[] = [];
	for (const { path, file } of files) {
		if (looks.left-- <= 0) break;
		if (OPTIONAL_CODE.test(path) || EMULATOR.test(path)) continue;
		const elf = readElf(file.content);
		if (elf !== undefined) found.push({ path, elf });
		if (found.length === most) break;
	}
	return found;
}

interface FoundFile {
	readonly path: ByteString;
	readonly file: RegularFile;
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
): Generator<FoundFile> {
	const names = [...(directory?.entries.keys() ?? [])].sort((a, b) => (a < b ? -1 : 1));
	for (const name of names) {
		const inode = directory!.entries.get(name)!;
		const below = (path === "" ? name : `${path}/${name}`) as ByteString;
		if (inode.kind === "file") yield { path: below, file: inode };
		else if (inode.kind === "directory" && depth > 0) yield* filesBelow(inode, below, depth - 1);
	}
}

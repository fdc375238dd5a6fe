import { PvpkgError } from "../ground/bytes/index.js";
import { type Finder, type Finding, finder, type RuleTable } from "../ground/findings/index.js";
import { formatPlatform, type Platform, parsePlatform } from "../image/oci/index.js";
import { applyOverlay } from "../image/overlay/index.js";
import {
	type ArchitectureFinding,
	judgePrograms,
	type Programs,
	programReader,
	type RootfsTree,
} from "../image/rootfs/index.js";
import { startedCommand } from "../pantavisor/lxc/index.js";
import type { ObjectSource } from "../pantavisor/package/index.js";
import { ARCH_LABELS, type ArchLabel, labelPlatform } from "../pantavisor/project/index.js";
import { parseSourceManifest, type SourceManifest } from "../pantavisor/source/index.js";
import { objectReference, type State } from "../pantavisor/state/index.js";
import { openImage, readTree } from "../squashfs/read/index.js";
import { VerifyError } from "./errors.js";

type ArchitectureRuleId = "ARCHITECTURE_MISMATCH" | "ARCHITECTURE_CONTRADICTION";

/**
 * Rules for whether the devices of a package can run its programs
 * (docs/formats/devices.md#programs-and-processors).
 */
export const ARCHITECTURE_RULES: RuleTable<ArchitectureRuleId> = {
	ARCHITECTURE_MISMATCH: {
		severity: "error",
		reason: "devices of the package's architecture do not run programs of the container",
		remedy:
			"make the package of an image for these devices; --arch says what it is for where its name does not",
	},
	ARCHITECTURE_CONTRADICTION: {
		severity: "error",
		reason: "no device runs the programs of all containers of the package",
		remedy: "make the containers of images of one architecture",
	},
};

const found: Finder<ArchitectureRuleId> = finder(ARCHITECTURE_RULES);

/** The devices that the programs of containers must run on. */
export interface ArchitectureRequest {
	/** Label of the devices that the package is for. Undefined: containers are only compared with each other. */
	readonly label?: ArchLabel | undefined;
	/** Whether programs that do not run there cause only a warning. */
	readonly allowArchMismatch?: boolean | undefined;
}

/** What is known of a container's root file system and the machines that it is for. */
interface ContainerPrograms {
	readonly name: string;
	/** The key of the image. */
	readonly key: string;
	readonly programs: Programs;
	/** The platform in src.json, which counts if the image has no program. */
	readonly stated: Platform | undefined;
}

/** Most files of an image that are examined: the head of each may be in a block of its own that has to be expanded. */
const MOST_LOOKS = 4096;
/** Most containers of a state; devices have about ten. */
const MOST_CONTAINERS = 1024;
const ROOT = "root.squashfs";
const OVERLAY = "root.ovl.squashfs";

/**
 * Checks that the programs of the containers run on the devices of a label or, without one, that some device runs
 * them all.
 */
export function lintArchitecture(
	state: State,
	objects: ObjectSource,
	{ label, allowArchMismatch }: ArchitectureRequest,
): Finding[] {
	const containers = readContainers(state, objects);
	const findings =
		label === undefined
			? lintContradictions(containers)
			: containers.flatMap((container) => lintMismatch(container, labelPlatform(label)));
	return allowArchMismatch ? findings.map((finding) => ({ ...finding, severity: "warning" })) : findings;
}

function lintMismatch({ key, programs, stated }: ContainerPrograms, device: Platform): Finding[] {
	return judgePrograms(programs, device, stated).map(({ severity, message }) =>
		found("ARCHITECTURE_MISMATCH", key, message, severity),
	);
}

/**
 * Reports each container with which no device is left that runs all. One that no known device runs contradicts no
 * other.
 */
function lintContradictions(containers: readonly ContainerPrograms[]): Finding[] {
	let left: readonly ArchLabel[] = ARCH_LABELS;
	const before: string[] = [];
	return containers.flatMap(({ name, key, programs, stated }) => {
		const own = ARCH_LABELS.filter((label) => runs(judgePrograms(programs, labelPlatform(label), stated)));
		if (own.length === 0) return [];
		const both = left.filter((label) => own.includes(label));
		if (both.length === 0) {
			const message = `its programs are for ${list(own)}, those of ${before.join(", ")} for ${list(left)}: no device runs both`;
			return [found("ARCHITECTURE_CONTRADICTION", key, message)];
		}
		if (own.length < ARCH_LABELS.length) before.push(name);
		left = both;
		return [];
	});
}

function runs(findings: readonly ArchitectureFinding[]): boolean {
	return findings.every(({ severity }) => severity !== "error");
}

function list(labels: readonly ArchLabel[]): string {
	return labels.map((label) => formatPlatform(labelPlatform(label))).join(" or ");
}

/** Reads the heads of the containers' programs. An image that cannot be read causes findings elsewhere. */
function readContainers(state: State, objects: ObjectSource): ContainerPrograms[] {
	const names = [...state.keys()].flatMap((key) => /^([^/_][^/]*)\/run\.json$/.exec(key)?.[1] ?? []);
	if (names.length > MOST_CONTAINERS) {
		const message = `state: verify: ${names.length} containers, expected at most the limit of ${MOST_CONTAINERS}`;
		throw new VerifyError("ERR_VERIFY_LIMIT", message);
	}
	const readers = new ProgramReaders(state, objects);
	return names.flatMap((name) => {
		const key = [`${name}/${ROOT}`, `${name}/${OVERLAY}`].find((image) => state.has(image));
		if (key === undefined) return [];
		try {
			const source = sourceOf(state, name);
			const reader = readers.of(name);
			if (reader === undefined) return [];
			const programs = reader(source === undefined ? { arguments: [] } : startedCommand(source));
			// Programs that an overlay lacks may be in the base, which is checked as a container of its own.
			const stated = key.endsWith(OVERLAY) ? undefined : statedPlatform(source);
			return [{ name, key, programs, stated }];
		} catch (cause) {
			if (cause instanceof PvpkgError) return [];
			throw cause;
		}
	});
}

type ProgramReader = ReturnType<typeof programReader>;

/** Reads the root file systems of containers; one that several containers have is read once. */
class ProgramReaders {
	readonly #state: State;
	readonly #objects: ObjectSource;
	/** Readers that several containers share, by the digests of the objects. */
	readonly #shared = new Map<string, ProgramReader | undefined>();
	readonly #uses = new Map<string, number>();

	constructor(state: State, objects: ObjectSource) {
		this.#state = state;
		this.#objects = objects;
		for (const [key, value] of state) {
			const sha256 = objectReference(value);
			if (sha256 !== undefined && /^[^/]+\/root(?:\.ovl)?\.squashfs$/.test(key))
				this.#uses.set(sha256, (this.#uses.get(sha256) ?? 0) + 1);
		}
	}

	/** Returns the reader of a container's own root file system with its overlay applied. @throws SquashfsError */
	of(name: string): ProgramReader | undefined {
		const images = [ROOT, OVERLAY].map((file) => objectReference(this.#state.get(`${name}/${file}`)));
		const key = images.join(" ");
		if (this.#shared.has(key)) return this.#shared.get(key);
		const isShared = images.every((sha256) => sha256 === undefined || (this.#uses.get(sha256) ?? 0) > 1);
		// An image that cannot be read is not tried again.
		if (isShared) this.#shared.set(key, undefined);
		const tree = this.#readRoot(images[0], images[1]);
		const reader = tree && programReader(tree, MOST_LOOKS);
		if (isShared) this.#shared.set(key, reader);
		return reader;
	}

	#readRoot(root: string | undefined, above: string | undefined): RootfsTree | undefined {
		const read = (sha256: string | undefined): RootfsTree | undefined => {
			const image = sha256 === undefined ? undefined : this.#objects.get(sha256);
			return image && readTree(openImage(image));
		};
		const [below, overlay] = [read(root), read(above)];
		return below && overlay ? applyOverlay(below, overlay) : (overlay ?? below);
	}
}

function sourceOf(state: State, name: string): SourceManifest | undefined {
	const key = `${name}/src.json`;
	const value = state.get(key);
	return value === undefined ? undefined : orUndefined(() => parseSourceManifest(value, key));
}

function statedPlatform(source: SourceManifest | undefined): Platform | undefined {
	const text = source?.dockerPlatform;
	return text === undefined ? undefined : orUndefined(() => parsePlatform(text));
}

/** Returns a parsed value, or undefined if it is malformed: it may be unsigned and contain anything. */
function orUndefined<T>(parse: () => T): T | undefined {
	try {
		return parse();
	} catch (cause) {
		if (cause instanceof PvpkgError) return undefined;
		throw cause;
	}
}

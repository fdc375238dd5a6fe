import { PvpkgError } from "../ground/bytes/index.js";
import { type Finder, type Finding, finder, type RuleTable } from "../ground/findings/index.js";
import { formatPlatform, type Platform, parsePlatform } from "../image/oci/index.js";
import { applyOverlay } from "../image/overlay/index.js";
import {
	type ArchitectureFinding,
	judgePrograms,
	type Programs,
	type RootfsTree,
	readPrograms,
} from "../image/rootfs/index.js";
import { startedCommand } from "../pantavisor/lxc/index.js";
import type { ObjectSource } from "../pantavisor/package/index.js";
import { ARCH_LABELS, type ArchLabel, labelPlatform } from "../pantavisor/project/index.js";
import { parseSourceManifest, type SourceManifest } from "../pantavisor/source/index.js";
import { objectReference, type State } from "../pantavisor/state/index.js";
import { openImage, readTree } from "../squashfs/read/index.js";

type ArchitectureRuleId = "ARCHITECTURE_MISMATCH" | "ARCHITECTURE_CONTRADICTION";

/** Whether the devices that a package is for run its programs (docs/formats/devices.md#programs-and-processors). */
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

/** What the programs of containers are held to. */
export interface ArchitectureRequest {
	/** Of the devices that the package is for. Undefined: containers are only compared with each other. */
	readonly label?: ArchLabel | undefined;
	/** Whether programs that do not run there are only a warning. */
	readonly allowArchMismatch?: boolean | undefined;
}

/** The root file system of a container, as far as it says which machines it is for. */
interface ContainerPrograms {
	readonly name: string;
	/** The key of the image. */
	readonly key: string;
	readonly programs: Programs;
	/** What src.json says that it is for: it counts where the image has no program. */
	readonly stated: Platform | undefined;
}

/** Files of an image that are looked at: the head of each may be in a block of its own, which has to be expanded. */
const MOST_LOOKS = 4096;
const ROOT = "root.squashfs";
const OVERLAY = "root.ovl.squashfs";

/** Whether the programs of the containers run on the devices of a label; without one, whether any device runs them all. */
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

/** Reports each container after which no device is left; one that no known device runs contradicts nobody. */
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

/** Reads the heads of programs. An image that cannot be read has findings of its own. */
function readContainers(state: State, objects: ObjectSource): ContainerPrograms[] {
	const names = [...state.keys()].flatMap((key) => /^([^/_][^/]*)\/run\.json$/.exec(key)?.[1] ?? []);
	return names.flatMap((name) => {
		const key = [`${name}/${ROOT}`, `${name}/${OVERLAY}`].find((image) => state.has(image));
		if (key === undefined) return [];
		try {
			const source = sourceOf(state, name);
			const tree = readRoot(state, objects, name);
			if (tree === undefined) return [];
			const command = source === undefined ? { arguments: [] } : startedCommand(source);
			const programs = readPrograms(tree, command, MOST_LOOKS);
			// Programs that an overlay does not have may be in the base, which is a container by itself.
			const stated = key.endsWith(OVERLAY) ? undefined : statedPlatform(source);
			return [{ name, key, programs, stated }];
		} catch (cause) {
			if (cause instanceof PvpkgError) return [];
			throw cause;
		}
	});
}

/** Returns the root file system that a container has itself, with its overlay laid over it. */
function readRoot(state: State, objects: ObjectSource, name: string): RootfsTree | undefined {
	const read = (key: string): RootfsTree | undefined => {
		const sha256 = objectReference(state.get(key));
		const image = sha256 === undefined ? undefined : objects.get(sha256);
		return image && readTree(openImage(image));
	};
	const below = read(`${name}/${ROOT}`);
	const overlay = read(`${name}/${OVERLAY}`);
	return below && overlay ? applyOverlay(below, overlay) : (overlay ?? below);
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

/** What no signature covers may be anything: it is left out of account. */
function orUndefined<T>(parse: () => T): T | undefined {
	try {
		return parse();
	} catch (cause) {
		if (cause instanceof PvpkgError) return undefined;
		throw cause;
	}
}

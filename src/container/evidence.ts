import { sha256Hex } from "../ground/bytes/index.js";
import type { Finding } from "../ground/findings/index.js";
import { compareCodePoints, encodeCanonicalJson, type JsonObject } from "../ground/json/index.js";
import type { Descriptor, Digest, Platform, PlatformMatch } from "../image/oci/index.js";
import type { ArchiveSummary, Part, StateFile } from "../pantavisor/package/index.js";
import type { ArchLabel } from "../pantavisor/project/index.js";
import type { Compat, SourceManifest } from "../pantavisor/source/index.js";
import { encodeState, type State } from "../pantavisor/state/index.js";
import { publicPlace } from "./address.js";
import type { ImageName } from "./input.js";
import { engineDigest } from "./made-images.js";
import type { ContainerImage } from "./make-images.js";
import type { OpenedInput } from "./open.js";
import type { RootFile, RootfsContent } from "./ports.js";
import type { RunSettings } from "./settings.js";

/**
 * How one package came to be: its inputs, choices, findings and digests. It is recorded where the package is
 * made. Tables, `--json`, lock, SBOM, provenance and reports render it, so that they cannot contradict each
 * other.
 */
export interface Evidence {
	/** The requested platform. */
	readonly platform: Platform;
	readonly label: ArchLabel | undefined;
	readonly choices: Choices;
	/** In the order in which they were put into the state. */
	readonly containers: readonly ContainerEvidence[];
	/** Findings of all containers, and of the state as a whole. */
	readonly findings: readonly Finding[];
	readonly state: StateDigests;
	/** Every object by its key in the state, such as `web/root.squashfs`. */
	readonly objects: ReadonlyMap<string, ObjectDigest>;
	readonly package: PackageDigest;
	/** Documents beside the package: SBOMs, and signed statements. */
	readonly documents: readonly EvidenceDocument[];
}

/** A document beside a package. */
export interface EvidenceDocument extends ObjectDigest {
	readonly path: string;
	/** Such as `spdx-json`, `cyclonedx-json`, `provenance`; a signed SBOM has the name of the SBOM's form. */
	readonly content: string;
	/** How it is written: `json` as it is, `bundle` and `dsse` with a signature, `statement` without. */
	readonly form: "json" | "bundle" | "dsse" | "statement";
	readonly mediaType: string;
}

/** Everything besides the inputs that decides the bytes of a package. */
export interface Choices {
	/** Digest of the programs that decide bytes: lower-case hex. */
	readonly engine: string;
	/** Modification time of whatever is made, seconds since 1970. */
	readonly time: number;
	/** Later times of an image were set to this one. */
	readonly maximumTime: number | undefined;
	readonly tier: RunSettings["tier"];
	readonly order: RunSettings["order"];
	readonly alignment: RunSettings["alignment"];
	readonly platformPolicy: RunSettings["platformPolicy"];
	readonly allowArchMismatch: boolean;
	readonly stripQemu: boolean;
	/** New owner of the files of directories; absent if they kept their owners, or if a lock sets it. */
	readonly owner: RunSettings["owner"];
	readonly compat: Compat | undefined;
	/** Group of containers that do not name one. */
	readonly group: string | undefined;
}

export interface ContainerEvidence {
	readonly name: string;
	/** src.json of the package: arguments, configuration, volumes, options of mksquashfs. */
	readonly manifest: SourceManifest;
	readonly images: readonly ImageEvidence[];
	/**
	 * Files that came with the container, by their keys in the state: beside src.json, of --file and --overlay. The
	 * SHA-256 of a document is that of its canonical JSON, lower-case hex.
	 */
	readonly files: ReadonlyMap<string, string>;
}

/** An image file of a container. */
export interface ImageEvidence extends ObjectDigest {
	readonly file: RootFile;
	/** What it was made from; absent for a file that was reused. */
	readonly input: InputEvidence | undefined;
	/** Observations of its tree, by the keys of the observers. */
	readonly observations: JsonObject;
}

export type InputEvidence = ImageInputEvidence | RootfsInputEvidence;

export interface ImageInputEvidence {
	readonly kind: "image";
	/** IMAGE as it was typed, or as src.json records it. */
	readonly text: string;
	/** Its name in src.json. */
	readonly name: ImageName;
	/** Which kind of place it was read from. */
	readonly place: "registry" | "oci" | "oci-archive" | "docker-archive" | "containers-dir" | "docker-daemon";
	/** As it was requested. */
	readonly requested: Platform;
	/** Its platform in the index, else in the configuration. */
	readonly platform: Platform;
	readonly match: PlatformMatch;
	/** Absent for an image without an index. */
	readonly index: Descriptor | undefined;
	readonly manifest: Descriptor;
	readonly config: Descriptor;
	/** Creation time in the configuration, in seconds since 1970. */
	readonly created: number | undefined;
	/** Base first. */
	readonly layers: readonly LayerEvidence[];
	/** Its valid signatures, if any were demanded. */
	readonly signatures: readonly SignatureEvidence[];
}

/** A demanded signature of an image that is valid. */
export interface SignatureEvidence {
	/** `sha256:` and the hex digest of the public key's SubjectPublicKeyInfo. */
	readonly key: string;
	/** The manifest, or the index that names it, that was signed. */
	readonly digest: Digest;
	readonly form: "simple-signing" | "bundle";
	/** Name that the signer gave the image; bundles have none. */
	readonly identity: string | undefined;
}

export interface LayerEvidence {
	readonly mediaType: string;
	/** Digest of the layer as stored. */
	readonly digest: Digest;
	/** Bytes as stored. */
	readonly size: number;
	/** Digest of the uncompressed tar. */
	readonly diffId: Digest;
}

export interface RootfsInputEvidence {
	readonly kind: "rootfs";
	readonly text: string;
	readonly place: "dir" | "tar";
	/** The platform that its programs must run on, if one was given. */
	readonly requested: Platform | undefined;
	/** Its content in the lock. */
	readonly content: RootfsContent | undefined;
}

export interface ObjectDigest {
	/** Lower-case hex. */
	readonly sha256: string;
	/** Bytes. */
	readonly size: number;
}

export interface StateDigests {
	/** SHA-256 of the state's canonical JSON. */
	readonly sha256: string;
	/** SHA-256 of the state without `_sigs/`: its identity regardless of signatures. */
	readonly unsigned: string;
	readonly keys: number;
}

export interface PackageDigest extends ArchiveSummary {
	/** Absent for a package that was streamed. */
	readonly path: string | undefined;
}

/** Returns the digests of the files that come with a container, in the order of their keys. */
export function fileEvidence({
	name,
	files = new Map(),
	overlay = new Map(),
}: ContainerFiles): Map<string, string> {
	const keyed = [
		...[...files].map(([path, file]) => [`${name}/${path}`, file] as const),
		...[...overlay].map(([path, file]) => [`_config/${name}/${path}`, file] as const),
	];
	const digests = keyed.map(([key, file]) => [key, fileDigest(file)] as const);
	return new Map(digests.sort(([a], [b]) => compareCodePoints(a, b)));
}

interface ContainerFiles {
	readonly name: string;
	readonly files?: ReadonlyMap<string, StateFile> | undefined;
	readonly overlay?: ReadonlyMap<string, StateFile> | undefined;
}

function fileDigest(file: StateFile): string {
	return "object" in file ? file.object.sha256 : sha256Hex(encodeCanonicalJson(file.document));
}

/** Returns what an image file of a container was made from. */
export function imageEvidence({ file, content, made, opened }: ContainerImage): ImageEvidence {
	const { sha256, size } = content;
	const observations = made?.observations ?? new Map();
	return { file, sha256, size, input: opened && inputEvidence(opened), observations };
}

function inputEvidence(opened: OpenedInput): InputEvidence {
	if (opened.kind === "rootfs") {
		const { text, location } = opened.input;
		return {
			kind: "rootfs",
			text: publicText(text, location.path),
			place: location.kind,
			requested: opened.platform,
			content: opened.pinned?.content,
		};
	}
	const { input, place, name, image } = opened;
	const signatures = opened.signatures.map(signatureEvidence);
	const { requested, platform, match, index, descriptor, manifest } = image;
	const layers = image.layers.map(({ descriptor: { mediaType, digest, size }, diffId }) => {
		return { mediaType, digest, size, diffId };
	});
	const { config } = manifest;
	const { created } = image.config;
	return {
		...{ kind: "image", text: input.text, name, place: place.kind },
		...{ requested, platform, match, index, manifest: descriptor, config, created, layers },
		signatures,
	};
}

/** Returns the lasting facts of a signature, without who demanded it. */
export function signatureEvidence({ key, digest, form, identity }: SignatureEvidence): SignatureEvidence {
	return { key, digest, form, identity };
}

/** A prefix may stand before an address: `tar:https://…`. */
function publicText(text: string, path: string): string {
	return text.endsWith(path) ? text.slice(0, -path.length) + publicPlace(path) : publicPlace(path);
}

/** Returns the choices that all packages of a run share. */
export function choicesOf(
	settings: RunSettings,
	{ compat, group }: { readonly compat?: Compat | undefined; readonly group?: string | undefined },
): Choices {
	const { time, maximumTime, tier, order, alignment, platformPolicy } = settings;
	const { allowArchMismatch = false, stripQemu, owner } = settings;
	return {
		engine: engineDigest(),
		...{ time, maximumTime, tier, order, alignment, platformPolicy },
		...{ allowArchMismatch, stripQemu, owner, compat, group },
	};
}

/** Returns the digests of a state. */
export function stateDigests(state: State): StateDigests {
	const unsigned = new Map([...state].filter(([key]) => !key.startsWith("_sigs/")));
	const digest = (value: State): string => sha256Hex(encodeState(value));
	return { sha256: digest(state), unsigned: digest(unsigned), keys: state.size };
}

/** Returns the objects of parts by their keys. */
export function objectDigests(parts: readonly Part[]): Map<string, ObjectDigest> {
	const entries = parts.flatMap(({ objects }) => [...objects]);
	return new Map(entries.map(([key, { sha256, size }]) => [key, { sha256, size }]));
}

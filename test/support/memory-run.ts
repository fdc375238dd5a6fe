import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Ports, Run, type RunSettings } from "../../src/container/index.js";
import type { Descriptor, Digest, ImageSource, Platform } from "../../src/image/oci/index.js";
import { digestBytes } from "../../src/image/oci/index.js";
import type { ImageLocation } from "../../src/image/sources/index.js";
import { MemorySource, TYPES } from "./memory-source.js";
import { tarball } from "./tar-builder.js";

const TAR = "application/vnd.oci.image.layer.v1.tar";
export const AMD64: Platform = { os: "linux", architecture: "amd64" };
export const ARM64: Platform = { os: "linux", architecture: "arm64" };

/** A container's image in memory, with one program in it. */
export interface SmallImage {
	readonly platform?: Platform;
	/** Members of the image's configuration. Default: it runs /bin/serve. */
	readonly config?: object;
	/** Files by their path. Default: /bin/serve. */
	readonly files?: Readonly<Record<string, string>>;
	/** Files of a layer below that one. Default: there is none. */
	readonly base?: Readonly<Record<string, string>>;
}

/** Images in memory under the name of a registry's; `local` ones are not kept in the store. */
export class MemoryImages extends MemorySource {
	readonly local: boolean;

	constructor(local = true) {
		super();
		this.local = local;
	}

	/** Adds an image; the last one added is what the name means. */
	add({ platform = AMD64, config, files = { "bin/serve": "serves" }, base }: SmallImage = {}): Digest {
		const archives = [base ?? [], files].map((members) =>
			tarball(...Object.entries(members).map(([path, body]) => ({ path, body, mode: 0o755 }))),
		);
		const layers = base === undefined ? archives.slice(1) : archives;
		const document = {
			os: platform.os,
			architecture: platform.architecture,
			...(platform.variant && { variant: platform.variant }),
			config: config ?? { Cmd: ["/bin/serve"] },
			rootfs: { type: "layers", diff_ids: layers.map((layer) => digestBytes(layer)) },
		};
		const blobs = layers.map((layer) => this.addBlob(layer, TAR));
		for (const { digest } of blobs) this.layers.add(digest);
		const manifest = { schemaVersion: 2, mediaType: TYPES.manifest, layers: blobs };
		return this.addManifest({ ...manifest, config: this.addBlob(document, TYPES.config) }).digest;
	}

	/** Blobs that cannot be read. */
	readonly broken: Set<Digest> = new Set();

	override async *openBlob(descriptor: Descriptor): AsyncGenerator<Uint8Array> {
		this.opened.push(descriptor.digest);
		if (this.broken.has(descriptor.digest)) throw new Error(`${descriptor.digest}: lost`);
		yield* super.openBlob(descriptor);
	}

	/** These images as a registry has them: a reference by digest means that manifest. */
	at(place: ImageLocation): ImageSource {
		const digest = place.kind === "registry" ? place.reference.digest : undefined;
		const { name, local } = this;
		return {
			...{ name, local, close: () => this.close() },
			fetchManifest: (wanted) => this.fetchManifest(wanted ?? digest),
			openBlob: (descriptor) => this.openBlob(descriptor),
		};
	}

	/** Adds an index of images, one for each platform. */
	addPlatforms(...platforms: readonly Platform[]): Digest[] {
		return this.addImages(...platforms.map((platform) => ({ platform })));
	}

	/** Adds an index of images, each of which has a platform. */
	addImages(...images: readonly SmallImage[]): Digest[] {
		const platforms = images.map(({ platform = AMD64 }) => platform);
		const digests = images.map((image) => this.add(image));
		const entries = digests.map((digest, i) => ({
			...this.manifests.get(digest)!.descriptor,
			platform: platforms[i]!,
		}));
		this.addIndex(entries);
		return digests;
	}

	/** Blobs that were opened, each time. */
	readonly opened: Digest[] = [];
	/** Blobs that are layers. */
	readonly layers: Set<Digest> = new Set();
}

/** A directory for one test, with settings whose images are in memory. */
export class RunPlace {
	readonly directory: string;
	/** Warnings as they are, notes with `note: ` in front. */
	readonly messages: string[] = [];

	constructor() {
		this.directory = mkdtempSync(join(tmpdir(), "pvpkg-run-"));
		mkdirSync(this.path("tmp"));
	}

	path(name: string): string {
		return join(this.directory, name);
	}

	/** @param images of every place, or by its kind; a place without images is not there. */
	settings(
		images: ImageSource | ((place: ImageLocation) => ImageSource | undefined),
		more: Partial<RunSettings> = {},
	): RunSettings {
		return {
			cacheDirectory: this.path("cache"),
			cacheKey: "the key of a test, which is long enough",
			temporaryDirectory: this.path("tmp"),
			registry: { env: {} },
			opener: (place) => {
				const found = typeof images === "function" ? images(place) : images;
				return found === undefined ? undefined : Promise.resolve(found);
			},
			platformPolicy: "compatible",
			tier: "fast",
			order: "similar",
			jobs: 0,
			time: 0,
			stripQemu: true,
			onWarning: (message) => this.messages.push(message),
			onNote: (message) => this.messages.push(`note: ${message}`),
			...more,
		};
	}

	/** Runs `use`, with ports where they are given. */
	run<T>(settings: RunSettings, use: (run: Run) => Promise<T>, ports: Ports = {}): Promise<T> {
		return Run.use(settings, ports, use);
	}

	remove(): void {
		rmSync(this.directory, { recursive: true, force: true });
	}
}

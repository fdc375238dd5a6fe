import type { Platform } from "../image/oci/index.js";
import type { SourceManifest } from "../pantavisor/source/index.js";
import { BuildError } from "./errors.js";
import { recordedInput } from "./input.js";
import { type OpenedInput, openInput } from "./open.js";
import type { Run } from "./run.js";

/** The file of a manifest, and the platforms for which it is opened. */
export interface RecordedAt {
	/** The file, for messages. */
	readonly subject: string;
	/** Platforms to choose from, best first, where the manifest does not record one. */
	readonly platforms?: readonly Platform[] | undefined;
	/**
	 * The platform that the container must run on, whatever the manifest records: no signature covers
	 * src.json.
	 */
	readonly device?: Platform | undefined;
}

/**
 * Opens the input that a src.json records.
 * @throws BuildError ERR_BUILD_SOURCE when it records none, or another image is found under its name.
 */
export async function openRecorded(
	run: Run,
	manifest: SourceManifest,
	{ subject, platforms, device }: RecordedAt,
): Promise<OpenedInput> {
	const input = recordedInput(manifest, subject);
	if (input === undefined) {
		throw new BuildError("ERR_BUILD_SOURCE", `${subject}: find image: expected docker_name or docker_digest`);
	}
	const recorded = input.kind === "image" ? input.recorded?.platform : undefined;
	const opened = await openInput(run, input, recorded === undefined ? platforms : [recorded]);
	return { ...opened, device };
}

/** The input of a container: opened before, or opened once when it is needed. */
export class ContainerInput {
	readonly at: RecordedAt;
	readonly #run: Run;
	#opened: OpenedInput | undefined;

	constructor(run: Run, at: RecordedAt, opened: OpenedInput | undefined) {
		this.#run = run;
		this.at = at;
		this.#opened = opened;
	}

	/** Undefined until it is opened. */
	get opened(): OpenedInput | undefined {
		return this.#opened;
	}

	async open(manifest: SourceManifest): Promise<OpenedInput> {
		this.#opened ??= await openRecorded(this.#run, manifest, this.at);
		return this.#opened;
	}
}

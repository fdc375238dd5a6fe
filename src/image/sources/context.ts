/** The environment of image sources. */
export interface SourceContext {
	/** Where what cannot be read in place is unpacked: nameless files, gone with the process. */
	readonly temporaryDirectory: string;
	/** Most bytes that an archive of images may unpack to. Default: 16 GiB. */
	readonly maximumUnpacked?: number | undefined;
	/** What `-` reads. */
	readonly standardInput?: AsyncIterable<Uint8Array> | undefined;
	/** Environment variables: DOCKER_HOST and XDG_RUNTIME_DIR count. */
	readonly environment?: Readonly<Record<string, string | undefined>> | undefined;
	/** Threads that hash the files of a directory while it is read. Default: none. */
	readonly hashThreads?: number | undefined;
	readonly signal?: AbortSignal | undefined;
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Spool } from "../../ground/files/index.js";
import { type FlattenOptions, type RootfsTree, readArchiveTree } from "../rootfs/index.js";
import type { SourceContext } from "./context.js";
import { SourceError } from "./errors.js";

type Environment = NonNullable<SourceContext["environment"]>;

/** What tar says that does not end it, such as a socket that it cannot carry. Bytes. */
const MOST_MESSAGES = 64 << 10;

/**
 * Returns whether a library pretends owners and devices to the programs of this session: fakeroot, or the pseudo
 * of Yocto. They are preloaded, and change what the C library's functions say; Node asks the kernel.
 */
export function isPretending(environment: Environment = {}): boolean {
	return (
		Boolean(environment.FAKEROOTKEY) ||
		Object.keys(environment).some((name) => name.startsWith("PSEUDO_")) ||
		/fakeroot|pseudo/.test(environment.LD_PRELOAD ?? "")
	);
}

/**
 * Reads the tree below a directory as the programs of a fakeroot or pseudo session see it: through GNU
 * tar, which carries capabilities and other extended attributes as well.
 * @throws SourceError ERR_ROOTFS_ENTRY where tar cannot be started, or fails
 */
export async function readPretendedDirectory(
	path: string,
	spool: Spool,
	context: SourceContext,
	options: FlattenOptions,
): Promise<RootfsTree> {
	const tar = new TarProcess(path, context);
	try {
		const tree = await readArchiveTree(path, tar.read(), spool, options);
		for (const message of tar.messages()) options.onWarning?.(`${path}: ${message}`);
		return tree;
	} finally {
		tar.close();
	}
}

class TarProcess {
	readonly #path: string;
	readonly #process: ReturnType<typeof start>;
	readonly #ended: Promise<unknown>;
	#text = "";

	constructor(path: string, { environment = {} }: SourceContext) {
		this.#path = path;
		this.#process = start(path, environment);
		this.#ended = once(this.#process, "close").catch((cause: unknown) => cause);
		this.#process.stderr.on("data", (chunk: Buffer) => {
			if (this.#text.length < MOST_MESSAGES) this.#text += chunk.toString("utf8");
		});
	}

	/** The archive; fails at its end where tar did. */
	async *read(): AsyncGenerator<Uint8Array> {
		for await (const chunk of this.#process.stdout) yield chunk as Uint8Array;
		const end = await this.#ended;
		if (end instanceof Error) throw this.#failure(end.message, end);
		if (this.#process.exitCode !== 0) throw this.#failure(this.messages().join("; "));
	}

	messages(): string[] {
		return this.#text.split("\n").filter((line) => line !== "");
	}

	close(): void {
		this.#process.kill();
	}

	#failure(reason: string, cause?: unknown): SourceError {
		const advice =
			"expected GNU tar, which sees what fakeroot or pseudo pretend (or give an archive: tar:FILE)";
		return new SourceError("ERR_ROOTFS_ENTRY", `${this.#path}: read by tar: ${reason}, ${advice}`, { cause });
	}
}

function start(path: string, environment: Environment) {
	const form = ["--format=posix", "--pax-option=delete=atime,delete=ctime", "--numeric-owner"];
	const xattrs = ["--xattrs", "--xattrs-include=*"];
	const args = ["--create", "--file=-", ...form, ...xattrs, `--directory=${path}`, "."];
	const env = { ...environment, LC_ALL: "C", TAR_OPTIONS: undefined };
	return spawn("tar", args, { env, stdio: ["ignore", "pipe", "pipe"] });
}
